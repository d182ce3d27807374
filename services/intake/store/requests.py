"""Requests by HTTP: stored before they are sent, so that sending can be repeated; and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

SCHEMA = "intake"

_CLAIM = """
INSERT INTO requests (receipt, partner, key_hash, fingerprint, demand, value)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::uuid[], $6::bytea[])
ON CONFLICT DO NOTHING
"""
_FIND = """
SELECT partner, key_hash, receipt, fingerprint, value FROM requests
JOIN unnest($1::text[], $2::bytea[]) AS wanted (partner, key_hash) USING (partner, key_hash)
"""
_SENT = "UPDATE requests SET value = NULL WHERE receipt = ANY($1::uuid[])"
_STATUS = """
SELECT requests.demand, requests.value IS NULL AS sent, verdicts.verdict, verdicts.problems
FROM requests LEFT JOIN verdicts USING (receipt) WHERE receipt = $1 AND partner = $2
"""
_STATUSES = """
SELECT requests.receipt, requests.demand, requests.value IS NULL AS sent, verdicts.verdict, verdicts.problems
FROM requests LEFT JOIN verdicts USING (receipt) WHERE receipt = ANY($1::uuid[]) AND partner = $2
"""
_HOUSEHOLDS = "SELECT demand, household FROM submissions WHERE demand = ANY($1::uuid[])"
_PARTNERS = "SELECT body FROM partners"


class Request(NamedTuple):
    """One event to be sent, under its sender's key."""

    receipt: UUID
    partner: str
    key_hash: bytes
    fingerprint: bytes
    demand: UUID | None
    value: bytes


class Stored(NamedTuple):
    """The request that is stored under a key: this one or an earlier. `value` is None once Kafka has it."""

    receipt: UUID
    fingerprint: bytes
    value: bytes | None


class Status(NamedTuple):
    """What is known of a request; `verdict` is None until the loop has decided."""

    demand: UUID | None
    sent: bool
    verdict: str | None
    problems: bytes | None


class Requests:
    """On a few connections of their own: requests come at once, and the loop has its own connection."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        """Raises one of shared.database.LOST where the server is away."""
        settings = {"search_path": SCHEMA, "application_name": "intake-http", "timezone": "UTC", "jit": "off"}
        settings |= {"idle_in_transaction_session_timeout": "15s", "lock_timeout": "10s"}
        self._pool = await asyncpg.create_pool(
            self._dsn, min_size=1, max_size=4, timeout=5, command_timeout=10, server_settings=settings
        )

    async def stop(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    @property
    def _pooled(self) -> asyncpg.Pool:
        assert self._pool is not None, "start() first"
        return self._pool

    def pool(self) -> asyncpg.Pool:
        """For others that answer HTTP."""
        return self._pooled

    async def claim(self, requests: Sequence[Request]) -> list[Stored]:
        """Store those whose key is new; for each what is stored under its key."""
        rows = sorted(requests, key=lambda each: (each.partner, each.key_hash))
        await self._pooled.execute(_CLAIM, *zip(*rows, strict=True))
        found = await self._pooled.fetch(_FIND, [each.partner for each in rows], [each.key_hash for each in rows])
        stored = {
            (row["partner"], row["key_hash"]): Stored(row["receipt"], row["fingerprint"], row["value"]) for row in found
        }
        return [stored[each.partner, each.key_hash] for each in requests]

    async def sent(self, receipts: Sequence[UUID]) -> None:
        """Kafka has them: the sealed copies are no longer needed here."""
        await self._pooled.execute(_SENT, receipts)

    async def status(self, receipt: UUID, partner: str) -> Status | None:
        """None where this partner has no such receipt."""
        row = await self._pooled.fetchrow(_STATUS, receipt, partner)
        return None if row is None else Status(*row)

    async def statuses(self, receipts: Sequence[UUID], partner: str) -> dict[UUID, Status]:
        """Those that this partner has."""
        rows = await self._pooled.fetch(_STATUSES, receipts, partner)
        return {row["receipt"]: Status(*list(row)[1:]) for row in rows}

    async def households(self, demands: Sequence[UUID]) -> dict[UUID, UUID]:
        """The household of each demand that has come before."""
        rows: list[Any] = await self._pooled.fetch(_HOUSEHOLDS, demands)
        return {row["demand"]: row["household"] for row in rows}

    async def partner_bodies(self) -> list[bytes]:
        return [row["body"] for row in await self._pooled.fetch(_PARTNERS)]
