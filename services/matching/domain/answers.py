"""What is known of a fact as a key, which is a number, and what tables answer by it, in one flat list.

A demand looks at a dozen facts in several segments, most of which nobody has looked at for a while. What that costs is
memory that is not at hand: of a list two places are read, of a dictionary for each fact six.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from services.matching.domain.asked import Asked, Kept, Known

MOST_KEYS = 4096
"""Keys whose answers are kept. What comes up beyond them is judged anew each time."""
MOST_PASSING = 20_000


class Meant(NamedTuple):
    """What a key stands for: the place of a fact among the questions, and what is known of it."""

    place: int
    known: Known


class Keys:
    """The keys of an index and of all that were edited from it. They only grow, and never change what they mean.

    Several threads may ask: a release is compiled beside the one that is in use.
    """

    def __init__(self) -> None:
        self._next = count()
        self._found: dict[tuple[int, Known], int] = {}
        self._passing = deque[int]()
        self.meant: dict[int, Meant] = {}

    def lasting(self, place: int, known: Known) -> int:
        """The key of what is known of the fact at a place, for who keeps it."""
        found = self._found.get((place, known))
        return self._found.setdefault((place, known), self._made(place, known)) if found is None else found

    def of(self, place: int, known: Known) -> int:
        """The same for one answer. There may be any number: beyond the first ones the oldest are forgotten."""
        found = self._found.get((place, known))
        if found is None:
            found = self._made(place, known)
            if found < MOST_KEYS:
                return self._found.setdefault((place, known), found)
            self._passing.append(found)
            if len(self._passing) > MOST_PASSING:
                self.meant.pop(self._passing.popleft(), None)
        return found

    def _made(self, place: int, known: Known) -> int:
        made = next(self._next)
        self.meant[made] = Meant(place, known)
        return made


class Answers:
    """What some tables answer: `passing` and `fates` by key, None where nobody has asked yet."""

    __slots__ = ("_keys", "fates", "passing", "tables")

    def __init__(self, keys: Keys, tables: Iterable[tuple[int, Asked]]) -> None:
        self._keys = keys
        self.tables: Mapping[int, Asked] = dict(tables)
        self.passing: list[Any] = []
        self.fates: list[Any] = []

    def passed(self, keys: Sequence[int], places: Iterable[int], left: int) -> int:
        """Of `left` what all these facts pass."""
        for place in places:
            left &= self.pass_by(keys[place])
        return left

    def pass_by(self, key: int) -> int:
        """What one key passes, or asks nothing of its fact."""
        found: int | None = self.passing[key] if key < len(self.passing) else None
        if found is None:
            place, known = self._keys.meant[key]
            table = self.tables[place]
            found = table.full ^ table.kept(known).out
            _put(self.passing, key, found)
        return found

    def fate(self, key: int) -> Kept:
        """What one key keeps out, by what may become of it."""
        found: Kept | None = self.fates[key] if key < len(self.fates) else None
        if found is None:
            place, known = self._keys.meant[key]
            found = self.tables[place].kept(known)
            _put(self.fates, key, found)
        return found


def _put(answers: list[Any], key: int, answer: object) -> None:
    if key < MOST_KEYS:
        answers.extend([None] * (key + 1 - len(answers)))
        answers[key] = answer
