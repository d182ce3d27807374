"""The table of cases: written in bulk with the states, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.database import Connection
from shared.errors import Stale

_SAVE = """
INSERT INTO cases (id, household, demand, obstacle, matter, county, authority, unit, state, catch_all, since, due_at,
                   ended_at, simulated, yuan, released_yuan, opened_at, paused_days, gross_days, net_days, session_on,
                   exhausted)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::bool[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::bool[],
                     $15::bigint[], $16::bigint[], $17::timestamptz[], $18::int[], $19::int[], $20::int[],
                     $21::date[], $22::bool[])
ON CONFLICT (id) DO UPDATE
SET authority = excluded.authority, unit = excluded.unit, state = excluded.state, catch_all = excluded.catch_all,
    due_at = excluded.due_at, ended_at = excluded.ended_at, yuan = excluded.yuan,
    released_yuan = excluded.released_yuan, opened_at = excluded.opened_at, paused_days = excluded.paused_days,
    gross_days = excluded.gross_days, net_days = excluded.net_days, session_on = excluded.session_on,
    exhausted = excluded.exhausted
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
    yuan: int = 0
    released_yuan: int = 0
    opened_at: datetime | None = None
    paused_days: int = 0
    gross_days: int | None = None
    net_days: int | None = None
    session_on: date | None = None
    exhausted: bool = False


async def save_cases(connection: Connection, rows: Sequence[CaseRow]) -> None:
    """Write the cases of a batch, each as its last decision left it. Raises Stale where another member opened one."""
    newest = {row.id: row for row in rows}
    # Ended ones first: a batch may end a case and open the next one about the same obstacle.
    ordered = sorted(newest.values(), key=lambda row: (row.ended_at is None, row.id))
    try:
        await connection.execute(_SAVE, *zip(*ordered, strict=True))
    except asyncpg.UniqueViolationError:
        raise Stale("a case about this obstacle of this demand is open already") from None
