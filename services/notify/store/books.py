"""Notify's counts for the books: deliveries by state, and whether every notice that had to be has its row."""

from __future__ import annotations

from typing import Any

from shared.database import Connection

_BY_STATE = """
SELECT state, audience, channel, count(*) AS n, sum(endings)::int AS endings
FROM deliveries GROUP BY state, audience, channel ORDER BY 1, 2, 3
"""
_BY_CAUSE = "SELECT cause_type AS type, count(*) AS n FROM deliveries GROUP BY cause_type ORDER BY 1"
# The decision wrote down how many notices there had to be; an event that waited is counted where it was told.
_EXPECTED = "SELECT coalesce(sum(convert_from(counters, 'UTF8')::bigint), 0) FROM journal WHERE counters IS NOT NULL"
# A deadline tells what waited, and the rows name that as their cause.
_WITHOUT = """
SELECT id, type FROM journal
WHERE counters IS NOT NULL AND type NOT LIKE '%.clock.%'
    AND NOT EXISTS (SELECT FROM deliveries WHERE deliveries.cause = journal.id)
LIMIT 10
"""
_REST = """
SELECT
    (SELECT count(*) FROM deferred) AS deferred,
    (SELECT count(*) FROM disclosures) AS disclosures,
    (SELECT count(*) FROM openings) AS openings,
    (SELECT count(*) FROM closed_webhooks) AS closed_webhooks
"""


async def account(connection: Connection) -> dict[str, Any]:
    """Deliveries by state, audience and channel; expected against recorded, with the first ten that have no row."""
    expected = await connection.fetchval(_EXPECTED)
    by_cause = [dict(row) for row in await connection.fetch(_BY_CAUSE)]
    rest = await connection.fetchrow(_REST)
    return {
        "deliveries": [dict(row) for row in await connection.fetch(_BY_STATE)],
        "deliveries_by_cause": by_cause,
        "notices": {"expected": int(expected), "recorded": sum(row["n"] for row in by_cause)},
        "told_to_nobody": [f"{row['type']} {row['id']}" for row in await connection.fetch(_WITHOUT)],
        **(dict(rest) if rest else {}),
    }
