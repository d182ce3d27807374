"""What the products of one segment ask of one fact, as bitsets: which of them a known value keeps out, and why.

A product is a bit. What a table answers never changes, so that a snapshot may share it with the next one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from operator import or_
from typing import NamedTuple, TypeVar

from services.matching.domain.criteria import Verdict, verdict
from services.matching.domain.facts import fits
from services.matching.domain.rules import Criterion, FactRule, FactValue

Part = tuple[str, int, FactValue | None]
"""What a bitset stands for: an operator, which of its criteria (a product may have several), and one value of it."""
Known = FactValue | tuple[bool, FactValue | None] | None
"""What is known of a fact: its value, with whether it is sure where a product wants it verified before a referral."""
Name = TypeVar("Name")
VERIFIED = "verified"
"""In place of an operator: what must be surer than the household's own word before a referral."""
GRID = 128


class Kept(NamedTuple):
    """Which products a value does not pass: all of them, those where something fails, those where nothing mends it."""

    out: int
    failing: int
    hopeless: int


class Asked(ABC):
    """What a segment's products ask of one fact. Its answers are kept by key, with those of the other facts."""

    __slots__ = ("asking", "before_referral", "full", "parts", "rule")

    def __init__(self, rule: FactRule, full: int, parts: Mapping[Part, int]) -> None:
        self.rule, self.full, self.parts = rule, full, parts
        self.asking = self.before_referral = 0
        for (op, _, _), products in parts.items():
            self.asking |= products
            self.before_referral |= products if op == VERIFIED else 0

    def kept(self, known: Known) -> Kept:
        """The products that it does not pass, by what may become of them."""
        sure, value = opened(known)
        if value is None or not fits(self.rule, value):
            return Kept(self.asking, 0, 0)
        out, failing, hopeless = self._judge(value)
        return Kept(out if sure else out | self.before_referral, failing, hopeless)

    @abstractmethod
    def _judge(self, value: FactValue) -> Kept:
        """Which products a value that fits does not pass."""

    def edited(self, full: int, place: int, parts: Iterable[Part], *, gone: bool) -> Asked:
        """A copy with one product more at a place, asking these parts, or with the one there taken out."""
        return self.__class__(self.rule, full, moved(self.parts, place, parts, gone=gone))


class Words(Asked):
    """A fact with words for values, or a flag: for each word that is asked, who asks it."""

    __slots__ = ()

    def _judge(self, value: FactValue) -> Kept:
        inside, coarse, asks = defaultdict[tuple[str, int], int](int), defaultdict[tuple[str, int], int](int), {}
        for (op, number, word), products in self.parts.items():
            if op == VERIFIED:
                continue
            if word is None:
                asks[op, number] = products
            elif (found := holds(self.rule, op, value, word)) is not False:
                (inside if found else coarse)[op, number] |= products
        out = failing = 0
        for (op, number), products in asks.items():
            within, unsure = inside[op, number], coarse[op, number]
            fails = within if op == "not_in" else products ^ (products & (within | unsure))
            failing |= fails
            out |= fails | (unsure ^ (unsure & within))
        return Kept(out, failing, failing if self.rule.failure in ("final", "supply") else 0)


def holds(rule: FactRule, op: str, value: FactValue, word: FactValue) -> Verdict:
    """Whether a value would be passed by one word alone."""
    one = Criterion(rule.name, "in" if op == "not_in" else op, word if op == "is" else (str(word),))
    return verdict(one, rule, value, True)


class Ranges(Asked):
    """The same for a number: bounds from below and above, whole ranges of values in one step."""

    __slots__ = ("_bounds",)

    def __init__(self, rule: FactRule, full: int, parts: Mapping[Part, int]) -> None:
        super().__init__(rule, full, parts)
        self._bounds: tuple[Bounds, Bounds] | None = None

    def _judge(self, value: FactValue) -> Kept:
        lows, highs = self._bounds or self._prepare()
        number, failure = int(value), self.rule.failure  # type: ignore[arg-type]
        short = lows.first(bisect_left(lows.limits, -number))
        over = highs.first(bisect_left(highs.limits, number))
        hopeless = short | over if failure in ("final", "supply") else 0
        if failure == "wait" and self.rule.window_months is None:
            hopeless |= over
        return Kept(short | over, short | over, hopeless)

    def _prepare(self) -> tuple[Bounds, Bounds]:
        found: dict[str, dict[int, int]] = {"at_least": {}, "at_most": {}}
        for (op, _, limit), products in self.parts.items():
            if op in found:
                found[op][int(limit)] = found[op].get(int(limit), 0) | products  # type: ignore[arg-type]
        self._bounds = Bounds(found["at_least"], lower=True), Bounds(found["at_most"], lower=False)
        return self._bounds


class Bounds:
    """Bounds of one direction, sorted, with the products behind each and all beyond it in one bitset.

    At most so many sums are kept, however many different bounds there are; what lies between is put in one by one.
    """

    __slots__ = ("limits", "masks", "stride", "sums")

    def __init__(self, found: Mapping[int, int], *, lower: bool) -> None:
        self.limits = sorted(found, reverse=lower)
        self.masks = [found[limit] for limit in self.limits]
        self.stride = len(self.limits) // GRID + 1
        self.sums = [0, *accumulate(self.masks, or_)][:: self.stride]
        if lower:
            # Descending, as negative numbers: so the same search serves both directions.
            self.limits = [-limit for limit in self.limits]

    def first(self, count: int) -> int:
        """The products behind the first so many bounds."""
        full, rest = divmod(count, self.stride)
        found: int = self.sums[full]
        for mask in self.masks[count - rest : count]:
            found |= mask
        return found


def table_of(rule: FactRule, full: int, parts: Mapping[Part, int]) -> Asked:
    """The table that fits a fact's type."""
    return (Ranges if rule.type == "integer" else Words)(rule, full, parts)


def parts_of(rule: FactRule, criteria: Iterable[Criterion]) -> Iterator[Part]:
    """What one product's criteria over one fact consist of."""
    seen: dict[str, int] = {}
    for criterion in criteria:
        op, value = criterion.op, criterion.value
        number = seen[op] = seen.get(op, -1) + 1
        if criterion.verified == "before_referral":
            yield VERIFIED, 0, None
        if rule.type == "integer":
            for bound in ("at_least", "at_most") if op == "is" else (op,):
                yield bound, 0, limit_of(criterion)
        else:
            yield op, number, None
            yield from ((op, number, word) for word in (value if isinstance(value, tuple) else (value,)))


def moved(bits: Mapping[Name, int], place: int, named: Iterable[Name], *, gone: bool) -> dict[Name, int]:
    """Bitsets by name with one place taken out, or put in for those that are named. What is left empty is left out."""
    low = (1 << place) - 1
    if gone:
        cut = {name: mask & low | (mask >> place + 1) << place for name, mask in bits.items()}
        return {name: mask for name, mask in cut.items() if mask}
    wider = {name: mask & low | (mask >> place) << place + 1 for name, mask in bits.items()}
    for name in named:
        wider[name] = wider.get(name, 0) | 1 << place
    return wider


def opened(known: Known) -> tuple[bool, FactValue | None]:
    """Whether it is sure, and the value. The values of a set are words, so a flag in front can only be the former."""
    if isinstance(known, tuple) and known and isinstance(known[0], bool):
        return known[0], known[1]
    return True, known


def limit_of(criterion: Criterion) -> int:
    """The number that a criterion over a number names."""
    return int(criterion.value)  # type: ignore[arg-type]
