"""The inboxes: a bank's referrals and an authority's cases by due time, with the demand's masked side beside them.

Who looks after an item: whoever it was given to, else whom the first rule of the house that fits names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from asyncpg import Record

from services.desk.domain.access import Officer
from services.desk.domain.acts import OPEN_CASES, OPEN_REFERRALS
from shared.database import Connection

PAGE = 20
_OF_DEMAND = (
    "d.county, d.industry, d.purpose, d.amount_yuan, d.term_months, d.simulated, d.matching_sequence,"
    " d.escalation_sequence"
)
_ASSIGNED = """coalesce((SELECT account FROM assignments WHERE about = {id}),
    (SELECT rule.account FROM assignment_rules AS rule WHERE rule.house = $1
        AND (rule.unit IS NULL OR rule.unit = x.unit) AND (rule.code IS NULL OR rule.code = x.{code})
        AND (rule.county IS NULL OR rule.county = (SELECT county FROM demands
            WHERE (demands.household, demands.demand) = (x.household, x.demand)))
        ORDER BY rule.place, rule.rule LIMIT 1))"""
# The page is cut before the join: of a join over two columns PostgreSQL expects too few rows to use the order.
_OPEN = """
SELECT x.*, {of_demand}, (SELECT login FROM accounts WHERE account = {assigned}) AS assignee FROM (
    SELECT * FROM {table} AS x WHERE {house} = $1 AND state IN {states}
        AND ($2::text IS NULL OR state = $2) AND ($3::text[] IS NULL OR unit = ANY($3))
        AND ($4::uuid IS NULL OR {assigned} = $4 OR {assigned} IN
            (SELECT away FROM stand_ins WHERE instead = $4 AND $5 BETWEEN from_day AND to_day))
    ORDER BY due_at, {id} LIMIT $6 OFFSET $7
) AS x JOIN demands AS d USING (household, demand) ORDER BY x.due_at, x.{id}
"""
_DONE = """
SELECT x.*, {of_demand}, NULL AS assignee FROM (
    SELECT * FROM {table} WHERE {house} = $1 AND state IN {ended} ORDER BY {id} DESC LIMIT $2 OFFSET $3
) AS x JOIN demands AS d USING (household, demand) ORDER BY x.{id} DESC
"""
_COUNTS = """
SELECT label, sum(n)::bigint AS n FROM counters WHERE name = $1 AND subject = $2 GROUP BY label HAVING sum(n) > 0
"""
# By unit the index alone answers; who looks after an item has to be asked for each.
_BY_UNIT = """
SELECT state AS label, count(*) AS n FROM {table} WHERE {house} = $1 AND state IN {states} AND unit = ANY($2)
GROUP BY state
"""
_MINE = """
SELECT state AS label, count(*) AS n FROM {table} AS x WHERE {house} = $1 AND state IN {states}
    AND ($2::text[] IS NULL OR unit = ANY($2))
    AND ({assigned} = $3 OR {assigned} IN
        (SELECT away FROM stand_ins WHERE instead = $3 AND $4 BETWEEN from_day AND to_day))
GROUP BY state
"""
MOST_ASKED = 2_000
_CAPACITY = "SELECT bank, unit, version, open_limit, quota_yuan FROM capacity WHERE bank = $1 ORDER BY unit"
_BANK = {
    "table": "referrals",
    "house": "bank",
    "id": "referral",
    "code": "product",
    "states": OPEN_REFERRALS,
    "ended": "('declined', 'lapsed', 'recalled', 'not_chosen')",
}
_AUTHORITY = {
    "table": "cases",
    "house": "authority",
    "id": '"case"',
    "code": "obstacle",
    "states": OPEN_CASES,
    "ended": "('cleared', 'refused', 'withdrawn')",
}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What an inbox is narrowed to: open ones by state and units, or those that have ended. Pages count from 0.

    `mine`: only what this person looks after, or stands in for on `today`.
    """

    state: str | None = None
    units: tuple[str, ...] = ()
    done: bool = False
    page: int = 0
    mine: UUID | None = None
    today: date = date.min


def _sql(template: str, officer: Officer) -> str:
    names = _BANK if officer.house == "bank" else _AUTHORITY
    return template.format(of_demand=_OF_DEMAND, assigned=_ASSIGNED.format(**names), **names)


async def listed(connection: Connection, officer: Officer, narrowed: Narrowed, limit: int = PAGE + 1) -> list[Record]:
    """The house's open items, the most urgent first, or the ended ones, the newest first; one more than a page."""
    offset = PAGE * narrowed.page
    if narrowed.done:
        return await connection.fetch(_sql(_DONE, officer), officer.subject, limit, offset)
    units: Sequence[str] | None = narrowed.units or None
    wanted = (narrowed.state, units, narrowed.mine, narrowed.today, limit, offset)
    return await connection.fetch(_sql(_OPEN, officer), officer.subject, *wanted)


async def one(connection: Connection, officer: Officer, identifier: UUID) -> Record | None:
    """One of the house's own referrals or cases."""
    if officer.house == "bank":
        sql = "SELECT * FROM referrals WHERE bank = $1 AND referral = $2"
    else:
        sql = """SELECT * FROM cases WHERE authority = $1 AND "case" = $2 AND state NOT IN ('guided', 'filed')"""
    return await connection.fetchrow(sql, officer.subject, identifier)


async def counts(
    connection: Connection, name: str, officer: Officer, narrowed: Narrowed = Narrowed()
) -> dict[str, int] | None:
    """How many stand in each state, narrowed as the list is; `name` is referral or case.

    None where it is one person's and the house has too many open ones to ask of each whose it is.
    """
    rows = await connection.fetch(_COUNTS, name, officer.subject)
    house = {row["label"]: row["n"] for row in rows}
    units: Sequence[str] | None = narrowed.units or None
    if narrowed.mine:
        if sum(house.get(state, 0) for state in OPEN_REFERRALS + OPEN_CASES) > MOST_ASKED:
            return None
        rows = await connection.fetch(_sql(_MINE, officer), officer.subject, units, narrowed.mine, narrowed.today)
    elif units:
        rows = await connection.fetch(_sql(_BY_UNIT, officer), officer.subject, units)
    else:
        return house
    return {row["label"]: row["n"] for row in rows}


async def capacity(connection: Connection, officer: Officer) -> list[Record]:
    """What the bank's units have declared."""
    return await connection.fetch(_CAPACITY, officer.subject)
