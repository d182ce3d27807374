"""Who is asked first: the named bank, then by cost; of nearly equal costs the bank furthest behind its share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from services.matching.domain.capacity import Seat
from services.matching.domain.pricing import Match


class Candidate(NamedTuple):
    """The best product of one bank, and the place at its unit."""

    match: Match
    seat: Seat


def best_per_bank(matches: Iterable[Match]) -> list[Match]:
    """One product per bank, the best first, of matches that are sorted so already."""
    best: dict[str, Match] = {}
    for found in matches:
        best.setdefault(found.product.bank, found)
    return list(best.values())


def order(candidates: Sequence[Candidate], band_bp: int, named_bank: str | None) -> Iterator[Candidate]:
    """Whom to ask first, of candidates that are sorted best first. Integers and total orders only: it is repeatable."""
    left = list(candidates)
    named = next((place for place, each in enumerate(left) if each.match.product.bank == named_bank), None)
    if named is not None:
        yield left.pop(named)
    while left:
        most = left[0].match.cost_bp + band_bp
        yield left.pop(_furthest_behind([each.seat for each in left if each.match.cost_bp <= most]))


def _furthest_behind(seats: Sequence[Seat]) -> int:
    """The place of the largest deficit, the first of equal ones.

    A deficit is what a unit should have had, by its limit's share of all that is open in the band, less what it has.
    """
    if len(seats) == 1:
        return 0
    limits = sum([seat.limit for seat in seats])
    opened = sum([seat.open for seat in seats]) + 1
    deficits = [seat.limit * opened - seat.open * limits for seat in seats]
    return deficits.index(max(deficits))
