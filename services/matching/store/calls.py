"""SQL of the calls to the demands that wait: who is asked to look again, and that it was done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from services.matching.domain.demand import WAITING, Demand
from shared.database import Connection

RE_EVALUATE = "re-evaluate"
AT_ONCE = 2_000
# One key for all members of a schema: a batch holds it shared, the call-up of a release alone.
_SHARE = "SELECT pg_advisory_xact_lock_shared(hashtext(current_schema() || '/release'))"
_ALONE = "SELECT pg_advisory_xact_lock(hashtext(current_schema() || '/release'))"
_WOKEN = "SELECT coalesce(max(release), 0) FROM releases"
_GUARD = "INSERT INTO releases VALUES ($1, $2, 0) ON CONFLICT DO NOTHING RETURNING release"
_ASK = "INSERT INTO calls (kind, name, asked_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_LAST_DAYS = "SELECT max(split_part(name, '/', 2)) FROM calls WHERE kind = 'days'"
# SKIP LOCKED: what another member is at is its own; should it die, the row is open again.
_OPEN = "SELECT kind, name FROM calls WHERE done_at IS NULL ORDER BY asked_at FOR UPDATE SKIP LOCKED"
_WAITING = """
SELECT household, subject, body FROM states WHERE kind = 'demand' AND label = ANY($1::text[])
ORDER BY household, subject
"""
_CALL_UP = """
INSERT INTO deadlines (household, subject, kind, generation, due_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[])
ON CONFLICT (household, subject, kind)
DO UPDATE SET generation = excluded.generation, due_at = excluded.due_at, fired_at = NULL
"""
_DONE = "UPDATE calls SET done_at = $3, demands = $4 WHERE (kind, name) = ($1, $2)"
_decode = msgspec.msgpack.Decoder(Demand).decode


class Raised(NamedTuple):
    """A unit can take more than it could; `name` is `bank/unit/version`."""

    name: str


class Call(NamedTuple):
    """What has changed: `release` and its number, `days` and `since/until`, `limit` and `bank/unit/version`."""

    kind: str
    name: str


async def hold_release(connection: Connection) -> int:
    """Keep call-ups out until this transaction ends; returns the newest release that demands were called up for."""
    # Two statements: the second must see what the holder of the lock has committed while the first waited.
    await connection.execute(_SHARE)
    return int(await connection.fetchval(_WOKEN))


async def ask_for_release(connection: Connection, release: int, now: datetime) -> bool:
    """A call for a release, once, whoever asks first. From its commit on every batch knows of it."""
    async with connection.transaction():
        await connection.execute(_ALONE)
        if await connection.fetchval(_GUARD, release, now) is None:
            return False
        await connection.execute(_ASK, "release", str(release), now)
        return True


async def ask_for_days(connection: Connection, today: date, now: datetime) -> None:
    """A call for the days since the last one; on the very first there is nothing before it."""
    last = await connection.fetchval(_LAST_DAYS) or today.isoformat()
    if last <= today.isoformat():
        await connection.execute(_ASK, "days", f"{last}/{today.isoformat()}", now)


async def ask_for_limits(connection: Connection, names: Sequence[str], now: datetime) -> None:
    """A call for each limit that was raised, in the transaction that raises it."""
    if names:
        await connection.executemany(_ASK, [("limit", name, now) for name in sorted(names)])


async def open_calls(connection: Connection) -> list[Call]:
    """Lock and return what is to be done. Call inside a transaction."""
    return [Call(*row) for row in await connection.fetch(_OPEN)]


async def waiting(connection: Connection) -> AsyncIterator[list[Demand]]:
    """The demands that wait, some at a time. Call inside a transaction."""
    cursor = await connection.cursor(_WAITING, sorted(WAITING))
    while rows := await cursor.fetch(AT_ONCE):
        yield [_decode(row["body"]) for row in rows]


async def call_up(
    connection: Connection, demands: Sequence[tuple[UUID, UUID]], generation: UUID, now: datetime, pace: timedelta
) -> None:
    """Set a due-now deadline for each of them (household, demand), paced."""
    for start in range(0, len(demands), AT_ONCE):
        some = demands[start : start + AT_ONCE]
        moments = [now + (start + place) * pace for place in range(1, len(some) + 1)]
        kinds, generations = [RE_EVALUATE] * len(some), [generation] * len(some)
        households, subjects = zip(*some, strict=True)
        await connection.execute(_CALL_UP, households, subjects, kinds, generations, moments)


async def done(connection: Connection, call: Call, now: datetime, demands: int) -> None:
    """It was done, and so many were called up."""
    await connection.execute(_DONE, *call, now, demands)
