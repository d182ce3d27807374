"""The league table (排行): who helps, in time, of all that they were given.

The place is decided by the share of referrals with an offer within the clock, at the lower end of its interval; open,
lapsed and declined ones are no offers, and how many were given is not for the bank to choose. Below a minimum there is
no place. Everything beside the place is shown to judge by and moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.desk.domain.survival import NO_SPELLS, Spells, interval, median, share_by

LEAST_REFERRALS = 20
LEAST_RATINGS = 5
"""Fewer ratings are not shown: they would say who rated."""
_NEVER = 10**6


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a whole: a share that knows how many it is made of."""

    n: int = 0
    of: int = 0

    @property
    def share(self) -> float | None:
        return self.n / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Record:
    """What one bank did, counted. `stages`: accept, contact, offer; `declines` by code.

    `hard`: of those it accepted, later rounds and demands with an obstacle. `repaired`: of those that drew money, the
    ones whose obstacle an authority had cleared. `stated`, `verified`: offers to demands known by the household's word
    and by more than that. `stars`: ratings by number of stars.
    """

    bank: str
    stages: Mapping[str, Spells] = field(default_factory=dict)
    declines: Mapping[str, int] = field(default_factory=dict)
    hard: Part = Part()
    repaired: Part = Part()
    stated: Part = Part()
    verified: Part = Part()
    stars: Mapping[int, int] = field(default_factory=dict)
    reduced_hours: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the league table; `place` is None below the minimum sample."""

    place: int | None
    record: Record
    received: int
    share: float
    low: float
    high: float
    medians: Mapping[str, int | None]
    overdue: int
    coded: Part
    on_the_whole: Part
    satisfaction: float | None


@dataclass(frozen=True, slots=True)
class Terms:
    """`window`: working days from referral to offer by the clocks. `leads`: decline code -> where it leads."""

    window: int
    leads: Mapping[str, str]
    on_the_whole: frozenset[str] = frozenset({"BANK_DECISION", "SCORE"})
    """Codes that give no reason beyond the bank's own score."""


def league(records: Iterable[Record], terms: Terms) -> list[Standing]:
    """All banks, the first place first; then those that are too few to be placed, by name."""
    lines = [_line(record, terms) for record in records]
    placed = sorted((line for line in lines if line.received >= LEAST_REFERRALS), key=_order)
    few = sorted((line for line in lines if line.received < LEAST_REFERRALS), key=lambda line: line.record.bank)
    return [*_places(placed), *few]


def _order(line: Standing) -> tuple[float, int]:
    middle = line.medians["offer"]
    return -line.low, _NEVER if middle is None else middle


def _places(lines: Sequence[Standing]) -> Iterable[Standing]:
    """Equal lines share a place."""
    orders = [_order(line) for line in lines]
    for line, order in zip(lines, orders, strict=True):
        yield _placed(line, 1 + orders.index(order))


def _placed(line: Standing, place: int) -> Standing:
    return Standing(
        place, line.record, line.received, line.share, line.low, line.high, line.medians, line.overdue,
        line.coded, line.on_the_whole, line.satisfaction,
    )  # fmt: skip


def _line(record: Record, terms: Terms) -> Standing:
    offers = record.stages.get("offer", NO_SPELLS)
    share = share_by(offers, terms.window)
    low, high = interval(share, offers.total)
    declined = sum(record.declines.values())
    coded = sum(n for code, n in record.declines.items() if terms.leads.get(code, "final") != "final")
    whole = sum(n for code, n in record.declines.items() if code in terms.on_the_whole)
    return Standing(
        place=None,
        record=record,
        received=offers.total,
        share=share,
        low=low,
        high=high,
        medians={stage: median(record.stages.get(stage, NO_SPELLS)) for stage in ("accept", "contact", "offer")},
        overdue=sum(spells.late for spells in record.stages.values()),
        coded=Part(coded, declined),
        on_the_whole=Part(whole, declined),
        satisfaction=_mean(record.stars),
    )


def _mean(stars: Mapping[int, int]) -> float | None:
    n = sum(stars.values())
    return sum(star * count for star, count in stars.items()) / n if n >= LEAST_RATINGS else None


def reduced_hours(said: Sequence[tuple[datetime, int]], until: datetime) -> int:
    """Whole hours in which a unit took less than the most that it had said before; `said` in order of version."""
    seconds, most = 0.0, 0
    for number, (at, limit) in enumerate(said):
        most = max(most, limit)
        end = said[number + 1][0] if number + 1 < len(said) else until
        if limit < most:
            seconds += max(0.0, (min(end, until) - at).total_seconds())
    return int(seconds // 3600)
