"""What is counted from the table of cases: the gauges, and escalation's own lines for the books."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from services.escalation.metrics import Count, keep_showing, show
from services.escalation.settings import EscalationSettings
from shared.database import LOST, Connection, Database

_COUNT = """
SELECT state, count(*) AS number, count(*) FILTER (WHERE catch_all) AS catch_all
FROM cases GROUP BY state ORDER BY state
"""
_UNCLOCKED = """
SELECT count(*) FROM cases WHERE ended_at IS NULL AND NOT EXISTS (
    SELECT FROM deadlines
    WHERE (deadlines.household, deadlines.subject, deadlines.kind) = (cases.household, cases.demand, cases.obstacle))
"""


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
