"""条件处方: the cheapest things to do that open products, each with how many it opens and the best of them.

A remedy is what one product needs; how many it opens is counted on the same rules, run again as if it were done. So
"do these, n products open" is true of what is known; of a fact still to be supplied, if the answer is as asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from services.matching.domain.demand import Demand, Remedy, Step
from services.matching.domain.eligibility import Compiled, Match, Matches, Snapshot, keep
from services.matching.domain.facts import Fact
from services.matching.domain.rules import Rules
from services.matching.domain.steps import ADJUST_DAYS, SUPPLY_DAYS, step_for

SHOWN = 5
QUESTIONS = 3
LOOKED_AT = 16
"""How many of the nearest products remedies are made of."""


def remedies_for(
    snapshot: Snapshot, demand: Demand, matches: Matches, today: date, shut: Collection[str]
) -> tuple[Remedy, ...]:
    """The cheapest remedies, at most five. Products of banks in `shut` cannot be opened and do not count.

    Of what fails, one fact at a time where that is enough, otherwise the nearest larger set; unknown facts come on top.
    """
    reach = [each for each in matches.reach if each.product.bank not in shut]
    sets = [(*_effort(steps), steps) for steps in set(_step_sets(snapshot, demand, matches, today, reach))]
    shown: tuple[Remedy, ...] = ()
    for (days, _), alike in groupby(sorted(sets, key=_first_two), key=_first_two):
        # What is cheaper goes first whatever it opens, so that the dearer ones need not be counted at all.
        counted = [_count(snapshot, demand, matches, today, reach, days, steps) for _, _, steps in alike]
        shown = worth_showing((*shown, *counted))
        if len(shown) == SHOWN:
            break
    return shown


def worth_showing(remedies: Iterable[Remedy], first: Sequence[Remedy] = ()) -> tuple[Remedy, ...]:
    """The cheapest first, at most five; `first` come before all.

    One that asks for more than a cheaper one must also come to a better cost. Of those that are only questions to the
    household three are enough: its answers may be no, and what an office could do meanwhile must be seen.
    """
    shown = list(first[:SHOWN])
    questions = 0
    for remedy in sorted(remedies, key=price_of):
        steps, cost = set(remedy.steps), _cost(remedy)
        question = all(step.kind == "supply" for step in remedy.steps)
        if len(shown) == SHOWN or (question and questions == QUESTIONS):
            continue
        if not any(steps.issuperset(each.steps) and _cost(each) <= cost for each in shown):
            questions += question
            shown.append(remedy)
    return tuple(shown)


def price_of(remedy: Remedy) -> tuple[object, ...]:
    """Cheapest first: working days, number of steps, what the best product costs, how many open."""
    names = tuple([f"{step.kind}:{step.fact}:{step.target}" for step in remedy.steps])
    return (remedy.days, len(remedy.steps), _cost(remedy), -remedy.products, names)


def _effort(steps: tuple[Step, ...]) -> tuple[int, int]:
    """Working days, then steps. Facts are supplied in one message; everything else is work of its own."""
    supplied = any(step.kind == "supply" for step in steps)
    return SUPPLY_DAYS * supplied + sum(step.days for step in steps if step.kind != "supply"), len(steps)


def _first_two(effort: tuple[int, int, tuple[Step, ...]]) -> tuple[int, int]:
    return effort[:2]


def _cost(remedy: Remedy) -> int:
    return remedy.best_rate_bp if remedy.best_rate_bp is not None else 100_000


def _step_sets(
    snapshot: Snapshot, demand: Demand, matches: Matches, today: date, reach: Iterable[Compiled]
) -> Iterator[tuple[Step, ...]]:
    """The steps that the nearest products need, those with the fewest failures first."""
    fails, unknown = matches.verdicts
    near = [
        ((compiled.bits & fails).bit_count(), place, compiled)
        for place, compiled in enumerate(reach)
        if compiled.bits & (fails | unknown) and not compiled.bits & fails & snapshot.hopeless
    ]
    near.sort(key=lambda each: (each[0], (each[2].bits & unknown).bit_count(), each[1]))
    found, most = 0, 1
    for failing, _, compiled in near:
        if found and (failing > most or found >= LOOKED_AT):
            return
        steps = _steps(snapshot, demand, compiled, compiled.bits & (fails | unknown), today)
        if steps:
            most = max(most, failing) if not found else most
            found += 1
            yield steps


def _steps(snapshot: Snapshot, demand: Demand, compiled: Compiled, left: int, today: date) -> tuple[Step, ...] | None:
    """What one product needs, a step per fact, in the order of the facts' names; None where one has no remedy."""
    steps = []
    for name, bits in compiled.by_fact:
        if bits & left:
            step = _step(snapshot, demand, name, bits, today)
            if step is None:
                return None
            steps.append(step)
    return tuple(steps)


