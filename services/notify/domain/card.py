"""The masked card: what a bank may know of a demand before it has accepted it."""

from __future__ import annotations

from bisect import bisect_right

from services.notify.domain.states import Demand

BOUNDS = (0, 50_000, 100_000, 300_000, 500_000, 1_000_000, 3_000_000)
"""The bands of amounts, in yuan; the last has no upper end."""


def band(amount_yuan: int) -> tuple[int, int | None]:
    """The band that an amount lies in: from (inclusive) and to (exclusive), none where it is open."""
    place = bisect_right(BOUNDS, amount_yuan) - 1
    return BOUNDS[place], BOUNDS[place + 1] if place + 1 < len(BOUNDS) else None


def industry_class(industry: str | None) -> str | None:
    """Two digits of the industry are enough to see whether a product is for it."""
    return industry[:3] if industry else None


def card(demand: Demand) -> dict[str, bool | int | str | list[str]]:
    """Industry of two digits, band of the amount, county, term and purpose; what nobody said is left out."""
    found: dict[str, bool | int | str | list[str]] = {}
    if industry := industry_class(demand.industry):
        found["industry"] = industry
    if demand.amount_yuan is not None:
        low, high = band(demand.amount_yuan)
        found["amount_band"] = f"{low}-{high or ''}"
    if demand.county:
        found["county"] = demand.county
    if demand.term_months is not None:
        found["term_months"] = demand.term_months
    if demand.purpose != "unstated":
        found["purpose"] = demand.purpose
    return found
