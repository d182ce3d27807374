"""Codes for telephones: asked for, tried, used; and the demands of whom they let in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.intake.domain.codes import HOUR, Sent, Shop

_MADE = "SELECT made_at FROM contact_codes WHERE phone_hash = $1 AND made_at > $2 ORDER BY made_at DESC"
_ASK = "INSERT INTO contact_codes (id, phone_hash, made_at) VALUES ($1, $2, $3)"
_TRY = "UPDATE contact_codes SET tries = tries + 1 WHERE id = $1 RETURNING *, tries - 1 AS before"
_USE = "UPDATE contact_codes SET used = true WHERE id = $1 AND NOT used RETURNING 1"
_FORGET = "DELETE FROM contact_codes WHERE made_at < $1"
_SHOPS = """
SELECT household, array_agg(demand ORDER BY demand DESC) AS demands FROM submissions
WHERE household = ANY($1) AND survivor IS NULL GROUP BY household ORDER BY household DESC
"""


MOST = 50
"""Demands of one household that are told."""


class ContactCodes:
    """On the connections that answer HTTP."""

    def __init__(self, pool: Any) -> None:
        self._pool_of = pool

    @property
    def _pool(self) -> asyncpg.Pool:
        found: asyncpg.Pool = self._pool_of()
        return found

    async def made(self, phone_hash: str, now: datetime) -> list[datetime]:
        """When codes were asked for in the last hour, latest first."""
        return [row["made_at"] for row in await self._pool.fetch(_MADE, phone_hash, now - HOUR)]

    async def ask(self, sent: Sent) -> None:
        """Keep one; those that are older than a day are forgotten."""
        await self._pool.execute(_FORGET, sent.made_at - 24 * HOUR)
        await self._pool.execute(_ASK, sent.id, sent.phone_hash, sent.made_at)

    async def tried(self, identifier: UUID) -> Sent | None:
        """One more try, counted before it is looked at; as it was before."""
        row = await self._pool.fetchrow(_TRY, identifier)
        if row is None:
            return None
        return Sent(row["id"], row["phone_hash"], row["made_at"], row["before"], row["used"])

    async def use(self, identifier: UUID) -> bool:
        """Once."""
        return await self._pool.fetchval(_USE, identifier) is not None

    async def shops(self, households: Sequence[UUID]) -> list[Shop]:
        """Those of them that have asked for something, the newest first."""
        rows = await self._pool.fetch(_SHOPS, households)
        return [Shop(row["household"], tuple(row["demands"][:MOST])) for row in rows]
