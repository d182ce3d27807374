"""Worklists that came back, and what became of each of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record

from services.desk.domain.access import Officer
from services.desk.domain.worklist import Verdict
from shared.database import Connection

_ADD = "INSERT INTO worklists (worklist, account, house, at) VALUES ($1, $2, $3, $4)"
_ROWS = """
INSERT INTO worklist_rows (worklist, line, about, demand, action, verdict, act, reason_zh, reason_en)
SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::uuid[], $8::text[],
    $9::text[])
"""
# Where something was sent, its own row says how it ended.
_LISTED = """
SELECT r.line, r.about, r.demand, r.action, CASE WHEN r.verdict IN ('sent', 'repeated') THEN coalesce(s.outcome, 'sent')
    ELSE r.verdict END AS outcome, r.verdict, r.act, coalesce(s.reason_zh, r.reason_zh) AS reason_zh,
    coalesce(s.reason_en, r.reason_en) AS reason_en, s.answer
FROM worklists AS w JOIN worklist_rows AS r USING (worklist) LEFT JOIN sent AS s ON s.id = r.act
WHERE w.worklist = $1 AND w.account = $2 ORDER BY r.line
"""
_LATEST = """
SELECT w.worklist, w.at, count(r.line) AS n FROM worklists AS w LEFT JOIN worklist_rows AS r USING (worklist)
WHERE w.account = $1 GROUP BY w.worklist, w.at ORDER BY w.at DESC LIMIT 10
"""
_ITEMS = """
SELECT r.*, d.matching_sequence, d.escalation_sequence FROM {table} AS r JOIN demands AS d USING (household, demand)
WHERE r.{house} = $1 AND r.{id} = ANY($2)
"""


class Answered(NamedTuple):
    """The first answer to a row, in the order of the table's columns."""

    line: int
    about: str
    demand: UUID | None
    action: str | None
    verdict: Verdict
    act: UUID | None = None
    reason_zh: str | None = None
    reason_en: str | None = None


async def add(
    connection: Connection, worklist: UUID, officer: Officer, now: datetime, rows: Sequence[Answered]
) -> None:
    """Keep a worklist with the first answers to its rows."""
    async with connection.transaction():
        await connection.execute(_ADD, worklist, officer.account, officer.subject, now)
        if rows:
            await connection.execute(_ROWS, worklist, *zip(*rows, strict=True))


async def listed(connection: Connection, officer: Officer, worklist: UUID) -> list[Record]:
    """The rows of one of the officer's own worklists, as they stand now."""
    return await connection.fetch(_LISTED, worklist, officer.account)


async def items(connection: Connection, officer: Officer, ids: Sequence[UUID]) -> dict[UUID, Record]:
    """Those of these referrals or cases that are this house's."""
    bank = officer.house == "bank"
    names = ("referrals", "bank", "referral") if bank else ("cases", "authority", '"case"')
    sql = _ITEMS.format(table=names[0], house=names[1], id=names[2])
    return {row["referral" if bank else "case"]: row for row in await connection.fetch(sql, officer.subject, ids)}


async def latest(connection: Connection, officer: Officer) -> list[Record]:
    """The officer's own last ten, the newest first."""
    return await connection.fetch(_LATEST, officer.account)
