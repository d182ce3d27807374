"""All SQL of escalation: the table of cases, written in bulk with the states, and what is counted from it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from services.escalation.metrics import Count, keep_showing, show
from services.escalation.settings import EscalationSettings
from shared.database import LOST, Connection, Database
from shared.errors import Stale

_SAVE = """
INSERT INTO cases (id, household, demand, obstacle, matter, county, authority, unit, state, catch_all, since, due_at,
                   ended_at, simulated)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::bool[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::bool[])
ON CONFLICT (id) DO UPDATE
SET authority = excluded.authority, unit = excluded.unit, state = excluded.state, catch_all = excluded.catch_all,
    due_at = excluded.due_at, ended_at = excluded.ended_at
"""
_COUNT = """
SELECT state, count(*) AS number, count(*) FILTER (WHERE catch_all) AS catch_all
FROM cases GROUP BY state ORDER BY state
"""
_UNCLOCKED = """
SELECT count(*) FROM cases WHERE ended_at IS NULL AND NOT EXISTS (
    SELECT FROM deadlines
    WHERE (deadlines.household, deadlines.subject, deadlines.kind) = (cases.household, cases.demand, cases.obstacle))
"""


class CaseRow(NamedTuple):
    """One case as it is after a decision."""

    id: UUID
    household: UUID
    demand: UUID
    obstacle: str
    matter: UUID
    county: str
    authority: str
    unit: str | None
    state: str
    catch_all: bool
    since: datetime
    due_at: datetime | None
    ended_at: datetime | None
    simulated: bool


async def save(connection: Connection, rows: Sequence[CaseRow]) -> None:
    """Write the cases of a batch, each as its last decision left it. Raises Stale where another member opened one."""
    newest = {row.id: row for row in rows}
    # Ended ones first: a batch may end a case and open the next one about the same obstacle.
    ordered = sorted(newest.values(), key=lambda row: (row.ended_at is None, row.id))
    try:
        await connection.execute(_SAVE, *zip(*ordered, strict=True))
    except asyncpg.UniqueViolationError:
        raise Stale("a case about this obstacle of this demand is open already") from None


async def counts(connection: Connection) -> tuple[list[Count], int]:
    """Cases by state, and how many open ones no deadline will ever move."""
    found = [Count(*row) for row in await connection.fetch(_COUNT)]
    return found, int(await connection.fetchval(_UNCLOCKED))


async def account(connection: Connection) -> dict[str, Any]:
    """Escalation's own lines for the books."""
    found, unclocked = await counts(connection)
    return {
        "cases": {count.state: count.number for count in found},
        "catch_all": sum(count.catch_all for count in found),
        "open_without_deadline": unclocked,
    }


class Counting:
    """Keeps the gauges true beside the loop, on a connection of its own."""

    def __init__(self, settings: EscalationSettings) -> None:
        self._database = Database(settings.postgres, "escalation", "escalation-counting")
        self._seconds = settings.escalation_count_seconds

    async def run(self) -> None:
        await keep_showing(self._count, self._database.lost, self._seconds)

    async def _count(self) -> None:
        show(*await counts(await self._database.connection()))

    async def close(self) -> None:
        """A server that is away is not waited for."""
        with suppress(*LOST):
            await self._database.close()
