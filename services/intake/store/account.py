"""What intake counts for the books, besides states, journal and deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.database import Connection

_COUNTS = {
    "submissions": "SELECT count(*) FROM submissions",
    "merged": "SELECT count(*) FROM submissions WHERE survivor IS NOT NULL",
    "open_demands": "SELECT count(*) FROM open_demands",
    "held_claims": "SELECT count(*) FROM held_claims",
    "requests": "SELECT count(*) FROM requests",
    "requests_unsent": "SELECT count(*) FROM requests WHERE value IS NOT NULL",
    "verdicts": "SELECT count(*) FROM verdicts",
    "partners": "SELECT count(*) FROM partners",
    "partners_unpublished": "SELECT count(*) FROM partners WHERE published < version",
}


async def account(connection: Connection) -> dict[str, Any]:
    """Counts by name. `merged` are among `submissions`; the rest of those was accepted."""
    return {name: await connection.fetchval(query) for name, query in _COUNTS.items()}


_MERGED = """
SELECT count(*) FROM requests JOIN submissions USING (demand)
WHERE receipt = ANY($1::uuid[]) AND survivor IS NOT NULL
"""


async def merged(connection: Connection, receipts: Sequence[UUID]) -> int:
    """How many of these requests became aliases of a household's other demand: for the operator's totals alone."""
    found: int = await connection.fetchval(_MERGED, receipts)
    return found
