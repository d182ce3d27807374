"""What cases ask of the next level: drafts of a 督办 to confirm or drop, extensions to grant or deny."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record

from services.desk.domain.access import Officer
from services.desk.domain.acts import OPEN_CASES
from shared.database import Connection

_OPEN = f"""
SELECT q.*, c.obstacle, c.state, c.due_at, c.level, c.raised, d.county, d.industry, d.purpose, d.amount_yuan,
    d.term_months FROM questions AS q JOIN cases AS c ON c."case" = q."case"
JOIN demands AS d ON (d.household, d.demand) = (q.household, q.demand)
WHERE q.open AND c.state IN {OPEN_CASES} AND (q.authority = ANY($2) AND (q.what = 'extension' OR $3)
    OR q.what = 'raise' AND (q.asked_of = $1 OR q.authority = $1))
    AND ($4::uuid IS NULL OR q."case" = $4)
ORDER BY q.at, q."case" LIMIT $5
"""  # noqa: S608 - constants of ours


async def asked(
    connection: Connection, officer: Officer, below: Sequence[str], limit: int, case: UUID | None = None
) -> list[Record]:
    """The open questions that this officer's authority may answer, the oldest first.

    `below`: the authorities whose next level it is. A county team may also confirm or drop every draft of its county.
    """
    return await connection.fetch(_OPEN, officer.subject, below, officer.role == "county_team", case, limit)
