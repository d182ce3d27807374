"""What is counted from the table of cases: the gauges, and escalation's own lines for the books."""

from __future__ import annotations

from typing import Any

from services.escalation.metrics import Count, show
from services.escalation.settings import EscalationSettings
from shared.counting import Counting
from shared.database import Connection

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


def counting(settings: EscalationSettings) -> Counting:
    """Keeps the gauges true beside the loop."""

    async def count(connection: Connection) -> None:
        show(*await counts(connection))

    seconds = settings.escalation_count_seconds
    return Counting("escalation", settings.postgres, seconds, count, failed="cases_not_counted")
