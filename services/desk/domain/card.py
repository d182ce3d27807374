"""The masked card: what a bank may know of a demand before it has accepted."""

from __future__ import annotations

import json
from dataclasses import dataclass

BANDS_YUAN = (50_000, 100_000, 300_000, 500_000, 1_000_000, 3_000_000)
"""Upper ends of the bands of amounts; what is above the last has no upper end."""
KNOWN_TO = frozenset({"accepted", "contacted", "offered", "chosen", "granted"})
"""The states of a referral in which its bank knows the whole demand."""

GIVE_AWAY = frozenset({"cost_yuan", "instalment_yuan"})


@dataclass(frozen=True, slots=True)
class Card:
    """Amount as a band (from, up to), industry by its division (letter and two digits)."""

    county: str | None
    industry: str | None
    purpose: str | None
    term_months: int | None
    from_yuan: int | None
    to_yuan: int | None


def band(amount_yuan: int) -> tuple[int, int | None]:
    """The band that an amount lies in: above the first, up to and with the second."""
    lower = 0
    for upper in BANDS_YUAN:
        if amount_yuan <= upper:
            return lower, upper
        lower = upper
    return lower, None


def masked(
    county: str | None, industry: str | None, purpose: str | None, term_months: int | None, amount_yuan: int | None
) -> Card:
    """A demand as a card."""
    lower, upper = (None, None) if amount_yuan is None else band(amount_yuan)
    return Card(county, industry and industry[:3], purpose, term_months, lower, upper)


def told(card: Card, body: bytes | str | None) -> Card:
    """As a referral's bank may see it: as coarse as matching made it, so that it names nobody. `body`: the referral."""
    made = json.loads(body).get("card") if body else None
    if made is None:
        return card
    place, trade, *band = (made.get(name) for name in ("county", "industry", "amount_from", "amount_to"))
    return Card(place, trade, card.purpose, card.term_months, *band)


def veiled(body: bytes | str) -> bytes:
    """A referral as its bank may read it before it accepts: without the yuan that give the amount away."""
    return json.dumps({k: v for k, v in json.loads(body).items() if k not in GIVE_AWAY}, ensure_ascii=False).encode()
