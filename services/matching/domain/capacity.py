"""What each unit can take, and which unit of a bank a demand goes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.matching.domain.rules import Institution, Unit


class Capacity(NamedTuple):
    """A unit's open limit and how many referrals are open there. `limit` is None where it declared none."""

    limit: int | None
    open: int
    version: int = 0


class Seat(NamedTuple):
    """A place at a unit: its limit as it holds (declared, or the institution's default) and what is open."""

    unit: str
    limit: int
    open: int

    @property
    def free(self) -> bool:
        return self.open < self.limit


NONE_OPEN = Capacity(None, 0)


def seat_at(institution: Institution, unit: Unit, units: Mapping[str, Capacity]) -> Seat:
    """How full a unit is."""
    known = units.get(unit.id, NONE_OPEN)
    return Seat(unit.id, institution.open_limit if known.limit is None else known.limit, known.open)


def unit_for(institution: Institution, region: str, industry: str | None) -> Unit | None:
    """The unit whose region is the longest that holds the demand's; None where the institution has none there.

    Of units with the same region the one that names the industry goes before the one that takes everything.
    """
    best: Unit | None = None
    best_rank = (-1, -1)
    for unit in institution.units:
        rank = (_longest(unit.regions, region), _longest(unit.industries, industry or ""))
        if min(rank) >= 0 and rank > best_rank:
            best, best_rank = unit, rank
    return best


def _longest(prefixes: tuple[str, ...], value: str) -> int:
    """The length of the longest prefix of a value; 0 where nothing is asked, -1 where none fits."""
    if not prefixes:
        return 0
    return max((len(prefix) for prefix in prefixes if value.startswith(prefix)), default=-1)
