"""The inboxes: a bank's referrals and an authority's cases by due time, with the demand's masked side beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.desk.domain.access import Officer
from services.desk.domain.acts import OPEN_CASES, OPEN_REFERRALS
from services.desk.store.whose import ANYBODY, ASSIGNED, OF_THEM, Hands, counted, filled, hands
from shared.database import Connection

PAGE = 15
"""Each item carries all that can be answered to it: more would make a page of over 100 KB."""
_OF_DEMAND = (
    "d.county, d.industry, d.purpose, d.amount_yuan, d.term_months, d.simulated, d.matching_sequence,"
    " d.escalation_sequence"
)
# The page is cut from the index alone and before the join: of a join over two columns PostgreSQL expects too few rows
# to use the order.
_OPEN = """
SELECT x.*, {of_demand}, (SELECT login FROM accounts WHERE account = {assigned}) AS assignee FROM (
    SELECT {id} FROM {table} AS x WHERE {house} = $1 AND state IN {states} AND ($2::text[] IS NULL OR unit = ANY($2))
        AND {of_them} AND ($7::text IS NULL OR state = $7) ORDER BY due_at, {id} LIMIT $8 OFFSET $9
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
_BY_UNIT = """
SELECT state AS label, count(*) AS n FROM {table} WHERE {house} = $1 AND state IN {states} AND unit = ANY($2)
GROUP BY state
"""
_CAPACITY = "SELECT bank, unit, version, open_limit, quota_yuan FROM capacity WHERE bank = $1 ORDER BY unit"
_BANK: dict[str, Any] = {
    "counter": "referral",
    "table": "referrals",
    "house": "bank",
    "id": "referral",
    "code": "product",
    "states": OPEN_REFERRALS,
    "ended": "('declined', 'lapsed', 'recalled', 'not_chosen')",
}
_AUTHORITY: dict[str, Any] = {
    "counter": "case",
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


def _names(officer: Officer) -> dict[str, Any]:
    return _BANK if officer.house == "bank" else _AUTHORITY


def _sql(template: str, officer: Officer) -> str:
    names = _names(officer)
    whose = {"assigned": filled(ASSIGNED, names), "of_them": filled(OF_THEM, names)}
    return template.format(of_demand=_OF_DEMAND, **whose, **names)


async def listed(connection: Connection, officer: Officer, narrowed: Narrowed, limit: int = PAGE + 1) -> list[Record]:
    """The house's open items, the most urgent first, or the ended ones, the newest first; one more than a page."""
    return await _listed(connection, officer, narrowed, await _hands(connection, officer, narrowed), limit)


async def listed_and_counted(
    connection: Connection, officer: Officer, narrowed: Narrowed
) -> tuple[list[Record], dict[str, int]]:
    """One page, and how many stand in each state, narrowed as the list is."""
    mine = await _hands(connection, officer, narrowed)
    rows = await _listed(connection, officer, narrowed, mine, PAGE + 1)
    return rows, await _counts(connection, officer, narrowed, mine)


async def _hands(connection: Connection, officer: Officer, narrowed: Narrowed) -> Hands | None:
    if narrowed.mine is None:
        return None
    return await hands(connection, officer, _names(officer), narrowed.mine, narrowed.today)


async def _listed(
    connection: Connection, officer: Officer, narrowed: Narrowed, mine: Hands | None, limit: int
) -> list[Record]:
    offset = PAGE * narrowed.page
    if narrowed.done:
        return await connection.fetch(_sql(_DONE, officer), officer.subject, limit, offset)
    wanted = (narrowed.units or None, *(mine.wanted if mine else ANYBODY), narrowed.state, limit, offset)
    return await connection.fetch(_sql(_OPEN, officer), officer.subject, *wanted)


async def _counts(connection: Connection, officer: Officer, narrowed: Narrowed, mine: Hands | None) -> dict[str, int]:
    if mine is not None:
        return await counted(connection, officer, _names(officer), narrowed.units, mine)
    if narrowed.units:
        rows = await connection.fetch(_sql(_BY_UNIT, officer), officer.subject, narrowed.units)
    else:
        rows = await connection.fetch(_COUNTS, _names(officer)["counter"], officer.subject)
    return {row["label"]: row["n"] for row in rows}


async def one(connection: Connection, officer: Officer, identifier: UUID) -> Record | None:
    """One of the house's own referrals or cases."""
    if officer.house == "bank":
        sql = "SELECT * FROM referrals WHERE bank = $1 AND referral = $2"
    else:
        sql = """SELECT * FROM cases WHERE authority = $1 AND "case" = $2 AND state NOT IN ('guided', 'filed')"""
    return await connection.fetchrow(sql, officer.subject, identifier)


async def capacity(connection: Connection, officer: Officer) -> list[Record]:
    """What the bank's units have declared."""
    return await connection.fetch(_CAPACITY, officer.subject)
