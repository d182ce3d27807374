"""The record of what people did here (操作记录): only added to, the database refuses anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from asyncpg import Record

from services.desk.domain.access import Officer
from shared.database import Connection

_ADD = """
INSERT INTO records (record, at, account, login, role, house, what, demand, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_LISTED = """
SELECT * FROM records WHERE ($1::text IS NULL OR what = $1) AND ($2::text IS NULL OR login = $2)
ORDER BY at DESC, record DESC LIMIT $3 OFFSET $4
"""
_OF_DEMAND = """
SELECT at, login, role, house, what, detail FROM records WHERE demand = $1 ORDER BY at DESC, record DESC LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that somebody did; `house` is their institution or authority, `detail` holds no personal data."""

    record: UUID
    at: datetime
    account: UUID | None
    login: str
    role: str
    house: str | None
    what: str
    demand: UUID | None
    detail: str | None


def line(officer: Officer, what: str, at: datetime, demand: UUID | None = None, detail: str | None = None) -> Line:
    """What an officer did at a moment of the wall clock: nobody's session is simulated."""
    return Line(uuid4(), at, officer.account, officer.login, officer.role, officer.subject, what, demand, detail)


def unknown(login: str, what: str, at: datetime) -> Line:
    """What somebody did who has not signed in."""
    return Line(uuid4(), at, None, login, "nobody", None, what, None, None)


async def add(connection: Connection, one: Line) -> None:
    """Keep a line."""
    named = (one.record, one.at, one.account, one.login, one.role, one.house, one.what, one.demand, one.detail)
    await connection.execute(_ADD, *named)


async def listed(
    connection: Connection, what: str | None, login: str | None, limit: int, offset: int = 0
) -> list[Record]:
    """The newest lines first."""
    return await connection.fetch(_LISTED, what, login, limit, offset)


async def of_demand(connection: Connection, demand: UUID, limit: int) -> list[Record]:
    """Who looked at a demand, the latest first."""
    return await connection.fetch(_OF_DEMAND, demand, limit)
