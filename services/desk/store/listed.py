"""What the desk shows, listed for the books: sequences of every row, lines by type, and which are missing."""

from __future__ import annotations

from typing import Any

from shared.database import Connection
from shared.ledger import Ask

_ROWS = "SELECT demand::text, intake_sequence, matching_sequence, escalation_sequence FROM demands"
_LINES = "SELECT type, count(*) AS n FROM timeline GROUP BY type"
_MISSING = """
SELECT event::text FROM unnest($1::uuid[]) AS asked (event)
WHERE NOT EXISTS (SELECT FROM timeline WHERE timeline.event = asked.event)
"""


async def listed(connection: Connection, ask: Ask) -> dict[str, Any]:
    """`demands`: demand and the sequences of its contexts. `lines`: by type. `missing`: of the events asked for."""
    lines = await connection.fetch(_LINES)
    missing = await connection.fetch(_MISSING, ask.events) if ask.events else []
    return {
        "demands": [list(row.values()) for row in await connection.fetch(_ROWS)],
        "lines": {row["type"]: row["n"] for row in lines},
        "missing": [row["event"] for row in missing],
    }
