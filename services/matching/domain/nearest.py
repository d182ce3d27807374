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

from services.matching.domain.demand import Demand
from services.matching.domain.eligibility import Snapshot, region_of
from services.matching.domain.mending import Effort, Mending, Steps, Way, Ways, effort_of, names_of, steps_of
from services.matching.domain.segment import Segment, places_in

MOST_FAILING = 3
FEW_PRODUCTS = 48
"""Up to so many products are asked one by one what they need; of more, the different ways in which they ask are."""
MOST: Effort = (1 << 62, 0)


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


def views(snapshot: Snapshot, demand: Demand, keys: Sequence[int], barred: Collection[str]) -> list[View]:
    """The segments that hold products which are not met and could be. Those of barred banks cannot."""
    region = region_of(demand)
    found = []
    for segment, alive, places, _ in snapshot.index.offered(region, demand.kind):
        for bank in barred:
            alive ^= alive & segment.of_bank(bank)  # noqa: PLW2901
        if alive:
            view = _view(segment, alive, places, keys)
            if view.shut:
                found.append(view)
    return found


def _view(segment: Segment, alive: int, places: Iterable[int], keys: Sequence[int]) -> View:
    kept_out, hopeless, fate = [], 0, segment.answers.fate
    for place in places:
        out, fails, never = fate(keys[place])
        out &= alive
        if out:
            kept_out.append((place, out, fails))
            hopeless |= never
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
        self._views = seen
        places = dict.fromkeys(place for view in seen for place in view.missing)
        self._mending = {place: Mending(snapshot, demand, place, today) for place in places}
        self._ways_of: dict[tuple[int, int], dict[Way, int]] = {}

    def groups(self) -> Iterator[tuple[int, list[Steps]]]:
        """The sets that take equally many days and steps, with the days."""
        least, found = self._least_days(), Groups()
        heap: list[tuple[Effort, tuple[int, ...]]] = [((0, 0), ())]
        while heap or found:
            # Steps take no less than their facts take at least: what takes less than all facts to come is complete.
            if not heap or (found and found.least < heap[0][0]):
                yield found.taken()
                continue
            _, facts = heappop(heap)
            found.add(self._sets(tuple([least[each][1] for each in facts])))
            for more in _after(facts, least):
                heappush(heap, ((sum([least[each][0] for each in more]), len(more)), more))
        if not found.known and (single := self._single()):
            yield effort_of(single)[0], [steps_of(single)]

    def _least_days(self) -> list[tuple[int, int]]:
        """The facts that fail and can be mended: the days that it takes at least, and the fact's place."""
        places = dict.fromkeys(place for view in self._views for place in view.failing)
        return sorted((days, place) for place in places if (days := self._mending[place].least_days()) is not None)

    def _sets(self, failing: tuple[int, ...]) -> Iterator[Ways]:
        """The sets of the products of which exactly these facts fail."""
        by_name = sorted(failing, key=lambda place: self._mending[place].name)
        for number, view in enumerate(self._views):
            left = view.failures[len(failing)]
            for place in failing:
                left &= view.failing.get(place, 0)
            if not left:
                continue
            sure = left ^ (left & view.unsure)
            if sure.bit_count() > FEW_PRODUCTS:
                yield from self._combined(number, by_name, sure, ())
            else:
                yield from self._needed(view, sure, by_name)
            yield from self._one_by_one(view, left ^ sure)

    def _combined(self, number: int, places: Sequence[int], left: int, ways: Ways) -> Iterator[Ways]:
        """One way for each of the facts: the different sets that products among these need, not product by product."""
        if not places:
            yield ways
            return
        for way, products in self._ways(number, places[0]).items():
            if inside := left & products:
                yield from self._combined(number, places[1:], inside, (*ways, way))

    def _ways(self, number: int, place: int) -> dict[Way, int]:
        """The ways by which a fact that fails comes to pass, and the products of a view for which each is the one."""
        found = self._ways_of.get((number, place))
        if found is None:
            found = self._ways_of[number, place] = {}
            view, mending = self._views[number], self._mending[place]
            for ask, asking in view.segment.asks(mending.name).items():
                if (products := asking & view.failing.get(place, 0)) and (way := mending.way(ask)):
                    found[way] = found.get(way, 0) | products
        return found

    def _needed(self, view: View, left: int, places: Sequence[int]) -> Iterator[Ways]:
        """What these products need, a way for each of the facts."""
        inside, columns = places_in(left), []
        for place in places:
            mending, column = self._mending[place], view.segment.column(self._mending[place].name)
            columns.append([mending.way(column[each]) for each in inside])
        for ways in dict.fromkeys(zip(*columns, strict=True)):
            if None not in ways:
                yield ways

    def _one_by_one(self, view: View, left: int) -> Iterator[Ways]:
        """What products need of which something is unknown too: other facts for each."""
        for place in places_in(left):
            out = [each for each, missing in view.missing.items() if missing >> place & 1]
            yield from self._needed(view, 1 << place, sorted(out, key=lambda each: self._mending[each].name))

    def _single(self) -> Ways | None:
        """Of products of which more than three facts fail: the set of the nearest one."""
        nearest: tuple[tuple[object, ...], Ways] | None = None
        for view in self._views:
            left = view.shut
            for some in view.failures:
                left ^= left & some
            for place in places_in(left):
                failing = sum(fails >> place & 1 for fails in view.failing.values())
                for ways in self._one_by_one(view, 1 << place):
                    rank = (failing, *effort_of(ways), names_of(steps_of(ways)))
                    if nearest is None or rank < nearest[0]:
                        nearest = (rank, ways)
        return nearest[1] if nearest else None


class Groups:
    """Sets of steps by what they take, each once. `least`: the least of what has not been taken out again."""

    __slots__ = ("_by_effort", "known", "least")

    def __init__(self) -> None:
        self.known: set[Ways] = set()
        self._by_effort: dict[Effort, list[Ways]] = {}
        self.least: Effort = MOST

    def __bool__(self) -> bool:
        return bool(self._by_effort)

    def add(self, sets: Iterable[Ways]) -> None:
        """Those that are new."""
        for ways in sets:
            if ways not in self.known:
                self.known.add(ways)
                effort = effort_of(ways)
                self._by_effort.setdefault(effort, []).append(ways)
                self.least = min(self.least, effort)

    def taken(self) -> tuple[int, list[Steps]]:
        """The sets that take least, and their days."""
        days, _ = least = self.least
        sets = self._by_effort.pop(least)
        self.least = min(self._by_effort, default=MOST)
        return days, [steps_of(ways) for ways in sets]


def _after(places: tuple[int, ...], least: Sequence[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """The sets of facts that follow one of them, so that each comes once and none before one that takes less."""
    following = places[-1] + 1 if places else 0
    if following < len(least):
        if places:
            yield (*places[:-1], following)
        if len(places) < MOST_FAILING:
            yield (*places, following)
