"""The record of what people did here (操作记录): only added to, the database refuses anything else, and every line
stands in the ledger, in a chain of its own."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from asyncpg import Record

from services.desk.domain.access import Officer
from services.desk.domain.ledger import NOBODY, NOTHING, PEOPLE, Noted, line_hash
from services.desk.store import ledger
from shared.database import Connection

_ADD = f"INSERT INTO records ({', '.join(ledger.RECORD)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"  # noqa: S608
_LISTED = """
SELECT * FROM records WHERE ($1::text IS NULL OR what = $1) AND ($2::text IS NULL OR login = $2)
ORDER BY at DESC, record DESC LIMIT $3 OFFSET $4
"""
_OF_DEMAND = """
SELECT at, login, role, house, what, detail FROM records WHERE demand = $1 ORDER BY at DESC, record DESC LIMIT $2
"""


class Line(NamedTuple):
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


async def add(connection: Connection, *lines: Line) -> None:
    """Keep lines. Inside a transaction of others only as the last that it writes: `store.ledger.append` says why."""
    noted = [Noted(PEOPLE, each.demand or NOBODY, each.record, NOTHING, line_hash(each)) for each in lines]
    async with connection.transaction():
        await connection.executemany(_ADD, lines)
        await ledger.append(connection, noted)


async def listed(
    connection: Connection, what: str | None, login: str | None, limit: int, offset: int = 0
) -> list[Record]:
    """The newest lines first."""
    return await connection.fetch(_LISTED, what, login, limit, offset)


async def of_demand(connection: Connection, demand: UUID, limit: int) -> list[Record]:
    """Who looked at a demand, the latest first."""
    return await connection.fetch(_OF_DEMAND, demand, limit)
