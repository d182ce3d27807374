"""The masked card: what a bank may know of a demand before it has accepted it."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from services.notify.domain.states import Demand

BOUNDS = (0, 50_000, 100_000, 300_000, 500_000, 1_000_000, 3_000_000)
"""The bands of amounts, in yuan; the last has no upper end."""
BEFORE = frozenset({"open", "declined", "lapsed", "recalled", "not_chosen"})
"""States of a referral in which its bank sees a card and not the demand."""


def band(amount_yuan: int) -> tuple[int, int | None]:
    """The band that an amount lies in: from (inclusive) and to (exclusive), none where it is open."""
    place = bisect_right(BOUNDS, amount_yuan) - 1
    return BOUNDS[place], BOUNDS[place + 1] if place + 1 < len(BOUNDS) else None


def industry_class(industry: str | None) -> str | None:
    """Two digits of the industry are enough to see whether a product is for it."""
    return industry[:3] if industry else None


def seen(demand: Demand, referral: Any) -> tuple[str | None, str | None, int | None, int | None]:
    """County, industry and band of the amount as a referral's bank may see them.

    Before it accepts no more than the card that matching made, which names nobody; a referral without one is older.
    """
    low, high = (None, None) if demand.amount_yuan is None else band(demand.amount_yuan)
    if referral is not None and referral.state in BEFORE and referral.card is not None:
        made = referral.card
        return made.county, made.industry, made.amount_from, made.amount_to
    return demand.county or None, industry_class(demand.industry), low, high


def card(demand: Demand, referral: Any) -> dict[str, bool | int | str | list[str]]:
    """Industry, band of the amount, county, term and purpose; what nobody said is left out.

    The bank that accepted sees the amount itself.
    """
    county, industry, low, high = seen(demand, referral)
    found: dict[str, bool | int | str | list[str]] = {}
    if industry:
        found["industry"] = industry
    if low is not None:
        found["amount_band"] = f"{low}-{high or ''}"
    if county:
        found["county"] = county
    if demand.amount_yuan is not None and referral is not None and referral.state not in BEFORE:
        found["amount_yuan"] = demand.amount_yuan
    if demand.term_months is not None:
        found["term_months"] = demand.term_months
    if demand.purpose != "unstated":
        found["purpose"] = demand.purpose
    return found


def told_of(referral: Any, demand: Demand | None) -> Any:
    """A referral as its bank may hear of it: before it accepts without what gives the amount away."""
    if referral is None or referral.state not in BEFORE or demand is None:
        return referral
    return referral.model_copy(update={"cost_yuan": None, "instalment_yuan": None})
