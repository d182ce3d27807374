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
# The first rule of the house that fits names a person.
_BY_RULE = """(SELECT rule.account FROM assignment_rules AS rule WHERE rule.house = $1
    AND (rule.unit IS NULL OR rule.unit = x.unit) AND (rule.code IS NULL OR rule.code = x.{code})
    AND (rule.county IS NULL OR rule.county = x.known_county) ORDER BY rule.place, rule.rule LIMIT 1)"""
_ASSIGNED = "coalesce((SELECT account FROM assignments WHERE about = x.{id} AND assignments.house = $1), {by_rule})"
# Rules are asked once for all items that are alike to them, and not at all where the house has none; an item that was
# handed out by name is whose it was given to by this house. EXISTS, not IN: of a long list it looks up each.
_ALIKE = """
WITH me AS MATERIALIZED (
    SELECT $3::uuid AS account UNION SELECT away FROM stand_ins WHERE instead = $3 AND $4 BETWEEN from_day AND to_day
), alike AS MATERIALIZED (
    SELECT coalesce(x.unit, '') AS unit, x.{code}, coalesce(x.known_county, '') AS county FROM {table} AS x
    WHERE {house} = $1 AND state IN {states} AND EXISTS (SELECT FROM assignment_rules WHERE house = $1)
    GROUP BY x.unit, x.{code}, x.known_county HAVING {by_rule} IN (SELECT account FROM me)
), given AS NOT MATERIALIZED (SELECT about, account FROM assignments WHERE house = $1)"""
_NARROWED = """{house} = $1 AND state IN {states} AND ($2::text[] IS NULL OR unit = ANY($2)) AND ($3::uuid IS NULL
    OR EXISTS (SELECT FROM given WHERE given.about = x.{id} AND given.account IN (SELECT account FROM me))
    OR (coalesce(x.unit, ''), x.{code}, coalesce(x.known_county, '')) IN (SELECT * FROM alike)
        AND NOT EXISTS (SELECT FROM given WHERE given.about = x.{id}))"""
# The page is cut from the index alone and before the join: of a join over two columns PostgreSQL expects too few rows
# to use the order.
_OPEN = """{alike}
SELECT x.*, {of_demand}, (SELECT login FROM accounts WHERE account = {assigned}) AS assignee FROM (
    SELECT {id} FROM {table} AS x WHERE {narrowed} AND ($5::text IS NULL OR state = $5)
    ORDER BY due_at, {id} LIMIT $6 OFFSET $7
) AS page JOIN {table} AS x USING ({id}) JOIN demands AS d USING (household, demand) ORDER BY x.due_at, x.{id}
"""
_DONE = """
SELECT x.*, {of_demand}, NULL AS assignee FROM (
    SELECT * FROM {table} WHERE {house} = $1 AND state IN {ended} ORDER BY {id} DESC LIMIT $2 OFFSET $3
) AS x JOIN demands AS d USING (household, demand) ORDER BY x.{id} DESC
"""
_COUNTS = """
SELECT label, sum(n)::bigint AS n FROM counters WHERE name = $1 AND subject = $2 GROUP BY label HAVING sum(n) > 0
"""
_NARROWED_COUNTS = "{alike} SELECT state AS label, count(*) AS n FROM {table} AS x WHERE {narrowed} GROUP BY state"
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
    by_rule = _BY_RULE.format(**names)
    parts = {
        "of_demand": _OF_DEMAND,
        "assigned": _ASSIGNED.format(by_rule=by_rule, **names),
        "alike": _ALIKE.format(by_rule=by_rule, **names),
        "narrowed": _NARROWED.format(**names),
    }
    return template.format(**parts, **names)


async def listed(connection: Connection, officer: Officer, narrowed: Narrowed, limit: int = PAGE + 1) -> list[Record]:
    """The house's open items, the most urgent first, or the ended ones, the newest first; one more than a page."""
    offset = PAGE * narrowed.page
    if narrowed.done:
        return await connection.fetch(_sql(_DONE, officer), officer.subject, limit, offset)
    wanted = (*_wanted(narrowed), narrowed.state, limit, offset)
    return await connection.fetch(_sql(_OPEN, officer), officer.subject, *wanted)


def _wanted(narrowed: Narrowed) -> tuple[Sequence[str] | None, UUID | None, date]:
    return narrowed.units or None, narrowed.mine, narrowed.today


async def one(connection: Connection, officer: Officer, identifier: UUID) -> Record | None:
    """One of the house's own referrals or cases."""
    if officer.house == "bank":
        sql = "SELECT * FROM referrals WHERE bank = $1 AND referral = $2"
    else:
        sql = """SELECT * FROM cases WHERE authority = $1 AND "case" = $2 AND state NOT IN ('guided', 'filed')"""
    return await connection.fetchrow(sql, officer.subject, identifier)


async def counts(
    connection: Connection, name: str, officer: Officer, narrowed: Narrowed = Narrowed()
) -> dict[str, int]:
    """How many stand in each state, narrowed as the list is; `name` is referral or case."""
    if narrowed.mine or narrowed.units:
        sql = _sql(_NARROWED_COUNTS, officer)
        rows = await connection.fetch(sql, officer.subject, *_wanted(narrowed))
    else:
        rows = await connection.fetch(_COUNTS, name, officer.subject)
    return {row["label"]: row["n"] for row in rows}


async def capacity(connection: Connection, officer: Officer) -> list[Record]:
    """What the bank's units have declared."""
    return await connection.fetch(_CAPACITY, officer.subject)
