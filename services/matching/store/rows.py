"""SQL of the demands as they are recorded, for whoever asks. Bulk; never commits."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from services.matching.domain.demand import WAITING, Demand, Household
from shared.database import Connection

_RECORDED = "SELECT body FROM states WHERE kind = 'demand'"
_ONE = "SELECT kind, revision, body FROM states WHERE household = $1 AND (subject = $2 OR kind = 'household')"
_WHOSE = "SELECT household FROM states WHERE subject = $1 AND kind = 'demand'"
_ALL_WAITING = """
SELECT d.household, d.body, h.body FROM states AS d
LEFT JOIN states AS h ON (h.household, h.subject, h.kind) = (d.household, d.household, 'household')
WHERE d.kind = 'demand' AND d.label = ANY($1::text[]) ORDER BY d.household, d.subject
"""
_DECISION = "SELECT id, type, outcome, decided_at, release, revision FROM journal WHERE id = $1"
LOOK_SECONDS = 300.0
_decode = msgspec.msgpack.Decoder(Demand).decode
_decode_household = msgspec.msgpack.Decoder(Household).decode


class Decided(NamedTuple):
    """The journal's row of the decision that made a demand what it is: which event, when, by which release."""

    event: UUID
    type: str
    outcome: str
    decided_at: datetime
    release: int
    revision: int


class Recorded(NamedTuple):
    """A demand as it stands, its household, and the decision that made it so."""

    demand: Demand
    household: Household
    decided: Decided | None


async def recorded(connection: Connection) -> list[Demand]:
    """Every demand that something is known of and that was not taken back."""
    rows = await connection.fetch(_RECORDED, timeout=LOOK_SECONDS)
    demands = [_decode(row["body"]) for row in rows]
    return [each for each in demands if each.facts and each.reason not in ("withdrawn", "erased")]


async def recorded_one(connection: Connection, demand: UUID) -> Recorded | None:
    """One demand by its id; None where it never came here."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        household = await connection.fetchval(_WHOSE, demand, timeout=LOOK_SECONDS)
        if household is None:
            return None
        rows = {row["kind"]: row["body"] for row in await connection.fetch(_ONE, household, demand)}
        found = _decode(rows["demand"])
        decision = await connection.fetchrow(_DECISION, found.decided_by) if found.decided_by else None
    of_all = _decode_household(rows["household"]) if "household" in rows else Household(household)
    return Recorded(found, of_all, Decided(*decision) if decision else None)


async def all_waiting(connection: Connection) -> list[tuple[Demand, Household]]:
    """Every demand that waits, with its household."""
    rows = await connection.fetch(_ALL_WAITING, sorted(WAITING), timeout=LOOK_SECONDS)
    return [
        (_decode(body), _decode_household(of_all) if of_all is not None else Household(household))
        for household, body, of_all in rows
    ]
