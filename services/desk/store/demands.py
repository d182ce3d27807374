"""What the pages about demands ask. Every query is narrowed to what the officer may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from services.desk.domain.access import Officer
from services.desk.store import scope
from shared.database import Connection

PAGE = 50
_COLUMNS = """d.household, d.demand, d.state, d.docking, d.round, d.owner, d.due_at, d.county, d.industry, d.purpose,
    d.amount_yuan, d.term_months, d.partner, d.source_id, d.received_at, d.open_cases, d.simulated"""
_ALL = """
SELECT {columns} FROM demands AS d WHERE true{filters} ORDER BY d.household DESC, d.demand DESC LIMIT {limit}
"""
# What a bank sees before it accepts is the card on its own referral.
_OF_A_HOUSE = """
SELECT {columns}, (
    SELECT r.body FROM referrals AS r WHERE r.bank = $1 AND r.household = d.household AND r.demand = d.demand
    ORDER BY r.referral DESC LIMIT 1
) AS body FROM (
    SELECT DISTINCT household, demand FROM {seen} WHERE {mine}
        AND ($2::uuid IS NULL OR (household, demand) < ($2, $3))
    ORDER BY household DESC, demand DESC LIMIT {limit}
) AS seen JOIN demands AS d USING (household, demand) ORDER BY d.household DESC, d.demand DESC
"""
_BY_NUMBER = """
SELECT d.household, d.demand FROM demands AS d WHERE {scope} AND (
    d.source_id = $2 OR d.demand = $3
    OR (d.household, d.demand) IN (SELECT household, demand FROM aliases WHERE source_id = $2 OR alias = $3))
LIMIT 21
"""
_ONE = "SELECT d.* FROM demands AS d WHERE {scope} AND d.demand = $2"
_REFERRALS = """
SELECT r.* FROM referrals AS r WHERE {scope} AND r.household = $2 AND r.demand = $3
ORDER BY r.round DESC, r.cost_bp, r.referral
"""
_CASES = """
SELECT c.* FROM cases AS c WHERE {scope} AND c.household = $2 AND c.demand = $3 ORDER BY c."case" DESC
"""
_TIMELINE = """
SELECT t.event, t.at, t.type, t.actor, t.about, t.params FROM timeline AS t
WHERE t.household = $2 AND (t.demand = $3 OR t.demand IS NULL) AND {scope} ORDER BY t.at DESC, t.event DESC LIMIT 500
"""
_DELIVERIES = """
SELECT v.* FROM deliveries AS v WHERE {scope} AND v.household = $2 AND v.demand = $3 ORDER BY v.at DESC LIMIT 200
"""
_LINES = """
SELECT at, type, actor, params FROM timeline WHERE household = $1 AND demand = $2 AND type = ANY($3) ORDER BY at, event
LIMIT 500
"""
_REMEDIES = "SELECT remedies FROM demands WHERE demand = $1"
_HOUSEHOLD = "SELECT * FROM households WHERE household = $1"
_COUNTIES = """
WITH RECURSIVE found (county) AS (
    SELECT min(county) FROM demands
    UNION ALL
    SELECT (SELECT min(county) FROM demands WHERE county > found.county) FROM found WHERE found.county IS NOT NULL
)
SELECT county FROM found WHERE county IS NOT NULL
"""
_LETTERS = "SELECT * FROM letters WHERE demand = $1 ORDER BY at DESC LIMIT 20"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list of demands is narrowed to; None takes all. `before` is the last row of the page before."""

    docking: str | None = None
    county: str | None = None
    overdue_at: datetime | None = None
    before: tuple[UUID, UUID] | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """All that the page of one demand shows to one officer."""

    row: Record
    referrals: list[Record]
    cases: list[Record]
    timeline: list[Record]
    deliveries: list[Record]
    household: Record | None
    letters: list[Record]


async def listed(connection: Connection, officer: Officer, filters: Filters, limit: int = PAGE + 1) -> list[Record]:
    """Demands, the newest household first: of a page one row more, where there is a next page.

    Only oversight narrows it further: a house finds its own by state in its inbox.
    """
    if not officer.oversees:
        seen, mine = scope.seen(officer)
        sql = _OF_A_HOUSE.format(columns=_COLUMNS, seen=seen, mine=mine, limit=limit)
        return await connection.fetch(sql, officer.subject, *(filters.before or (None, None)))
    arguments: list[object] = []
    conditions = ""
    wanted = (
        ("d.docking = ${}", filters.docking),
        ("d.county = ${}", filters.county),
        ("d.due_at < ${}", filters.overdue_at),
    )
    for condition, value in wanted:
        if value is not None:
            arguments.append(value)
            conditions += " AND " + condition.format(len(arguments))
    if filters.before is not None:
        arguments += filters.before
        conditions += f" AND (d.household, d.demand) < (${len(arguments) - 1}, ${len(arguments)})"
    return await connection.fetch(_ALL.format(columns=_COLUMNS, filters=conditions, limit=limit), *arguments)


async def by_number(connection: Connection, officer: Officer, number: str, demand: UUID | None) -> list[Record]:
    """The demands that a number leads to: a submitter's own number, or the demand's id."""
    return await connection.fetch(_BY_NUMBER.format(scope=scope.demands(officer)), officer.subject, number, demand)


async def one(connection: Connection, officer: Officer, demand: UUID) -> Demand | None:
    """One demand, or None where there is none that this officer may see."""
    row = await connection.fetchrow(_ONE.format(scope=scope.demands(officer)), officer.subject, demand)
    if row is None:
        return None
    place = (officer.subject, row["household"], demand)
    oversight = officer.oversees
    return Demand(
        row,
        await connection.fetch(_REFERRALS.format(scope=scope.referrals(officer)), *place),
        await connection.fetch(_CASES.format(scope=scope.cases(officer)), *place),
        await connection.fetch(_TIMELINE.format(scope=scope.lines(officer)), *place, scope.SHOWN),
        await connection.fetch(_DELIVERIES.format(scope=scope.deliveries(officer)), *place),
        await connection.fetchrow(_HOUSEHOLD, row["household"]) if oversight else None,
        await connection.fetch(_LETTERS, demand) if oversight else [],
    )


async def counties(connection: Connection) -> list[str]:
    """The counties that demands come from: a loose index scan, because there are few of them and many demands."""
    rows = await connection.fetch(_COUNTIES)
    return [row["county"] for row in rows]


async def remedies(connection: Connection, demand: UUID) -> bytes | None:
    """What would help it, as matching says; for whoever works on it."""
    found: bytes | None = await connection.fetchval(_REMEDIES, demand)
    return found


async def lines(connection: Connection, household: UUID, demand: UUID, types: Sequence[str]) -> list[Record]:
    """The lines of these types, for whoever may know them: it is for the caller to ask that before."""
    return await connection.fetch(_LINES, household, demand, types)
