"""A second read model beside the first, and the moment in which it takes the first one's place.

The new tables lie in a schema of their own, made after the present ones: same columns, keys, indexes and triggers, so
that no migration has to be told twice. What is the desk's own (accounts, plans, what was sent) is not touched.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import asyncpg

from shared.database import Connection
from shared.errors import FreshwaterError

LOCK_MILLISECONDS, LOCK_ATTEMPTS = 200, 25
SCHEMA, NEXT, OLD = "desk", "desk_next", "desk_old"
READ_MODEL = (
    "demands",
    "progress",
    "referrals",
    "cases",
    "timeline",
    "deliveries",
    "households",
    "aliases",
    "refusals",
    "letters",
    "capacity",
    "counters",
    "moments",
    "money",
    "ratings",
    "visits",
    "limits",
    "county_words",
    "questions",
)
"""Everything that can be made again from the topics; a test holds the list to the schema."""
OWN = (
    "accounts",
    "sent",
    "assignments",
    "assignment_rules",
    "stand_ins",
    "records",
    "worklists",
    "worklist_rows",
    "commitments",
    "activities",
    "visit_lists",
    "reported",
    "household_access",
    "ledger",
    "chains",
    "roots",
)
"""What is the desk's own: it came from nowhere else, so it is backed up and never made again."""
# With an empty search path every name in a definition is written with its schema.
_DEFINITIONS = """
SELECT 'ALTER TABLE ' || c.conrelid::regclass || ' ADD CONSTRAINT ' || quote_ident(c.conname) || ' '
    || pg_get_constraintdef(c.oid) AS made
FROM pg_constraint AS c WHERE c.conrelid = $1::regclass AND c.contype IN ('p', 'u')
UNION ALL
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i WHERE i.indrelid = $1::regclass
    AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
UNION ALL
SELECT pg_get_triggerdef(t.oid) FROM pg_trigger AS t WHERE t.tgrelid = $1::regclass AND NOT t.tgisinternal
"""
_OPTIONS = "SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = $1::regclass"
_OWNER = "SELECT tableowner FROM pg_tables WHERE schemaname = $1 AND tablename = 'demands'"


class RebuildFailed(FreshwaterError):
    """The read model could not be built anew; the old one serves on."""


async def begin(connection: Connection) -> None:
    """An empty read model beside the old one. What an earlier try has left goes."""
    owner = await connection.fetchval(_OWNER, SCHEMA)
    if owner is None:
        raise RebuildFailed("there is no read model here yet: start the desk once, or run its migrations")
    # Whoever owns the old tables must own the new ones, or the desk could not write them.
    await connection.execute(f'SET ROLE "{owner}"')
    async with connection.transaction():
        for schema in (NEXT, OLD):
            await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        await connection.execute(f"CREATE SCHEMA {NEXT}")
        await connection.execute("SET LOCAL search_path = ''")
        for table in READ_MODEL:
            await _copy(connection, table)
    await connection.execute(f"SET search_path = {NEXT}, {SCHEMA}")


async def _copy(connection: Connection, table: str) -> None:
    place = f"{SCHEMA}.{table}"
    options = await connection.fetchval(_OPTIONS, place)
    await connection.execute(
        f"CREATE TABLE {NEXT}.{table} (LIKE {place} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        + (f" WITH ({options})" if options else "")
    )
    for row in await connection.fetch(_DEFINITIONS, place):
        before, _, after = row["made"].partition(f"{SCHEMA}.{table}")
        await connection.execute(f"{before}{NEXT}.{table}{after}")


class Swapped(NamedTuple):
    """How many rows the old and the new table have."""

    table: str
    before: int
    after: int


async def hold(connection: Connection) -> dict[tuple[str, int], int]:
    """Within a transaction: let the desk finish its batch and begin no other; returns how far it has read.

    The journal is what a batch writes first: one that waits there holds nothing yet that `swap` has to wait for.
    """
    await connection.execute(f"LOCK TABLE {SCHEMA}.journal IN SHARE MODE")
    rows = await connection.fetch(f"SELECT topic, partition, next FROM {SCHEMA}.offsets")  # noqa: S608 - our schema
    return {(row["topic"], row["partition"]): row["next"] for row in rows}


async def swap(connection: Connection) -> None:
    """Within the same transaction: the new tables take the places of the old ones. Raises RebuildFailed."""
    # The topic of limits is compacted: what it has dropped is known to the old table alone.
    await connection.execute(f"INSERT INTO {NEXT}.limits SELECT * FROM {SCHEMA}.limits ON CONFLICT DO NOTHING")  # noqa: S608
    await _lock_all(connection)
    await connection.execute(f"CREATE SCHEMA {OLD}")
    for table in READ_MODEL:
        await connection.execute(f"ALTER TABLE {SCHEMA}.{table} SET SCHEMA {OLD}")
        await connection.execute(f"ALTER TABLE {NEXT}.{table} SET SCHEMA {SCHEMA}")


async def _lock_all(connection: Connection) -> None:
    """All tables or none of them: who reads two of them while one is ours would wait for us, and we for them. So a
    short wait for each, shorter than PostgreSQL's own for a deadlock, and then from the beginning."""
    names = ", ".join(f"{SCHEMA}.{table}" for table in READ_MODEL)
    for _ in range(LOCK_ATTEMPTS):
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_MILLISECONDS}ms'")
                await connection.execute(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE")
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(LOCK_MILLISECONDS / 2000)
        else:
            return
    raise RebuildFailed("the tables are read without a pause; the old read model stays. Try again in a quieter hour")


async def compared(connection: Connection) -> list[Swapped]:
    """After the swap: the rows of both, table by table."""
    return [
        Swapped(
            table,
            await connection.fetchval(f"SELECT count(*) FROM {OLD}.{table}"),  # noqa: S608 - names of ours
            await connection.fetchval(f"SELECT count(*) FROM {SCHEMA}.{table}"),  # noqa: S608
        )
        for table in READ_MODEL
    ]


async def drop(connection: Connection) -> None:
    """What is no longer needed."""
    for schema in (NEXT, OLD):
        await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
