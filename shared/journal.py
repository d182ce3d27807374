"""The journal: inbox and outbox in one row. What is in it has been decided and is never decided again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.contracts.ids import lowest_at, time_of
from shared.database import Connection
from shared.decision import Record
from shared.errors import Stale

WEEK = timedelta(days=7)

# The bounds let PostgreSQL skip the weeks that no id of the batch can be in.
_FIND = "SELECT id, outputs FROM journal WHERE id = ANY($1::uuid[]) AND id >= $2 AND id <= $3"
COLUMNS = (
    "id", "topic", "partition", "offset", "type", "subject", "outcome", "decided_at", "release", "revision", "counters",
    "outputs",
)  # fmt: skip
_OFFSETS = """
INSERT INTO offsets (topic, partition, next) SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
ON CONFLICT (topic, partition) DO UPDATE SET next = greatest(offsets.next, excluded.next)
"""


_WEEKS = """
SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'journal'::regclass
"""


class Row(NamedTuple):
    """One line of the journal; the moment and the release are the batch's."""

    id: UUID
    record: Record
    type: str
    subject: str
    outcome: str
    revision: int
    counters: bytes | None
    outputs: bytes | None


async def find(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, bytes | None]:
    """The rows that are already there: id to packed outputs."""
    if not ids:
        return {}
    rows = await connection.fetch(_FIND, ids, min(ids), max(ids))
    return {row["id"]: row["outputs"] for row in rows}


async def insert(connection: Connection, rows: Sequence[Row], now: datetime, release: int) -> None:
    """Write the rows. Raises Stale where another member has written one of them since `find`: the guard."""
    if not rows:
        return
    records = [
        (row[0], *row[1][:3], row.type, row.subject, row.outcome, now, release, row.revision, row.counters, row.outputs)
        for row in rows
    ]
    try:
        # COPY: of an array's every element asyncpg asks whether it is an array too, and that by an abstract class.
        await connection.copy_records_to_table("journal", records=records, columns=COLUMNS)
    except asyncpg.UniqueViolationError:
        raise Stale("a journal row of this batch is already there") from None


def next_offsets(records: Sequence[Record]) -> dict[tuple[str, int], int]:
    """The first offset not in these records, by topic and partition."""
    found: dict[tuple[str, int], int] = {}
    for record in records:
        place = (record.topic, record.partition)
        found[place] = max(found.get(place, 0), record.offset + 1)
    return found


async def save_offsets(connection: Connection, offsets: dict[tuple[str, int], int]) -> None:
    """Remember how far each partition is taken, sorted, so that two members never lock each other."""
    if offsets:
        places = sorted(offsets)
        columns = ([t for t, _ in places], [p for _, p in places], [offsets[place] for place in places])
        await connection.execute(_OFFSETS, *columns)


async def load_offsets(connection: Connection) -> dict[tuple[str, int], int]:
    rows = await connection.fetch("SELECT topic, partition, next FROM offsets")
    return {(row["topic"], row["partition"]): row["next"] for row in rows}


def week_of(moment: datetime) -> datetime:
    """The Monday at which the week of a moment begins, UTC."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


async def keep_weeks(connection: Connection, now: datetime, ahead: int = 2) -> list[str]:
    """Make the tables of this week and the next ones where they are missing; returns the names made.

    A week whose rows already lie in the default table can not be cut out of it any more: it stays there.
    """
    made = []
    for number in range(ahead + 1):
        start = week_of(now) + number * WEEK
        name = f"journal_{start:%Y%m%d}"
        if await connection.fetchval("SELECT to_regclass($1)", name) is None:
            bounds = f"FROM ('{lowest_at(start)}') TO ('{lowest_at(start + WEEK)}')"
            try:
                await connection.execute(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF journal FOR VALUES {bounds}")
                made.append(name)
            except (asyncpg.CheckViolationError, asyncpg.DuplicateTableError, asyncpg.UniqueViolationError):
                continue
    return made


async def prune(connection: Connection, older_than: datetime) -> list[str]:
    """Drop the weeks that end before a moment; returns their names."""
    dropped = []
    for row in await connection.fetch(_WEEKS):
        name = row["relname"]
        stamp = name.removeprefix("journal_")
        if stamp.isdigit() and datetime.strptime(f"{stamp}+0000", "%Y%m%d%z") + WEEK <= older_than:
            await connection.execute(f"DROP TABLE {name}")
            dropped.append(name)
    return dropped


def age_of(identifier: UUID, now: datetime) -> timedelta:
    """How long ago the origin of an event happened."""
    return now - time_of(identifier)
