"""What each unit can take, in places and in money, and which unit of a bank a demand goes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.matching.domain.rules import Institution, Unit

PRIOR = 4
"""So many answers in time a unit is credited with before it has a record."""
REMEMBERED = 200
"""Beyond so many ended clocks a record is halved: what a unit does now counts more than what it did long ago."""


class Capacity(NamedTuple):
    """A unit's open limit and how many referrals are open there. `limit` is None where it declared none.

    `held_yuan` is the money that its open referrals ask for, `lent_yuan` what it has paid out; both count against
    `quota_yuan` where it declared one. `answered` and `lapsed` are its record.
    """

    limit: int | None
    open: int
    version: int = 0
    quota_yuan: int | None = None
    held_yuan: int = 0
    lent_yuan: int = 0
    answered: int = 0
    lapsed: int = 0


class Change(NamedTuple):
    """What one event changes of a unit: places and money taken (or given back), and its record."""

    places: int = 0
    held_yuan: int = 0
    lent_yuan: int = 0
    answered: int = 0
    lapsed: int = 0

    def plus(self, other: Change) -> Change:
        return Change(*(mine + its for mine, its in zip(self, other, strict=True)))


class Seat(NamedTuple):
    """A place at a unit: its limit as it holds (declared, or its share), what is open, the money that is left."""

    unit: str
    limit: int
    open: int
    left_yuan: int | None = None


NONE_OPEN = Capacity(None, 0)


def fits(seat: Seat, amount_yuan: int) -> bool:
    """Whether one more referral over so much may go there."""
    return seat.open < seat.limit and (seat.left_yuan is None or amount_yuan <= seat.left_yuan)


def is_over(seat: Seat) -> bool:
    """Whether a unit has more than it says now that it can take."""
    return seat.open > seat.limit or (seat.left_yuan is not None and seat.left_yuan < 0)


def share(standard: int, answered: int, lapsed: int) -> int:
    """The open limit of a unit that declares none: its institution's, in the share of clocks that it kept.

    Never below one: who was silent gets a chance to answer again.
    """
    return max(min(standard, 1), standard * (answered + PRIOR) // (answered + lapsed + PRIOR))


def remembered(answered: int, lapsed: int) -> tuple[int, int]:
    """A record that does not grow for ever."""
    return (answered // 2, lapsed // 2) if answered + lapsed > REMEMBERED else (answered, lapsed)


def limit_of_unit(standard: int, known: Capacity) -> int:
    """What a unit declared, or its share of the institution's `standard`."""
    return share(standard, known.answered, known.lapsed) if known.limit is None else known.limit


def seat_at(institution: Institution, unit: Unit, units: Mapping[str, Capacity]) -> Seat:
    """How full a unit is."""
    known = units.get(unit.id, NONE_OPEN)
    left = None if known.quota_yuan is None else known.quota_yuan - known.held_yuan - known.lent_yuan
    return Seat(unit.id, limit_of_unit(institution.open_limit, known), known.open, left)


def changed(known: Capacity, change: Change) -> Capacity:
    """A unit after an event."""
    answered, lapsed = remembered(known.answered + change.answered, known.lapsed + change.lapsed)
    return known._replace(
        open=known.open + change.places,
        held_yuan=known.held_yuan + change.held_yuan,
        lent_yuan=known.lent_yuan + change.lent_yuan,
        answered=answered,
        lapsed=lapsed,
    )


def unit_for(institution: Institution, region: str, industry: str | None) -> Unit | None:
    """The unit whose region is the longest that holds the demand's; None where the institution has none there.

    Of units with the same region the one that names the industry goes before the one that takes everything.
    """
    return next(iter(units_for(institution, region, industry)), None)


def units_for(institution: Institution, region: str, industry: str | None) -> list[Unit]:
    """All units that take a demand from there, the nearest first."""
    ranked = []
    for place, unit in enumerate(institution.units):
        rank = (_longest(unit.regions, region), _longest(unit.industries, industry or ""))
        if min(rank) >= 0:
            ranked.append((-rank[0], -rank[1], place, unit))
    return [unit for *_, unit in sorted(ranked, key=lambda each: each[:3])]


def _longest(prefixes: tuple[str, ...], value: str) -> int:
    """The length of the longest prefix of a value; 0 where nothing is asked, -1 where none fits."""
    if not prefixes:
        return 0
    return max((len(prefix) for prefix in prefixes if value.startswith(prefix)), default=-1)
