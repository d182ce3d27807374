"""What was said of counties: joint consultations, common issues, policies, accounts, narrowed to an officer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.desk.domain.access import Officer
from shared.database import Connection

SESSIONS = 60
# A county's team and the houses that sit in its session; who oversees sees all. $1 is the officer's subject.
_SITS = "($1::text IS NULL OR told->>'team' = $1 OR told->'members' ? $1)"
_SESSIONS = f"""
SELECT about, at, told FROM county_words WHERE type = 'case.session-opened' AND {_SITS}
ORDER BY at DESC, county LIMIT {SESSIONS}
"""  # noqa: S608 - constants of ours
_SESSION = f"""
SELECT about, at, told FROM county_words WHERE type = 'case.session-opened' AND {_SITS} AND about = $2
"""  # noqa: S608
_AFTER = """
SELECT type, about, told FROM county_words WHERE about = ANY($1::uuid[]) AND type <> 'case.session-opened' ORDER BY at
"""
_ISSUES = """
SELECT county, type, at, told FROM county_words
WHERE type IN ('case.common-issue-formed', 'case.common-issue-closed', 'case.policy-wanted', 'case.policy-issued')
    AND ($1::text IS NULL OR county = $1) AND ($2::timestamptz IS NULL OR at < $2)
ORDER BY at, event
"""
_ACCOUNTS = """
SELECT DISTINCT ON (county) county, at, told FROM county_words
WHERE type = 'case.obstacle-account' AND at >= $1 AND at < $2 ORDER BY county, at DESC
"""
_DECISIONS = """
SELECT county, at, told FROM county_words WHERE type = 'case.item-decided' AND at < $1
ORDER BY at DESC, event LIMIT 2000
"""
_CASE = (
    'SELECT c.authority, d.county FROM cases AS c LEFT JOIN demands AS d USING (household, demand) WHERE c."case" = $1'
)


async def sessions(connection: Connection, officer: Officer) -> list[Record]:
    """The newest agendas that the officer may see."""
    return await connection.fetch(_SESSIONS, officer.subject)


async def session(connection: Connection, officer: Officer, identifier: UUID) -> Record | None:
    """One agenda, if the officer may see it."""
    return await connection.fetchrow(_SESSION, officer.subject, identifier)


async def after(connection: Connection, sessions: Sequence[UUID]) -> list[Record]:
    """What was decided in these sessions, and how they ended, in order."""
    return await connection.fetch(_AFTER, sessions)


async def issues(connection: Connection, county: str | None, end: datetime | None = None) -> list[Record]:
    """Common issues and wanted policies of one county or of all, those before a moment, in the order of their times."""
    return await connection.fetch(_ISSUES, county, end)


async def place_of(connection: Connection, case: UUID) -> Record | None:
    """Where a case lies, whoever asks: its authority and county."""
    return await connection.fetchrow(_CASE, case)


async def accounts(connection: Connection, begin: datetime, end: datetime) -> list[Record]:
    """Each county's newest account between two moments."""
    return await connection.fetch(_ACCOUNTS, begin, end)


async def decisions(connection: Connection, end: datetime) -> list[Record]:
    """What sessions decided before a moment, the newest first."""
    return await connection.fetch(_DECISIONS, end)
