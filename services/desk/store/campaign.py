"""The campaign's figures, from the rolled-up counters, and the books."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from asyncpg import Record

from services.desk.domain.acts import OPEN_CASES, OPEN_REFERRALS
from shared.database import Connection

_FIGURES = """
SELECT name, subject, label, sum(n)::bigint AS n, sum(yuan)::bigint AS yuan FROM counters
WHERE name <> 'letter' GROUP BY name, subject, label HAVING sum(n) <> 0
"""
# Only what is open is in these partial indexes, and of that only what is late is read.
_OVERDUE = f"""
SELECT (SELECT count(*) FROM referrals WHERE state IN {OPEN_REFERRALS} AND due_at < $1) AS referrals,
    (SELECT count(*) FROM cases WHERE state IN {OPEN_CASES} AND due_at < $1) AS cases,
    (SELECT count(*) FROM letters) AS letters
"""  # noqa: S608 - constants of ours
_LATEST = "SELECT at, type, actor, demand, params FROM timeline ORDER BY at DESC LIMIT $1"
_BOOKS = """
SELECT (SELECT count(*) FROM timeline) AS timeline, (SELECT count(*) FROM deliveries) AS deliveries,
    (SELECT count(*) FROM referrals) AS referrals, (SELECT count(*) FROM cases) AS cases,
    (SELECT count(*) FROM refusals) AS refusals, (SELECT count(*) FROM letters) AS letters,
    (SELECT count(*) FROM demands) AS demands
"""
_BY_STATE = """
SELECT coalesce(state, '-') AS state, coalesce(docking, '-') AS docking, count(*) AS n FROM demands GROUP BY 1, 2
ORDER BY 1, 2
"""


async def figures(connection: Connection) -> list[Record]:
    """Every counter: name, subject, label, n, yuan."""
    return await connection.fetch(_FIGURES)


async def overdue(connection: Connection, now: datetime) -> Record:
    """How many referrals and cases are past their time, and how many dead letters wait for an operator."""
    row = await connection.fetchrow(_OVERDUE, now)
    assert row is not None
    return row


async def latest(connection: Connection, count: int) -> list[Record]:
    """The newest lines of all timelines."""
    return await connection.fetch(_LATEST, count)


async def books(connection: Connection) -> dict[str, Any]:
    """The read model's own counts, counted and not rolled up: what the other services' are compared with."""
    row = await connection.fetchrow(_BOOKS)
    states = await connection.fetch(_BY_STATE)
    return {"rows": dict(row) if row else {}, "demands": [dict(state) for state in states]}
