"""A fact that some criterion asks, and how its value becomes a key: all values get one that are judged alike."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from services.matching.domain.answers import MOST_KEYS, Keys
from services.matching.domain.asked import VERIFIED, Known, Part, holds, parts_of
from services.matching.domain.facts import fits
from services.matching.domain.rules import Criterion, FactRule, FactValue

Name = TypeVar("Name")
Kept = TypeVar("Kept")
CACHED = 20_000
LOWEST = -(1 << 62)
"""Below all limits: what stands for the numbers that reach none."""


def keep(cache: dict[Name, Kept], name: Name, value: Kept, most: int = CACHED) -> None:
    """Bounded: values are many, and a cache that is full starts anew."""
    if len(cache) >= most:
        cache.clear()
    cache[name] = value


class Question:
    """`unknown`: the key where nothing is known. The other keys come twice, by the household's word alone and sure;
    that is one and the same unless some product wants the fact verified before a referral.

    `flags`: of False and True. `ranges`: of the numbers from each of the `cuts` on. `words`: of those that came up.
    """

    __slots__ = ("_asked", "_first", "_keys", "cuts", "flags", "name", "place", "ranges", "rule", "unknown", "words")

    def __init__(self, rule: FactRule, place: int, asked: frozenset[Part], keys: Keys) -> None:
        self.name, self.rule, self.place = rule.name, rule, place
        self._asked, self._keys = asked, keys
        self._first: dict[tuple[object, ...], FactValue] = {}
        own, proved = (False, True) if any(op == VERIFIED for op, _, _ in asked) else (None, None)
        self.unknown = keys.lasting(place, _known(None, own))
        limits = [(op, word) for op, _, word in asked if rule.type == "integer" and op != VERIFIED]
        self.cuts = sorted({LOWEST, *(int(limit) + (op == "at_most") for op, limit in limits)})  # type: ignore[arg-type]
        # Each for its own type alone: to a dictionary a cut at 0 is the same as False.
        numbers, flags = self.cuts if rule.type == "integer" else (), (False, True) if rule.type == "flag" else ()
        self.ranges = self._lasting(numbers, own), self._lasting(numbers, proved)
        self.flags = self._lasting(flags, own), self._lasting(flags, proved)
        words = dict[FactValue, int]()
        self.words = (words, words if proved is None else dict[FactValue, int]())

    def _lasting(self, values: Sequence[FactValue], sure: bool | None) -> list[int]:
        return [self._keys.lasting(self.place, _known(value, sure)) for value in values]

    def with_parts(self, parts: Iterable[Part]) -> Question:
        """The question where more is asked; itself where nothing is new. Older keys stay right: they mean values."""
        more = self._asked.union(parts)
        return self if more == self._asked else Question(self.rule, self.place, more, self._keys)

    def key(self, value: FactValue, sure: bool) -> int:
        """A value as a key. One that the fact cannot have is unknown."""
        if not fits(self.rule, value):
            return self.unknown
        if self.rule.type == "integer":
            return self.ranges[sure][bisect_right(self.cuts, value) - 1]
        return self.flags[sure][bool(value)] if self.rule.type == "flag" else self.word(value, sure)

    def word(self, value: FactValue, sure: bool) -> int:
        """The key of the first value that came up of all those that no criterion tells from this one."""
        if not fits(self.rule, value):
            return self.unknown
        found = self.words[sure].get(value)
        if found is None:
            words = sorted(self._asked, key=repr)
            alike = tuple([holds(self.rule, op, value, word) for op, _, word in words if word is not None])
            if alike not in self._first:
                keep(self._first, alike, value)
            told = sure if self.words[0] is not self.words[1] else None
            found = self._keys.of(self.place, _known(self._first[alike], told))
            if found < MOST_KEYS:
                keep(self.words[sure], value, found)
        return found


def _known(value: FactValue | None, sure: bool | None) -> Known:
    return value if sure is None else (sure, value)


def with_criteria(
    questions: Sequence[Question], facts: Mapping[str, FactRule], criteria: Iterable[Criterion], keys: Keys
) -> tuple[Question, ...]:
    """The questions with those of more criteria. Places never change: older segments count on them."""
    found = {each.name: each for each in questions}
    new: dict[str, set[Part]] = {}
    for criterion in criteria:
        new.setdefault(criterion.fact, set()).update(parts_of(facts[criterion.fact], (criterion,)))
    for name in sorted(new):
        before = found.get(name)
        asked = frozenset(new[name])
        found[name] = before.with_parts(asked) if before else Question(facts[name], len(found), asked, keys)
    return tuple(found.values())
