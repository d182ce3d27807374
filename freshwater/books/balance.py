"""One balance, and a run of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Balance:
    """Two sides that must be equal up to a watermark.

    `left` and `right` are counts up to there; `in_flight` is how many records or outputs lie beyond. `difference` is
    how many do not fit, 0 where it balances; `names` are the first ten of them. `parts` is what the right side is made
    of.
    """

    name: str
    zh: str
    left: int
    right: int
    in_flight: int = 0
    difference: int = 0
    names: tuple[str, ...] = ()
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        return self.difference == 0


def balance(
    name: str,
    zh: str,
    left: int,
    right: int,
    *,
    in_flight: int = 0,
    difference: int | None = None,
    names: Iterable[str] = (),
    parts: Mapping[str, int] | None = None,
) -> Balance:
    """A balance whose difference is that of its sides, unless it is known better; names only where there is one."""
    differs = abs(left - right) if difference is None else difference
    first = tuple(sorted(names)[:MOST_NAMES]) if differs else ()
    return Balance(name, zh, left, right, in_flight, differs, first, parts or {})


@dataclass(frozen=True, slots=True)
class Report:
    """All balances of one run. `since`: whether only what was new was read; `copies`: repeated records, byte for byte
    equal to the first."""

    balances: tuple[Balance, ...]
    read: int
    copies: int
    since: bool
    seconds: float

    @property
    def balanced(self) -> bool:
        return all(each.balanced for each in self.balances)

    @property
    def in_flight(self) -> int:
        """The most that any balance has in flight: the same record may be in flight for several."""
        return max((each.in_flight for each in self.balances), default=0)
