"""What was told and has not come to an end: calls to be made, messages whose end is unknown, and what was given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from asyncpg import Record

from services.desk.store.sent import Act
from shared.database import Connection

PAGE = 20
Kind = Literal["calls", "held", "failed"]
_WHICH: dict[Kind, str] = {
    "calls": "outcome = 'held' AND (channel = 'call_list') AND true",
    "held": "outcome = 'held' AND (channel = 'call_list') = false",
    "failed": "outcome = 'failed'",
}
_ORDER: dict[Kind, str] = {"calls": "at, delivery", "held": "at, delivery", "failed": "at DESC, delivery DESC"}
# The page is cut before the join. A demand may not be there: a notice can be about a household or a county.
_LIST = """
SELECT v.*, d.county, d.industry, d.simulated FROM (
    SELECT * FROM deliveries WHERE {which} ORDER BY {order} LIMIT {limit} OFFSET $1
) AS v LEFT JOIN demands AS d USING (household, demand) ORDER BY v.{outer}
"""
_COUNTS = """
SELECT count(*) FILTER (WHERE outcome = 'held' AND channel = 'call_list') AS calls,
    count(*) FILTER (WHERE outcome = 'held' AND channel <> 'call_list') AS held,
    count(*) FILTER (WHERE outcome = 'failed') AS failed
FROM deliveries WHERE outcome IN ('held', 'failed')
"""
_HELD = "SELECT * FROM deliveries WHERE delivery = $1 AND outcome = 'held'"
_AGAIN = "SELECT * FROM deliveries WHERE household = $1 AND delivery = $2"
_SAID = "SELECT id, about, action FROM sent WHERE id = ANY($1::uuid[])"
# The same word about the same attempt has the same id: said twice, it is one.
_SAY = """
INSERT INTO sent (id, account, household, demand, about, action, sent_at, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'sent') ON CONFLICT (id) DO NOTHING
"""
_FORGET = "DELETE FROM sent WHERE id = $1 AND outcome = 'sent'"


async def listed(connection: Connection, kind: Kind, page: int, limit: int = PAGE + 1) -> list[Record]:
    """One page and a row more, where there is one: who has waited longest first, given up the newest first."""
    order = _ORDER[kind]
    sql = _LIST.format(which=_WHICH[kind], order=order, limit=limit, outer=order.replace(", ", ", v."))
    return await connection.fetch(sql, PAGE * page)


async def counts(connection: Connection) -> dict[str, int]:
    """How many of each kind there are."""
    row = await connection.fetchrow(_COUNTS)
    return {} if row is None else dict(row)


async def held(connection: Connection, delivery: UUID) -> Record | None:
    """One that still waits for a word."""
    return await connection.fetchrow(_HELD, delivery)


async def again(connection: Connection, row: Record) -> Record:
    """The same delivery as it is known now."""
    found = await connection.fetchrow(_AGAIN, row["household"], row["delivery"])
    return row if found is None else found


async def said(connection: Connection, words: Sequence[UUID]) -> dict[UUID, str]:
    """Of these words those that were sent and not answered yet: delivery -> what was said of it."""
    return {row["about"]: row["action"] for row in await connection.fetch(_SAID, words)}


async def say(connection: Connection, act: Act) -> None:
    """Remember a word before it goes out."""
    await connection.execute(_SAY, act.id, act.account, act.household, act.demand, act.about, act.action, act.sent_at)


async def unsay(connection: Connection, identifier: UUID) -> None:
    """A word that the gate did not take: it may be said again."""
    await connection.execute(_FORGET, identifier)
