"""What one service can say of itself for the books, in one consistent view: how far it is, and what it counts."""

from __future__ import annotations

from typing import Any

from shared.database import Connection

_STATES = (
    "SELECT kind, label, count(*) AS n, count(owner) AS owned FROM states GROUP BY kind, label ORDER BY kind, label"
)
_JOURNAL = """
SELECT topic, type, outcome, count(*) AS n, count(outputs) AS told FROM journal
GROUP BY topic, type, outcome ORDER BY 1, 2, 3
"""
# What waits for somebody must have an owner and a clock; ten names are enough to start looking.
_UNCLOCKED = """
SELECT subject, kind, label, owner FROM states
WHERE kind = $1 AND NOT label = ANY($2::text[]) AND (owner IS NULL OR NOT EXISTS (
    SELECT FROM deadlines WHERE (deadlines.household, deadlines.subject) = (states.household, states.subject)))
LIMIT 10
"""
_DEADLINES = "SELECT count(*) FILTER (WHERE fired_at IS NULL) AS open, count(fired_at) AS fired FROM deadlines"


async def accounts(connection: Connection, clocked: dict[str, list[str]]) -> dict[str, Any]:
    """Watermarks by topic and partition, states, journal and deadlines by kind.

    `clocked` names the kinds whose states need an owner and a deadline, with the labels that are exempt.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        watermarks: dict[str, dict[str, int]] = {}
        for row in await connection.fetch("SELECT topic, partition, next FROM offsets ORDER BY topic, partition"):
            watermarks.setdefault(row["topic"], {})[str(row["partition"])] = row["next"]
        unclocked = [
            {name: str(value) for name, value in row.items()}
            for kind, exempt in clocked.items()
            for row in await connection.fetch(_UNCLOCKED, kind, exempt)
        ]
        deadlines = await connection.fetchrow(_DEADLINES)
        return {
            "watermarks": watermarks,
            "states": [dict(row) for row in await connection.fetch(_STATES)],
            "journal": [dict(row) for row in await connection.fetch(_JOURNAL)],
            "deadlines": dict(deadlines) if deadlines else {},
            "unclocked": unclocked,
        }