def _step(snapshot: Snapshot, demand: Demand, name: str, bits: int, today: date) -> Step | None:
    """The step for one fact and the criteria that a product has over it. Many demands ask the same: it is kept."""
    fact = demand.facts.get(name)
    known = (fact.value, fact.assurance, fact.as_of if name in snapshot.grows else None) if fact else None
    key = (name, bits, known, today, demand.unremovable)
    if key not in snapshot.steps:
        rule, asked = snapshot.rules.facts.get(name), tuple(snapshot.criteria_in(bits))
        found = step_for(snapshot.rules, rule, asked, fact, today, demand.unremovable) if rule else None
        keep(snapshot.steps, key, found)
    return snapshot.steps[key]


def _count(
    snapshot: Snapshot,
    demand: Demand,
    matches: Matches,
    today: date,
    reach: Iterable[Compiled],
    days: int,
    steps: tuple[Step, ...],
) -> Remedy:
    """Run the same rules again as if the steps were done."""
    left, amount = _left_after(snapshot, demand, matches, today, steps)
    before = matches.verdicts.fails | matches.verdicts.unknown
    opened, best = 0, None
    for compiled in reach:
        bits = compiled.bits
        if bits & before and not bits & left:
            opened += 1
            if best is None or compiled.least_bp <= best.cost_bp:
                found = snapshot.price(compiled, amount, left, today)
                best = found if best is None or found.rank < best.rank else best
    return Remedy(steps, days, opened, best.product.id if best else None, best.cost_bp if best else None)


def _left_after(
    snapshot: Snapshot, demand: Demand, matches: Matches, today: date, steps: tuple[Step, ...]
) -> tuple[int, int]:
    """The bits that fail or are unknown once the steps are done, and the amount that is then asked for."""
    fails, unknown = matches.verdicts
    done = {
        step.fact: Fact(step.target, "remedy", step.on or today, "register")
        for step in steps
        if step.target is not None
    }
    touched = sum(snapshot.bits_about(name) for name in done)
    supplied = sum(snapshot.bits_about(step.fact) for step in steps if step.target is None)
    fails_then, unknown_then = snapshot.judge(done, today)
    left = (fails | unknown) & ~touched | (fails_then | unknown_then) & touched
    # Of a fact to be supplied only what is unknown can be as asked; what its known part fails stays failed.
    left &= ~(supplied & unknown)
    amount = done.get("amount_yuan")
    return left, int(amount.value) if amount else demand.amount_yuan or 0  # type: ignore[arg-type]


def remedies_of_declines(rules: Rules, demand: Demand, eligible: Iterable[Match]) -> tuple[Remedy, ...]:
    """What would open the banks that declined with a code that leads somewhere, on what the rules say today."""
    waiting: dict[Step, list[Match]] = {}
    for found in eligible:
        step = _step_of(rules, demand, demand.barred.get(found.product.bank, ""))
        if step is not None:
            waiting.setdefault(step, []).append(found)
    remedies = [
        Remedy((step,), step.days, len(found), found[0].product.id, found[0].cost_bp) for step, found in waiting.items()
    ]
    return tuple(sorted(remedies, key=price_of))


def _step_of(rules: Rules, demand: Demand, bar: str) -> Step | None:
    what, _, name = bar.partition(":")
    if what == "obstacle":
        obstacle = rules.obstacles.get(name)
        if obstacle and obstacle.removable and obstacle.id not in demand.unremovable:
            return Step("clear", obstacle.fact, obstacle.cleared_value, name, obstacle.acts, obstacle.days)
    if what == "adjust":
        return Step("adjust", name, days=ADJUST_DAYS)
    return Step("supply", name, days=SUPPLY_DAYS) if what == "supply" else None
