"""How households come to their own pages: receipts, tries, and the newest device."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.desk.domain.lockout import FAILURES, LOCKED_FOR
from shared.database import Connection

_APPLIED = """
INSERT INTO household_access (demand, receipt, applied_at) VALUES ($1, $2, $3)
ON CONFLICT (demand) DO UPDATE SET receipt = excluded.receipt
"""
# A lock that has run out begins the count anew; a try under a lock counts nothing and lets nobody in.
_TRY = """
UPDATE household_access SET
    failures = CASE WHEN locked_until <= $2 THEN 1 ELSE failures + 1 END,
    locked_until = CASE WHEN locked_until > $2 THEN locked_until
        WHEN locked_until IS NULL AND failures + 1 > $3 THEN $4 END
WHERE receipt = $1
RETURNING demand, locked_until
"""
_ENTER = """
INSERT INTO household_access AS known (demand, epoch) SELECT unnest($1::uuid[]), 1
ON CONFLICT (demand) DO UPDATE SET epoch = known.epoch + 1, failures = 0, locked_until = NULL
RETURNING demand, epoch
"""
_EPOCH = "SELECT epoch FROM household_access WHERE demand = $1"
_RECEIPT = "SELECT receipt FROM household_access WHERE demand = $1"
_ANSWER = """
SELECT answer.type, answer.params FROM timeline AS claim
JOIN timeline AS answer ON answer.household = claim.household AND answer.cause = claim.event
WHERE claim.household = $1 AND claim.trace = $2 ORDER BY answer.event LIMIT 1
"""
_EPOCHS = "SELECT demand, epoch FROM household_access WHERE demand = ANY($1)"
_STANDING = """
SELECT demand, household, purpose, amount_yuan, county, received_at, state, docking, owner, due_at, consent_version,
    coalesce(contact_confirmed, false) AS confirmed, a.receipt
FROM demands LEFT JOIN households USING (household) LEFT JOIN household_access AS a USING (demand)
WHERE demand = ANY($1) ORDER BY household DESC, received_at DESC, demand
"""


async def applied(connection: Connection, demand: UUID, receipt: str, at: datetime) -> None:
    """Remember which demand a receipt leads to."""
    await connection.execute(_APPLIED, demand, receipt, at)


async def may_try(connection: Connection, receipt: str, now: datetime) -> tuple[UUID | None, bool]:
    """Count one more try of a receipt: its demand if there is one, and whether it is locked."""
    row = await connection.fetchrow(_TRY, receipt, now, FAILURES, now + LOCKED_FOR)
    if row is None:
        return None, False
    return row["demand"], row["locked_until"] is not None and row["locked_until"] > now


async def enter(connection: Connection, demands: Sequence[UUID]) -> dict[UUID, int]:
    """A new epoch for each: whoever was in by an older one is out."""
    return {row["demand"]: row["epoch"] for row in await connection.fetch(_ENTER, sorted(demands))}


async def epoch(connection: Connection, demand: UUID) -> int | None:
    found: int | None = await connection.fetchval(_EPOCH, demand)
    return found


async def epochs(connection: Connection, demands: Sequence[UUID]) -> dict[UUID, int]:
    """Of each, 0 where nobody has been in yet."""
    known = {row["demand"]: row["epoch"] for row in await connection.fetch(_EPOCHS, demands)}
    return {demand: known.get(demand, 0) for demand in demands}


async def receipt(connection: Connection, demand: UUID) -> str | None:
    found: str | None = await connection.fetchval(_RECEIPT, demand)
    return found


async def answer(connection: Connection, household: UUID, act: UUID) -> Record | None:
    """What the context that owns it answered to an act."""
    return await connection.fetchrow(_ANSWER, household, act)


async def several(connection: Connection, demands: Sequence[UUID]) -> list[Record]:
    """The demands of one telephone, to choose from: shop by shop, the newest first, with where each stands."""
    return await connection.fetch(_STANDING, demands)
