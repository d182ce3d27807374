"""What the books compare: what units hold against the referrals that are live, and limits exceeded."""

from __future__ import annotations

from typing import Any

import msgspec

from services.matching.domain.demand import AT_BANKS, Demand
from shared.database import Connection

_AT_BANKS = "SELECT body FROM states WHERE kind = 'demand' AND label = ANY($1::text[])"
_HELD = """
SELECT unit, open, held_yuan, coalesce(lowered_from, open_limit, standard) AS allowed FROM units ORDER BY unit
"""
NONE = (0, 0)
_decode = msgspec.msgpack.Decoder(Demand).decode


async def books(connection: Connection) -> dict[str, Any]:
    """Places and money that units hold against what live referrals come to, and limits exceeded."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        live: dict[str, tuple[int, int]] = {}
        for (body,) in await connection.fetch(_AT_BANKS, sorted(AT_BANKS)):
            for referral in _decode(body).live:
                places, money = live.get(referral.unit, NONE)
                live[referral.unit] = (places + 1, money + referral.held_yuan)
        rows = await connection.fetch(_HELD)
    held = {unit: (places, money) for unit, places, money, _ in rows}
    differing = [unit for unit in sorted({*live, *held}) if live.get(unit, NONE) != held.get(unit, NONE)]
    over = [unit for unit, places, _, allowed in rows if max(places, live.get(unit, NONE)[0]) > allowed]
    return {
        "open_referrals": sum(places for places, _ in live.values()),
        "places_held": sum(places for places, _ in held.values()),
        "units_differing": len(differing),
        "units_over_limit": len(over),
        "first_units": (differing + over)[:10],
    }
