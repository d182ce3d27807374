"""脱敏卡片: what a bank may see of a demand before it accepts, never so exact that it names somebody.

A household is known from outside by its trade and its place; the amount narrows it further. A card tells of these only
what at least so many households of the campaign have in common. Those that never asked here are not counted, so the
group in the real place is larger still.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import NamedTuple

BOUNDS = (0, 50_000, 100_000, 300_000, 500_000, 1_000_000, 3_000_000)
"""The bands of amounts, in yuan; the last has no upper end."""


class Card(NamedTuple):
    """`industry` is a division (H62), a section (H) or nothing; the amount lies from (inclusive) to (exclusive)."""

    county: str | None = None
    industry: str | None = None
    amount_from: int | None = None
    amount_to: int | None = None

    @property
    def group(self) -> str:
        """The name under which the households that look like this are counted."""
        return f"{self.county}/{self.industry or '-'}/{'-' if self.amount_from is None else self.amount_from}"


NOTHING = Card()


def cards(county: str, industry: str | None, amount_yuan: int | None) -> Iterator[Card]:
    """From the most exact to the least: first the trade is told less exactly, then the amount not at all."""
    low, high = (None, None) if amount_yuan is None else band(amount_yuan)
    told: dict[Card, None] = {}
    for trade in dict.fromkeys((industry and industry[:3], industry and industry[:1])):
        told[Card(county, trade, low, high)] = None
    told[Card(county, industry and industry[:1])] = None
    told[Card(county, None, low, high)] = None
    told[Card(county)] = None
    yield from told


def band(amount_yuan: int) -> tuple[int, int | None]:
    """The band that an amount lies in."""
    place = bisect_right(BOUNDS, amount_yuan) - 1
    return BOUNDS[place], BOUNDS[place + 1] if place + 1 < len(BOUNDS) else None


def masked(
    county: str, industry: str | None, amount_yuan: int | None, households: Callable[[str], int], least: int
) -> Card:
    """The most exact card that at least so many households share; nothing where not even the county has them."""
    for card in cards(county, industry, amount_yuan):
        if households(card.group) >= least:
            return card
    return NOTHING
