"""The inboxes: a bank's referrals and an authority's cases by due time, with the demand's masked side beside them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from services.desk.domain.access import Officer
from services.desk.domain.acts import OPEN_CASES, OPEN_REFERRALS
from shared.database import Connection

PAGE = 20
_OF_DEMAND = "d.county, d.industry, d.purpose, d.amount_yuan, d.term_months, d.simulated"
# The page is cut before the join: of a join over two columns PostgreSQL expects too few rows to use the order.
_REFERRALS = f"""
SELECT r.*, {_OF_DEMAND} FROM (
    SELECT * FROM referrals WHERE bank = $1 AND state IN {OPEN_REFERRALS}
        AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR unit = $3)
    ORDER BY due_at, referral LIMIT {PAGE + 1} OFFSET $4
) AS r JOIN demands AS d USING (household, demand) ORDER BY r.due_at, r.referral
"""  # noqa: S608 - constants of ours
_REFERRALS_DONE = f"""
SELECT r.*, {_OF_DEMAND} FROM (
    SELECT * FROM referrals WHERE bank = $1 AND state IN ('declined', 'lapsed', 'recalled', 'not_chosen')
    ORDER BY referral DESC LIMIT {PAGE + 1} OFFSET $2
) AS r JOIN demands AS d USING (household, demand) ORDER BY r.referral DESC
"""  # noqa: S608
_ONE_REFERRAL = "SELECT * FROM referrals WHERE bank = $1 AND referral = $2"
_CASES = f"""
SELECT c.*, {_OF_DEMAND} FROM (
    SELECT * FROM cases WHERE authority = $1 AND state IN {OPEN_CASES}
        AND ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR unit = $3)
    ORDER BY due_at, "case" LIMIT {PAGE + 1} OFFSET $4
) AS c JOIN demands AS d USING (household, demand) ORDER BY c.due_at, c."case"
"""  # noqa: S608
_CASES_DONE = f"""
SELECT c.*, {_OF_DEMAND} FROM (
    SELECT * FROM cases WHERE authority = $1 AND state IN ('cleared', 'refused', 'withdrawn')
    ORDER BY "case" DESC LIMIT {PAGE + 1} OFFSET $2
) AS c JOIN demands AS d USING (household, demand) ORDER BY c."case" DESC
"""  # noqa: S608
_ONE_CASE = """SELECT * FROM cases WHERE authority = $1 AND "case" = $2 AND state NOT IN ('guided', 'filed')"""
_COUNTS = """
SELECT label, sum(n)::bigint AS n FROM counters WHERE name = $1 AND subject = $2 GROUP BY label HAVING sum(n) > 0
"""
_CAPACITY = "SELECT unit, open_limit, quota_yuan FROM capacity WHERE bank = $1 ORDER BY unit"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What an inbox is narrowed to: open ones by state and unit, or those that have ended. Pages count from 0."""

    state: str | None = None
    unit: str | None = None
    done: bool = False
    page: int = 0


async def referrals(connection: Connection, officer: Officer, narrowed: Narrowed) -> list[Record]:
    """The bank's open referrals, the most urgent first, or the ended ones, the newest first; one more than a page."""
    if narrowed.done:
        return await connection.fetch(_REFERRALS_DONE, officer.subject, PAGE * narrowed.page)
    return await connection.fetch(_REFERRALS, officer.subject, narrowed.state, narrowed.unit, PAGE * narrowed.page)


async def one_referral(connection: Connection, officer: Officer, referral: UUID) -> Record | None:
    """One of the bank's own referrals."""
    return await connection.fetchrow(_ONE_REFERRAL, officer.subject, referral)


async def cases(connection: Connection, officer: Officer, narrowed: Narrowed) -> list[Record]:
    """The authority's open cases, the most urgent first, or the ended ones, the newest first; one more than a page."""
    if narrowed.done:
        return await connection.fetch(_CASES_DONE, officer.subject, PAGE * narrowed.page)
    return await connection.fetch(_CASES, officer.subject, narrowed.state, narrowed.unit, PAGE * narrowed.page)


async def one_case(connection: Connection, officer: Officer, case: UUID) -> Record | None:
    """One of the authority's own cases."""
    return await connection.fetchrow(_ONE_CASE, officer.subject, case)


async def counts(connection: Connection, name: str, officer: Officer) -> dict[str, int]:
    """How many of the officer's house stand in each state; `name` is referral or case."""
    rows = await connection.fetch(_COUNTS, name, officer.subject)
    return {row["label"]: row["n"] for row in rows}


async def capacity(connection: Connection, officer: Officer) -> list[Record]:
    """What the bank's units have declared."""
    return await connection.fetch(_CAPACITY, officer.subject)
