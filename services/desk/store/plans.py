"""What people have promised, planned and reported for the campaign: the desk's own tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.desk.domain.plans import ReportedFigure
from shared.database import Connection

_ADD_COMMITMENT = """
INSERT INTO commitments (commitment, bank, measure, target, from_day, due_on, note, made_by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (commitment) DO NOTHING
"""
_COMMITMENTS = """
SELECT c.*, a.login FROM commitments AS c JOIN accounts AS a ON a.account = c.made_by
WHERE withdrawn_at IS NULL AND ($1::text IS NULL OR bank = $1) ORDER BY due_on, bank, measure, commitment LIMIT $2
"""
_WITHDRAW = "UPDATE commitments SET withdrawn_at = $2 WHERE commitment = $1 AND withdrawn_at IS NULL"
_ADD_ACTIVITY = """
INSERT INTO activities (activity, title, kind, county, place, on_day, host, expected, state, made_by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'planned', $9, $10) ON CONFLICT (activity) DO NOTHING
"""
_ACTIVITIES = """
SELECT * FROM activities WHERE ($1::date IS NULL OR on_day BETWEEN $1 AND $2) ORDER BY on_day DESC, activity LIMIT $3
"""
_PLANNED = """
SELECT activity, title, kind, county, place, on_day, host FROM activities
WHERE state = 'planned' AND on_day >= $1 AND ($2::text IS NULL OR county = $2) ORDER BY on_day, activity LIMIT $3
"""
_END_ACTIVITY = "UPDATE activities SET state = $2, came = $3 WHERE activity = $1"
_ADD_LIST = """
INSERT INTO visit_lists (visit_list, title, bank, county, planned, from_day, to_day, made_by, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (visit_list) DO NOTHING
"""
# What was seen is counted from the visits: nobody enters it.
_LISTS = """
SELECT l.*, v.households, v.demands FROM visit_lists AS l, LATERAL (
    SELECT count(DISTINCT household)::int AS households,
        count(DISTINCT household) FILTER (WHERE result = 'demand')::int AS demands
    FROM visits WHERE visits.county >= l.county AND visits.county < l.county || 'x' AND visits.bank = l.bank
        AND visited_on BETWEEN l.from_day AND l.to_day
) AS v WHERE ($1::text IS NULL OR l.bank = $1) ORDER BY l.to_day, l.title, l.visit_list LIMIT $2
"""
_REPORT = """
INSERT INTO reported (bank, month, measure, n, yuan, file, account, at)
SELECT $1, $2, m, n, y, $3, $4, $5 FROM unnest($6::text[], $7::bigint[], $8::bigint[]) AS given (m, n, y)
"""
_REPORTED = """
SELECT r.*, a.login FROM reported AS r JOIN accounts AS a USING (account)
WHERE ($1::text IS NULL OR bank = $1) AND ($2::date IS NULL OR month = $2)
ORDER BY month DESC, bank, measure LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Made:
    """Who made it, when, under which id."""

    id: UUID
    account: UUID
    at: datetime


async def add_commitment(
    connection: Connection, made: Made, bank: str, measure: str, target: int, days: tuple[date, date], note: str | None
) -> None:
    await connection.execute(_ADD_COMMITMENT, made.id, bank, measure, target, *days, note, made.account, made.at)


async def commitments(connection: Connection, bank: str | None, limit: int) -> list[Record]:
    """Those that stand; of one bank or of all."""
    return await connection.fetch(_COMMITMENTS, bank, limit)


async def withdraw(connection: Connection, commitment: UUID, now: datetime) -> bool:
    """It no longer stands. False where there is none."""
    return await connection.execute(_WITHDRAW, commitment, now) == "UPDATE 1"


async def add_activity(connection: Connection, made: Made, values: Sequence[Any]) -> None:
    """`values`: title, kind, county, place, day, host, how many are expected."""
    await connection.execute(_ADD_ACTIVITY, made.id, *values, made.account, made.at)


async def activities(connection: Connection, limit: int, days: tuple[date, date] | None = None) -> list[Record]:
    """The latest first; between two days or all."""
    return await connection.fetch(_ACTIVITIES, *(days or (None, None)), limit)


async def planned(connection: Connection, today: date, county: str | None, limit: int) -> list[Record]:
    """Those still to come, the nearest first: what everybody may see of them."""
    return await connection.fetch(_PLANNED, today, county, limit)


async def end_activity(connection: Connection, activity: UUID, state: str, came: int | None) -> bool:
    """It was held, and so many came; or it was called off."""
    return await connection.execute(_END_ACTIVITY, activity, state, came) == "UPDATE 1"


async def add_visit_list(connection: Connection, made: Made, values: Sequence[Any]) -> None:
    """`values`: title, bank, county, planned, first and last day."""
    await connection.execute(_ADD_LIST, made.id, *values, made.account, made.at)


async def visit_lists(connection: Connection, bank: str | None, limit: int) -> list[Record]:
    """With what the visits themselves say."""
    return await connection.fetch(_LISTS, bank, limit)


async def report(
    connection: Connection, bank: str, month: date, file: str, made: Made, figures: Sequence[ReportedFigure]
) -> None:
    """A month's figures as the bank's newest file has them; those of an earlier file go."""
    columns = ([f.measure for f in figures], [f.n for f in figures], [f.yuan for f in figures])
    async with connection.transaction():
        await connection.execute("DELETE FROM reported WHERE bank = $1 AND month = $2", bank, month)
        await connection.execute(_REPORT, bank, month, file, made.account, made.at, *columns)


async def reported(connection: Connection, bank: str | None, month: date | None, limit: int) -> list[Record]:
    """The newest month first."""
    return await connection.fetch(_REPORTED, bank, month, limit)
