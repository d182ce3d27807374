"""What units can take: limits, money, a share by record, and giving back; who looks alike on a card."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.matching.domain.backing import backed
from services.matching.domain.capacity import PRIOR, Capacity, share
from services.matching.domain.card import Card, cards, masked
from services.matching.domain.demand import Referral
from services.matching.domain.eligibility import Snapshot
from services.matching.handlers import Matching
from shared.contracts import actions, capacity, demands
from shared.contracts.ids import demand_id, timed_id
from shared.decision import StateKey
from shared.workdays import national
from tests.matching.room import RELEASE, SNAPSHOT, TODAY, OneRelease, Room, facts, summary
from tests.matching.words import PLAN, at_one_bank, by

COUNTY = "620102"


def declare(room: Room, referral: Referral, version: int, limit: int, quota: int | None = None) -> None:
    data = capacity.LimitDeclared(
        bank=referral.bank, unit=referral.unit, version=version, open_limit=limit, quota_yuan=quota
    )
    room.tell(data, referral.unit)


def household(number: int) -> UUID:
    return timed_id(1_790_000_000_000 + number, f"household {number}")


def accept(room: Room, number: int, **changes: Any) -> None:
    """The demand of another household."""
    room.tell(demands.Accepted(summary=summary(number, household=household(number), **changes)), household(number))


def at(room: Room, unit: str) -> list[Referral]:
    live = [each for key, state in room.world.states.items() if key.kind == "demand" for each in state.live]
    return [each for each in live if each.unit == unit]


def test_a_bank_that_runs_out_gives_back_what_it_has_not_accepted_the_newest_first() -> None:
    room = Room()
    for number in range(1, 6):
        accept(room, number)
        room.later(minutes=1)
    first = room.world.states[next(key for key in room.world.states if key.kind == "demand")].live[0]
    mine = at(room, first.unit)
    assert len(mine) == 5
    room.tell(actions.BankAccepts(**{**by(first.bank, mine[4].id), "demand": demand_id("platform", "5")}), household(5))
    declare(room, first, 1, 2)
    room.later(seconds=1)
    room.ring_all_due()
    left = at(room, first.unit)
    assert [each.id for each in left] == [mine[0].id, mine[4].id], "the accepted one and the oldest"
    gone = [each for each in room.told if getattr(each, "reason", None) == "unit_full"]
    assert {each.referral for each in gone} == {each.id for each in mine[1:4]}


def test_what_was_given_back_goes_on_to_another_bank_and_costs_no_round() -> None:
    room = Room()
    room.accept(excluded_banks=sorted(set(RELEASE.institutions) - {"beichen", "jingxiu"}))
    assert {each.bank for each in room.demand().live} == {"beichen", "jingxiu"}
    for number, referral in enumerate(room.demand().live):
        declare(room, referral, 1 + number, 0)
    room.ring_all_due()
    demand = room.demand()
    assert demand.live == ()
    assert demand.round - demand.rounds_from == 0
    assert demand.label == "standing", "it waits for a place"
    room.check()


@given(st.integers(0, 400), st.integers(0, 150), st.integers(0, 150))
def test_a_share_by_record_lies_between_one_and_all(standard: int, answered: int, lapsed: int) -> None:
    found = share(standard, answered, lapsed)
    assert min(standard, 1) <= found <= standard
    assert share(standard, answered + 1, lapsed) >= found >= share(standard, answered, lapsed + 1)
    assert share(standard, answered, 0) == standard


def test_silence_makes_the_share_of_a_bank_that_declares_none_smaller() -> None:
    room = Room()
    room.accept()
    (first, *_) = room.demand().live
    standard = RELEASE.institutions[first.bank].default_open_limit
    while room.demand().round == 1:
        room.ring()
    known: Capacity = room.world.extra.units[first.unit]
    assert (known.answered, known.lapsed) == (0, 1)
    assert share(standard, known.answered, known.lapsed) == standard * PRIOR // (PRIOR + 1)


def test_a_money_quota_is_held_from_the_referral_to_the_draw_and_spent_after_it() -> None:
    room = Room()
    room.accept(named_bank="jingxiu", amount_yuan=180_000)
    first = room.demand().live[0]
    unit = first.unit

    def money() -> tuple[int, int]:
        known = room.world.extra.units[unit]
        return known.held_yuan, known.lent_yuan

    assert money() == (180_000, 0)
    declare(room, first, 1, 50, quota=190_000)
    accept(room, 2, named_bank="jingxiu", amount_yuan=20_000)
    assert len(at(room, unit)) == 1, "another 20,000 are not there"
    room.tell(actions.BankAccepts(**by(first.bank, first.id)))
    dear = PLAN.model_copy(update={"amount_yuan": 191_000})
    assert room.tell(actions.BankOffers(**by(first.bank, first.id, plan=dear))) == ["action-refused"]
    assert room.told[-1].rule == "above_quota"
    room.tell(actions.BankOffers(**by(first.bank, first.id, plan=PLAN)))
    assert money() == (150_000, 0)
    room.tell(actions.HouseholdChooses(**{**by("x", first.id), "speaks_for": []}))
    room.tell(actions.BankGrants(**by(first.bank, first.id, amount_yuan=150_000, rate_bp=345)))
    room.tell(actions.BankDisburses(**by(first.bank, first.id, amount_yuan=150_000, number="1", on=TODAY)))
    assert money() == (0, 150_000)
    accept(room, 3, named_bank="jingxiu", amount_yuan=41_000)
    assert len(at(room, unit)) == 0
    accept(room, 4, named_bank="jingxiu", amount_yuan=40_000)
    assert len(at(room, unit)) == 1, "exactly what is left fits"


def test_a_quota_that_runs_out_gives_back_too() -> None:
    room = Room()
    room.accept(named_bank="jingxiu")
    first = room.demand().live[0]
    declare(room, first, 1, 50, quota=100_000)
    room.ring_all_due()
    assert room.demand().referral(first.id).state == "recalled"  # type: ignore[union-attr]
    room.check()


def test_a_demand_that_asks_for_more_than_the_quota_holds_comes_back() -> None:
    room = Room()
    room.accept(named_bank="jingxiu", amount_yuan=150_000)
    first = room.demand().live[0]
    declare(room, first, 1, 50, quota=170_000)
    room.tell(demands.Adjusted(summary=summary(named_bank="jingxiu", amount_yuan=170_000), changed=["amount_yuan"]))
    assert room.demand().referral(first.id).held_yuan == 170_000  # type: ignore[union-attr]
    room.tell(demands.Adjusted(summary=summary(named_bank="jingxiu", amount_yuan=175_000), changed=["amount_yuan"]))
    assert room.demand().referral(first.id).state == "recalled"  # type: ignore[union-attr]
    room.check()


def test_hours_at_reduced_intake_begin_with_a_limit_below_the_banks_word() -> None:
    room = Room()
    room.accept()
    first = room.demand().live[0]
    standard = RELEASE.institutions[first.bank].default_open_limit
    for version, limit in enumerate([standard - 1, standard, standard + 1, 0], start=1):
        declare(room, first, version, limit)
        row, *_ = room.last.rows
        assert (row.reduced, row.at) == (limit < standard, room.now)
    declare(room, first, 1, standard)
    assert room.last.outcome == "ignored", "an older word"


def only_backed() -> Snapshot:
    """The shipped catalogue, in which one bank lends nothing but behind its guarantor."""
    products = tuple(each for each in SNAPSHOT.rules.products if each.bank != "niulang" or each.backed_by)
    return Snapshot(replace(SNAPSHOT.rules, products=products))


def test_a_later_round_may_bring_in_a_guarantee_company_and_its_policy() -> None:
    room = Room(service=Matching(OneRelease(only_backed()), national().add_workdays))
    excluded = sorted(set(RELEASE.institutions) - {"beichen", "niulang", "jingxiu", "yuheng"})
    room.accept(facts=facts(guarantee="none"), excluded_banks=excluded)
    assert {each.bank for each in room.demand().live} == {"beichen", "jingxiu"}, "the first round brings in nobody"
    while room.demand().round == 1:
        room.ring()
    (joined,) = room.demand().live
    assert (joined.bank, joined.added) == ("niulang", ("yuheng", "government_guarantee"))
    told = summary(facts=facts(debt_ratio=41), excluded_banks=excluded)
    room.tell(demands.FactsSupplied(summary=told, changed=["debt_ratio"]))
    assert room.demand().live == (joined,), "with its guarantor it still meets the product"
    room.check()


def test_a_bank_that_declined_for_want_of_a_guarantee_is_asked_with_its_guarantor() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    assert bank == "niulang"
    told = room.tell(actions.BankDeclines(**by(bank, referral, code="NO_GUARANTEE")))
    assert told == ["declined", "round-opened"]
    assert [each.product for each in room.demand().live] == ["yuheng-backed"]
    room.check()


def test_what_a_guarantor_would_open_is_priced_with_its_fee_and_its_policy() -> None:
    room = Room()
    room.accept(facts=facts(guarantee="none"))
    found = backed(SNAPSHOT, room.demand(), TODAY)
    assert {each.product.id for each in found} == {"yuheng-backed"}
    (only,) = found
    assert only.added == ("yuheng", "government_guarantee")
    assert {line.item for line in only.lines} >= {"rate", "guarantee_fee", "fee_waiver"}
    known = room.demand().facts
    guaranteed = {**known, "guarantee": known["guarantee"]._replace(value="guarantee_company")}
    assert backed(SNAPSHOT, replace(room.demand(), facts=guaranteed), TODAY) == [], "who has one needs none"


AMOUNTS = st.one_of(st.none(), st.integers(0, 5_000_000))
TRADES = st.one_of(st.none(), st.sampled_from(["H6210", "H62", "F5211", "F5219", "A01"]))
ASKED = st.lists(st.tuples(st.sampled_from(["620102", "620103"]), TRADES, AMOUNTS), min_size=1, max_size=40)


@given(ASKED, st.integers(1, 6))
def test_no_card_is_shared_by_fewer_households_than_it_must_be(asked: list[Any], least: int) -> None:
    counted: dict[str, int] = {}
    for each in asked:
        for card in cards(*each):
            counted[card.group] = counted.get(card.group, 0) + 1
    for county, trade, amount in asked:
        card = masked(county, trade, amount, lambda group: counted.get(group, 0), least)
        alike = [each for each in asked if card in (*cards(*each), Card()) or card == Card()]
        assert len(alike) >= least or card == Card()
        assert card.industry is None or (trade or "").startswith(card.industry)


def test_the_card_grows_more_exact_with_the_campaign_and_a_household_counts_once() -> None:
    room, told = Room(), []
    for number in range(1, 7):
        accept(room, number)
        again = summary(100 + number, household=household(number), purpose="rent")
        room.tell(demands.Accepted(summary=again), household(number))
        key = StateKey(household(number), demand_id("platform", str(number)), "demand")
        told.append(room.world.states[key].referrals[0].card)
    assert told[:4] == [Card()] * 4
    assert told[4:] == [Card(COUNTY, "H62", 100_000, 300_000)] * 2
    assert set(room.world.extra.look_alikes.values()) == {6}
