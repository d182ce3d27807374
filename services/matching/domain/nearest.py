"""The nearest sets of steps: what has to be done for a product that is not met, the least of it first, exactly.

Products are looked at together: of each segment it is known as bits which facts keep which products out, and how many
facts fail of each. Sets of failing facts come in the order of the days that they take at least; up to three facts in
full, and where that opens nothing, the nearest single set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from heapq import heappop, heappush
from typing import NamedTuple

from services.matching.domain.asked import Asked, Known
from services.matching.domain.compiled import Ask
from services.matching.domain.demand import Demand, Step
from services.matching.domain.eligibility import Snapshot, region_of
from services.matching.domain.facts import grows, known_at
from services.matching.domain.index import keep
from services.matching.domain.segment import Segment
from services.matching.domain.steps import SUPPLY_DAYS, least_days, step_for

MOST_FAILING = 3
FEW_PRODUCTS = 48
"""Up to so many products are asked one by one what they need; of more, the different ways in which they ask are."""
Steps = tuple[Step, ...]
Effort = tuple[int, int]
"""Working days, then steps."""


class View(NamedTuple):
    """One segment as a demand sees it, in bits of its products.

    `shut`: not met, and could be: nothing is hopeless. By the place of a fact, `missing`: not passed, `failing`: of
    these the ones where it fails. `unsure`: of some fact it is only unknown. `failures`: exactly 0, 1, 2, 3 facts fail.
    """

    segment: Segment
    shut: int
    missing: dict[int, int]
    failing: dict[int, int]
    unsure: int
    failures: tuple[int, int, int, int]


def views(snapshot: Snapshot, demand: Demand, keys: Sequence[Known], barred: Collection[str]) -> list[View]:
    """The segments that hold products which are not met and could be. Those of barred banks cannot."""
    region = region_of(demand)
    found = []
    for segment, alive, tables in snapshot.index.offered(region, demand.kind):
        for bank in barred:
            alive ^= alive & segment.of_bank(bank)  # noqa: PLW2901
        if alive:
            view = _view(segment, alive, tables, keys)
            if view.shut:
                found.append(view)
    return found


def _view(segment: Segment, alive: int, tables: Iterable[tuple[int, Asked]], keys: Sequence[Known]) -> View:
    kept_out, hopeless = [], 0
    for place, table in tables:
        key = keys[place]
        passing = alive & table[key]
        if passing != alive:
            kept = table.why(key)
            kept_out.append((place, alive ^ passing, kept.failing))
            hopeless |= kept.hopeless
    alive ^= alive & hopeless
    ones = twos = more = shut = unsure = 0
    missing, failing = {}, {}
    for place, out, fails in kept_out:
        out &= alive  # noqa: PLW2901
        if out:
            missing[place] = out
            shut |= out
            fails &= out  # noqa: PLW2901
            unsure |= out ^ fails
            if fails:
                failing[place] = fails
                # One more for each product that fails here, added bit by bit; `more` remembers what is beyond three.
                carry = ones & fails
                ones ^= fails
                if carry:
                    more |= twos & carry
                    twos ^= carry
    few = shut ^ (shut & more)
    both, either = ones & twos, ones | twos
    return View(
        segment,
        shut,
        missing,
        failing,
        unsure,
        (few ^ (few & either), few & (ones ^ both), few & (twos ^ both), few & both),
    )


class Search:
    """The sets of steps for one demand, cheapest first."""

    def __init__(self, snapshot: Snapshot, demand: Demand, seen: Sequence[View], today: date) -> None:
        self._snapshot, self._demand, self._views, self._today = snapshot, demand, seen, today
        self._steps: dict[Ask, Step | None] = {}
        self._ways_of: dict[tuple[int, int], dict[Step, int]] = {}

    def groups(self, skipped: Collection[bool]) -> Iterator[tuple[int, list[Steps]]]:
        """The sets that take equally many days and steps, with the days. `skipped` holds True where sets that are only
        questions are no longer wanted."""
        least = self._least_days()
        heap: list[tuple[int, int, int, tuple[int, ...] | Steps, bool]] = [(0, 0, 0, (), False)]
        serial, known = 0, set[Steps]()
        group: list[Steps] = []
        effort: Effort = (0, 0)
        while heap:
            days, count, _, what, concrete = heappop(heap)
            if concrete and (days, count) != effort:
                if group:
                    yield effort[0], group
                group, effort = [], (days, count)
            if concrete:
                group.append(what)  # type: ignore[arg-type]
                continue
            places = what
            if places or not skipped:
                for steps in self._sets(tuple(least[each][1] for each in places)):  # type: ignore[index]
                    if steps not in known:
                        known.add(steps)
                        serial += 1
                        heappush(heap, (*effort_of(steps), serial, steps, True))
            for more in _after(places, least):  # type: ignore[arg-type]
                serial += 1
                heappush(heap, (sum(least[each][0] for each in more), len(more), serial, more, False))
        if group:
            yield effort[0], group
        if not known and (single := self._single()):
            yield effort_of(single)[0], [single]

    def _least_days(self) -> list[tuple[int, int]]:
        """The facts that fail and can be mended: the days that it takes at least, and the fact's place."""
        places = dict.fromkeys(place for view in self._views for place in view.failing)
        found = []
        for place in places:
            question = self._snapshot.index.questions[place]
            fact = known_at(self._demand.facts, question.name, self._today)
            days = fact and least_days(
                self._snapshot.rules, question.rule, question.cuts, fact, self._today, self._demand.unremovable
            )
            if days is not None:
                found.append((days, place))
        return sorted(found)

    def _sets(self, failing: tuple[int, ...]) -> Iterator[Steps]:
        """The sets of the products of which exactly these facts fail."""
        questions = self._snapshot.index.questions
        by_name = sorted(failing, key=lambda place: questions[place].name)
        names = [questions[place].name for place in by_name]
        for number, view in enumerate(self._views):
            left = view.failures[len(failing)]
            for place in failing:
                left &= view.failing.get(place, 0)
            sure = left ^ (left & view.unsure)
            left ^= sure
            if sure.bit_count() > FEW_PRODUCTS:
                yield from self._combined(number, by_name, sure, ())
            else:
                yield from self._one_by_one(view, sure, names)
            yield from self._one_by_one(view, left)

    def _one_by_one(self, view: View, left: int, names: Sequence[str] | None = None) -> Iterator[Steps]:
        """What each of some products needs. `names`: of the facts that keep them out, where those are the same."""
        while left:
            rest = left & (left - 1)
            bit = left ^ rest
            left = rest
            steps = self._needed(view, bit, names)
            if steps:
                yield steps

    def _combined(self, number: int, places: Sequence[int], left: int, steps: Steps) -> Iterator[Steps]:
        """One step for each of the facts: the different sets that products among these need, not product by product."""
        if not places:
            yield steps
            return
        for step, products in self._ways(number, places[0]).items():
            if inside := left & products:
                yield from self._combined(number, places[1:], inside, (*steps, step))

    def _ways(self, number: int, place: int) -> dict[Step, int]:
        """The steps by which a fact that fails comes to pass, and the products of a view for which each is the one."""
        found = self._ways_of.get((number, place))
        if found is None:
            found = self._ways_of[number, place] = {}
            view, name = self._views[number], self._snapshot.index.questions[place].name
            for ask, asking in view.segment.asks(name).items():
                if (products := asking & view.failing.get(place, 0)) and (step := self._step(ask, name)):
                    found[step] = found.get(step, 0) | products
        return found

    def _needed(self, view: View, bit: int, names: Sequence[str] | None) -> Steps | None:
        """What one product needs, a step per fact, in the order of the facts' names; None where one has no remedy."""
        by_fact = view.segment.products[bit.bit_length() - 1].by_fact
        if names is None:
            questions = self._snapshot.index.questions
            names = sorted([questions[place].name for place, missing in view.missing.items() if missing & bit])
        steps = []
        for name in names:
            step = self._step(by_fact[name], name)
            if step is None:
                return None
            steps.append(step)
        return tuple(steps)

    def _step(self, ask: Ask, name: str) -> Step | None:
        """The step for one fact and what a product asks of it. Many ask the same: it is kept."""
        if ask not in self._steps:
            self._steps[ask] = self._kept_step(ask, name)
        return self._steps[ask]

    def _kept_step(self, ask: Ask, name: str) -> Step | None:
        snapshot, demand, today = self._snapshot, self._demand, self._today
        _, rule = snapshot.index.rules[name]
        fact = known_at(demand.facts, name, today)
        known = (fact.value, fact.assurance, fact.as_of if grows(rule) else None) if fact else None
        key = (ask, known, today, demand.unremovable)
        if key not in snapshot.steps:
            keep(snapshot.steps, key, step_for(snapshot.rules, rule, ask.criteria, fact, today, demand.unremovable))
        return snapshot.steps[key]

    def _single(self) -> Steps | None:
        """Of products of which more than three facts fail: the set of the nearest one."""
        nearest: tuple[tuple[object, ...], Steps] | None = None
        for view in self._views:
            left = view.shut
            for some in view.failures:
                left ^= left & some
            while left:
                rest = left & (left - 1)
                bit = left ^ rest
                left = rest
                steps = self._needed(view, bit, None)
                if steps:
                    failing = sum(fails & bit > 0 for fails in view.failing.values())
                    rank = (failing, *effort_of(steps), names_of(steps))
                    if nearest is None or rank < nearest[0]:
                        nearest = (rank, steps)
        return nearest[1] if nearest else None


def _after(places: tuple[int, ...], least: Sequence[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """The sets of facts that follow one of them, so that each comes once and none before one that takes less."""
    following = places[-1] + 1 if places else 0
    if following < len(least):
        if places:
            yield (*places[:-1], following)
        if len(places) < MOST_FAILING:
            yield (*places, following)


def effort_of(steps: Steps) -> Effort:
    """Working days, then steps. Facts are supplied in one message; everything else is work of its own."""
    supplied = any(step.kind == "supply" for step in steps)
    return SUPPLY_DAYS * supplied + sum(step.days for step in steps if step.kind != "supply"), len(steps)


def names_of(steps: Steps) -> tuple[str, ...]:
    """An order among sets that are alike in everything else."""
    return tuple([f"{step.kind}:{step.fact}:{step.target}" for step in steps])
