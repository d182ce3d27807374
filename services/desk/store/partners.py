"""What partners ask for by their keys. Pages are cut by key, in an order that never changes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from services.desk.domain.partners import Reader
from shared.database import Connection

_DEMAND = """d.state AS demand_state, d.county, d.industry, d.purpose, d.amount_yuan, d.term_months, d.received_at,
    d.simulated"""
_REFERRALS = f"""
SELECT r.*, {_DEMAND} FROM (
    SELECT * FROM referrals WHERE bank = $1 AND (cardinality($2::text[]) = 0 OR unit = ANY($2))
        AND ($3::text IS NULL OR state = $3) AND (household, demand, referral) > ($4::uuid, $5::uuid, $6::uuid)
    ORDER BY household, demand, referral LIMIT $7
) AS r JOIN demands AS d USING (household, demand) ORDER BY r.household, r.demand, r.referral
"""  # noqa: S608 - columns of ours
_CASES = f"""
SELECT c.*, {_DEMAND} FROM (
    SELECT * FROM cases WHERE authority = $1 AND state NOT IN ('guided', 'filed')
        AND ($2::text IS NULL OR state = $2) AND (household, demand, "case") > ($3::uuid, $4::uuid, $5::uuid)
    ORDER BY household, demand, "case" LIMIT $6
) AS c JOIN demands AS d USING (household, demand) ORDER BY c.household, c.demand, c."case"
"""  # noqa: S608
_DEMAND_ROW = "SELECT * FROM demands WHERE demand = $1"
_ALIAS = "SELECT household, demand FROM aliases WHERE alias = $1 AND partner = $2"
_OF_BANK = """
SELECT * FROM referrals WHERE household = $1 AND demand = $2 AND bank = ANY($3)
    AND (cardinality($4::text[]) = 0 OR unit = ANY($4)) ORDER BY referral
"""
_OF_AUTHORITY = """
SELECT * FROM cases WHERE household = $1 AND demand = $2 AND authority = ANY($3) AND state NOT IN ('guided', 'filed')
ORDER BY "case"
"""
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page begins: after this household, demand and item; and how many rows it has at most."""

    after: tuple[UUID, UUID, UUID] = (NOBODY, NOBODY, NOBODY)
    state: str | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Known:
    """One demand as its reader may see it."""

    row: Record
    referrals: list[Record]
    cases: list[Record]
    own: bool


async def referrals(connection: Connection, reader: Reader, page: Page) -> list[Record]:
    """The referrals of a bank, and one more than a page where there is a next one."""
    holder, units = reader.holders[0], list(reader.units)
    return await connection.fetch(_REFERRALS, holder, units, page.state, *page.after, page.limit + 1)


async def cases(connection: Connection, reader: Reader, page: Page) -> list[Record]:
    """The cases of an authority, of all those that the partner speaks for, in one order."""
    found = [
        row
        for holder in dict.fromkeys(reader.holders)
        for row in await connection.fetch(_CASES, holder, page.state, *page.after, page.limit + 1)
    ]
    return sorted(found, key=lambda row: (row["household"], row["demand"], row["case"]))[: page.limit + 1]


async def demand(connection: Connection, reader: Reader, identifier: UUID) -> Known | None:
    """One demand by its id, for who handed it in (also under the id of a merged one), its bank or its authority."""
    alias = await connection.fetchrow(_ALIAS, identifier, reader.partner)
    row = await connection.fetchrow(_DEMAND_ROW, alias["demand"] if alias else identifier)
    if row is None:
        return None
    place, holders = (row["household"], row["demand"]), list(reader.holders)
    mine = await connection.fetch(_OF_BANK, *place, holders, list(reader.units)) if reader.reads_referrals else []
    theirs = await connection.fetch(_OF_AUTHORITY, *place, holders) if reader.reads_cases else []
    own = alias is not None or row["partner"] == reader.partner
    if not (own or mine or theirs or reader.role == "auditor"):
        return None
    return Known(row, mine, theirs, own or reader.role == "auditor")
