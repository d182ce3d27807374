"""Standing match: whoever a change can touch is called up. Proven against all who wait, weighed again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain.capacity import Capacity
from services.matching.domain.demand import Demand, Household
from services.matching.domain.docking import Docking, Moment
from services.matching.domain.eligibility import Snapshot
from services.matching.domain.rules import Rules
from services.matching.domain.touching import anything, by_days, by_limit, by_release
from services.matching.domain.weighing import Course, weigh
from shared.contracts.capacity import LimitDeclared
from shared.contracts.ids import caused_id
from shared.workdays import national
from tests.matching import makers
from tests.matching.room import DEMAND, START, TODAY, Room

SEEDS = st.integers(0, 2**40).map(Random)
UNITS = [(bank.id, unit.id) for bank in makers.RULES.institutions.values() for unit in bank.units]


def household() -> Household:
    """One that has agreed to all banks that the consent names."""
    room = Room()
    room.accept()
    found = room.world.get(next(key for key in room.world.states if key.kind == "household"))
    assert isinstance(found, Household)
    return replace(found, seeing={}, demands=(), waiting=())


CONSENTED = household()


def course(snapshot: Snapshot, demand: Demand, days: int = 0, units: Any = None) -> Course:
    """What is best for a demand that no bank has, so many days from today."""
    now = START + timedelta(days=days)
    moment = Moment(now, lambda n: national().add_workdays(now, n), lambda place: caused_id(DEMAND, place))
    return weigh(Docking(snapshot, units or {}, moment, demand, CONSENTED))


def waiting(chance: Random) -> Demand:
    """A demand with its past: banks that it excluded, banks that declined."""
    demand = makers.demand(chance)
    excluded = tuple(chance.sample(makers.BANKS, chance.choice([0, 0, 1, 2])))
    declined = chance.sample(makers.BANKS, chance.choice([0, 1]))
    barred = {bank: chance.choice(["final", "lapsed", "obstacle:AR_MISSING"]) for bank in declined}
    return replace(demand, label="standing", excluded_banks=excluded, barred=barred)


def changed(rules: Rules, chance: Random) -> Rules:
    """The next release: a product more, less or other; sometimes a policy, an institution."""
    for _ in range(chance.randint(1, 2)):
        rules = makers.edited(rules, chance)
    if chance.random() < 0.3:
        rules = replace(rules, policies={**rules.policies, "policy-1": makers.policy(1, chance)})
    if chance.random() < 0.2:
        bank = rules.institutions[chance.choice(makers.BANKS)]
        other = replace(bank, units=bank.units[: chance.randint(0, len(bank.units))])
        rules = replace(rules, institutions={**rules.institutions, bank.id: other})
    return rules


@given(SEEDS)
@settings(max_examples=400, deadline=None)
def test_a_release_misses_nobody_whose_course_it_changes(chance: Random) -> None:
    before = makers.snapshot(chance)
    after = Snapshot(changed(before.rules, chance), before)
    touches = by_release(before.rules, after.rules, TODAY)
    for demand in [waiting(chance) for _ in range(4)]:
        if course(before, demand) != course(after, demand):
            assert touches(demand)


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_days_miss_nobody_for_whom_a_window_turns(chance: Random) -> None:
    """Beside windows nothing is a matter of days here: what grows with time is left out. The order of remedies is not
    compared: a wait that gets shorter may come before another remedy by itself, and has a deadline of its own."""
    rules = makers.snapshot(chance).rules
    days = chance.choice([1, 2, 40])
    snapshot, touches = Snapshot(rules), by_days(rules, TODAY, TODAY + timedelta(days=days))
    demand = waiting(chance)
    still = {name: fact for name, fact in demand.facts.items() if rules.facts[name].failure != "wait"}
    demand = replace(demand, facts=still)
    one, other = (_goes_to(course(snapshot, demand, each)) for each in (0, days))
    if one != other:
        assert touches(demand)


def _goes_to(found: Course) -> Any:
    """Which banks it goes to at once, or is to agree to; nobody where it has to do or wait for something first."""
    return getattr(found, "candidates", ()), getattr(found, "bank", "")


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_a_limit_misses_nobody_who_waits_for_a_place(chance: Random) -> None:
    snapshot, demand = makers.snapshot(chance), waiting(chance)
    full = {unit: Capacity(0, 0, 1) for _, unit in UNITS}
    bank, unit = chance.choice(UNITS)
    if course(snapshot, demand, units=full) != course(snapshot, demand, units={**full, unit: Capacity(5, 0, 2)}):
        assert by_limit(snapshot, bank, unit, TODAY)(demand)


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_who_is_out_of_reach_is_left_in_peace(chance: Random) -> None:
    """A product for another county, or of a bank that was excluded, calls nobody up; one for everybody does."""
    rules, demand = makers.snapshot(chance).rules, replace(waiting(chance), excluded_banks=())
    far = replace(makers.product(99, chance), regions=("6206",), bank=makers.BANKS[0])
    near = replace(far, regions=("62",), criteria=(), kinds=(demand.kind,))
    shut = replace(demand, excluded_banks=(near.bank,))
    for product, who, touched in ((far, demand, False), (near, demand, True), (near, shut, False)):
        after = replace(rules, products=(*rules.products, product))
        assert by_release(rules, after, TODAY)(who) is touched


def test_what_bears_on_everybody_calls_up_everybody() -> None:
    assert by_release(makers.RULES, replace(makers.RULES, obstacles={}), TODAY) is anything


def test_a_limit_calls_up_only_where_a_full_unit_gets_room() -> None:
    room, kinds = Room(), []
    for version, limit in ((1, 0), (2, 5), (3, 9), (2, 50)):
        room.tell(LimitDeclared(bank="beichen", unit="beichen-620102", version=version, open_limit=limit))
        kinds.append([type(row).__name__ for row in room.last.rows])
    assert kinds == [["Declared"], ["Declared", "Raised"], ["Declared"], []]
