"""How long things take where some have not ended yet: medians and shares by the estimator of Kaplan and Meier.

What is still open counts with the time that it has waited so far, so leaving it open makes nothing quicker; what was
declined or lapsed counts as never done, so a quick no makes nothing quicker either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import sqrt

_CONFIDENCE = 1.96
"""Ninety-five percent, two-sided."""


@dataclass(frozen=True, slots=True)
class Spells:
    """How many ended how, by the working days that they took, counted as the clocks count.

    `done`: what was waited for happened. `cut`: it left without the bank's doing (recalled), or is open at that age.
    `never`: declined or lapsed; it stays among those that wait for good. `late`: of all, those beyond their clock.
    """

    done: Mapping[int, int] = field(default_factory=dict)
    cut: Mapping[int, int] = field(default_factory=dict)
    never: int = 0
    late: int = 0

    @property
    def total(self) -> int:
        return sum(self.done.values()) + sum(self.cut.values()) + self.never


NO_SPELLS = Spells()


def together(spells: Iterable[Spells]) -> Spells:
    """All of them as one: a bank's from its units'."""
    done: dict[int, int] = {}
    cut: dict[int, int] = {}
    never = late = 0
    for each in spells:
        for ours, theirs in ((done, each.done), (cut, each.cut)):
            for days, n in theirs.items():
                ours[days] = ours.get(days, 0) + n
        never += each.never
        late += each.late
    return Spells(done, cut, never, late)


def waiting(spells: Spells) -> Iterator[tuple[int, float]]:
    """Day by day, the share for which it has not happened by the end of that day; only days on which some did."""
    at_risk, share = spells.total, 1.0
    for days in sorted({*spells.done, *spells.cut}):
        happened = spells.done.get(days, 0)
        if happened:
            share *= 1 - happened / at_risk
            yield days, share
        at_risk -= happened + spells.cut.get(days, 0)


def median(spells: Spells) -> int | None:
    """The working days by which it has happened for half of them; None where that cannot be said yet."""
    return next((days for days, share in waiting(spells) if share <= 0.5), None)


def share_by(spells: Spells, days: int) -> float:
    """The share for which it happens within so many working days."""
    share = 1.0
    for day, left in waiting(spells):
        if day > days:
            break
        share = left
    return 1 - share


def interval(share: float, n: int) -> tuple[float, float]:
    """Where the true share lies, after Wilson: wide for few, and it never gets lower when the share gets higher."""
    if not n:
        return 0.0, 1.0
    square = _CONFIDENCE**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _CONFIDENCE / (1 + square / n) * sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
