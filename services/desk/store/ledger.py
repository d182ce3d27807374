"""SQL of the ledger: appending to chains, roots, and reading all of it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from services.desk.domain.ledger import EVERY, NOTHING, PEOPLE, End, Entry, Noted, appended, root_of
from services.desk.domain.rows import Happened
from shared.database import Connection

# Sorted and locked: two members that hold the same partition one after the other wait for one another here.
_ENDS = "SELECT chain, number, link FROM chains WHERE chain = ANY($1::int[]) ORDER BY chain FOR UPDATE"
_OPEN = "INSERT INTO chains SELECT chain, 0, $2 FROM unnest($1::int[]) AS chain ON CONFLICT DO NOTHING"
_APPEND = """
INSERT INTO ledger (chain, number, household, event, record, line, link)
SELECT * FROM unnest($1::int[], $2::bigint[], $3::uuid[], $4::uuid[], $5::bytea[], $6::bytea[], $7::bytea[])
"""
_END = """
UPDATE chains SET number = ended.number, link = ended.link
FROM unnest($1::int[], $2::bigint[], $3::bytea[]) AS ended (chain, number, link) WHERE chains.chain = ended.chain
"""
_ALL_ENDS = "SELECT chain, number, link FROM chains WHERE number > 0 ORDER BY chain"
_LAST_ROOT = "SELECT number, at, root FROM roots ORDER BY number DESC LIMIT 1"
# Of two members that write the same number the first one has it.
_ROOT = """
INSERT INTO roots (number, at, chains, numbers, links, root) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""
_ROOTS = "SELECT number, at, chains, numbers, links, root FROM roots ORDER BY number"
_LINKS = """
SELECT ledger.link FROM unnest($1::int[], $2::bigint[]) WITH ORDINALITY AS asked (chain, number, place)
LEFT JOIN ledger USING (chain, number) ORDER BY place
"""
RECORD = ("record", "at", "account", "login", "role", "house", "what", "demand", "detail")
"""The columns of what people did, in the order of their hash."""
_LINE = ", ".join(f't."{column}"' for column in Happened._fields)
_DONE = ", ".join(f'r."{column}"' for column in RECORD)
_ENTRIES = f"""
SELECT l.chain, l.number, l.household, l.event, l.record, l.line, l.link, {_LINE}, {_DONE} FROM ledger AS l
LEFT JOIN timeline AS t ON (t.household, t.event) = (l.household, l.event) AND l.chain <> {PEOPLE}
LEFT JOIN records AS r ON r.record = l.event AND l.chain = {PEOPLE} ORDER BY l.chain, l.number
"""  # noqa: S608 - columns of ours
_UNNOTED = f"""
(SELECT 'timeline' AS place, event FROM timeline WHERE NOT EXISTS (
    SELECT FROM ledger WHERE ledger.event = timeline.event AND ledger.household = timeline.household
) LIMIT $1)
UNION ALL
(SELECT 'records', record FROM records WHERE NOT EXISTS (
    SELECT FROM ledger WHERE ledger.event = records.record AND ledger.chain = {PEOPLE}
) LIMIT $1)
"""  # noqa: S608 - a number of ours
AT_ONCE = 2_000


class Root(NamedTuple):
    """One root as it was written, with the ends of the chains that it is over."""

    number: int
    at: datetime
    root: bytes
    ends: tuple[End, ...]


async def note(connection: Connection, noted: Sequence[Noted], now: datetime) -> None:
    """Append a batch to its chains, in order, and write a root where one is due. Never commits."""
    if noted:
        await append(connection, noted)
        await _root(connection, now)


async def append(connection: Connection, noted: Sequence[Noted]) -> None:
    """Append to chains, in order. Inside a transaction, as the last that it writes: from here on others wait."""
    chains = sorted({each.chain for each in noted})
    ends = await _locked(connection, chains)
    if len(ends) < len(chains):
        await connection.execute(_OPEN, chains, NOTHING)
        ends = await _locked(connection, chains)
    by_chain = groupby(sorted(noted, key=attrgetter("chain")), key=attrgetter("chain"))
    entries = [entry for chain, each in by_chain for entry in appended(ends[chain], each)]
    await connection.execute(_APPEND, *zip(*entries, strict=True))
    after = {entry.chain: End(entry.chain, entry.number, entry.link) for entry in entries}
    await connection.execute(_END, *zip(*after.values(), strict=True))


async def _locked(connection: Connection, chains: Sequence[int]) -> dict[int, End]:
    return {row["chain"]: End(*row) for row in await connection.fetch(_ENDS, chains)}


async def _root(connection: Connection, now: datetime) -> None:
    last = await connection.fetchrow(_LAST_ROOT)
    if last is not None and now - last["at"] < EVERY:
        return
    ends = [End(*row) for row in await connection.fetch(_ALL_ENDS)]
    number, before = (last["number"] + 1, last["root"]) if last else (1, NOTHING)
    await connection.execute(_ROOT, number, now, *zip(*ends, strict=True), root_of(before, number, now, ends))


async def entries(connection: Connection) -> AsyncIterator[tuple[Entry, tuple[object, ...] | None]]:
    """Every entry in the order of its chain, with its line as it stands now. Inside a transaction."""
    width, columns = len(Entry._fields), len(Happened._fields)
    async for row in connection.cursor(_ENTRIES, prefetch=AT_ONCE):
        values = tuple(row)
        happened, done = values[width : width + columns], values[width + columns :]
        entry, line = Entry(*values[:width]), done if values[0] == PEOPLE else happened
        yield entry, None if line[1] is None else line


async def ends(connection: Connection) -> dict[int, End]:
    """What is kept of the end of each chain."""
    return {row["chain"]: End(*row) for row in await connection.fetch(_ALL_ENDS)}


async def roots(connection: Connection) -> list[Root]:
    """All roots, the oldest first."""
    return [
        Root(row["number"], row["at"], row["root"], tuple(map(End, row["chains"], row["numbers"], row["links"])))
        for row in await connection.fetch(_ROOTS)
    ]


async def links(connection: Connection, ends: Sequence[End]) -> list[bytes | None]:
    """The links that the ledger has where a root says that its chains ended."""
    chains, numbers = [end.chain for end in ends], [end.number for end in ends]
    return [row["link"] for row in await connection.fetch(_LINKS, chains, numbers)]


async def unnoted(connection: Connection, most: int) -> list[tuple[str, str]]:
    """Lines that the ledger does not know: the table, and the event or record."""
    return [(row["place"], str(row["event"])) for row in await connection.fetch(_UNNOTED, most)]
