"""What the sending reads and writes: which lanes wait, attempts begun and ended, and what nobody finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.notify.domain.delivery import REPEATABLE, Delivery
from shared.database import Connection

# A loose scan of the index: one look-up per lane, however many rows wait on it.
_LANES = """
WITH RECURSIVE found AS (
    (SELECT lane FROM deliveries WHERE state = 'pending' ORDER BY lane LIMIT 1)
    UNION ALL
    SELECT (SELECT next.lane FROM deliveries AS next WHERE next.state = 'pending' AND next.lane > found.lane
            ORDER BY next.lane LIMIT 1)
    FROM found WHERE found.lane IS NOT NULL
)
SELECT lane FROM found WHERE lane IS NOT NULL
"""
# SKIP LOCKED: two members never begin the same attempt. An attempt that never ended is begun again only where the
# recipient can tell a repeat from a first. What one recipient hears of one demand it hears in its order: ids begin with
# the time of their cause, and what is not due yet holds nothing up.
_BEGIN = """
WITH begun AS (
    UPDATE deliveries SET attempt = attempt + 1, sending = true, not_before = $4
    FROM (
        SELECT picked.id FROM unnest($1::text[], $2::int[]) AS free (lane, places)
        CROSS JOIN LATERAL (
            SELECT id FROM deliveries AS next
            WHERE state = 'pending' AND lane = free.lane AND due_at <= $3 AND not_before <= $5 AND expires_at > $3
                AND NOT (sending AND channel <> ALL($6::text[]))
                AND NOT EXISTS (
                    SELECT FROM deliveries AS earlier
                    WHERE earlier.state = 'pending' AND earlier.lane = next.lane AND earlier.demand = next.demand
                        AND earlier.id < next.id AND earlier.due_at <= $3 AND earlier.expires_at > $3
                )
            ORDER BY due_at, id LIMIT free.places FOR UPDATE SKIP LOCKED
        ) AS picked
    ) AS chosen
    WHERE deliveries.id = chosen.id
    RETURNING
        deliveries.id, cause, cause_type, household, demand, audience, recipient, channel, lane, template, language,
        state, attempt, made_at, due_at, expires_at, number, reason, content, simulated, "then"
)
SELECT begun.*, contacts.sealed, silenced.household IS NOT NULL AS silent
FROM begun
LEFT JOIN contacts ON begun.audience = 'household'
    AND (contacts.household, contacts.demand) = (begun.household, begun.demand)
LEFT JOIN silenced ON begun.audience = 'household' AND silenced.household = begun.household
ORDER BY begun.due_at, begun.id
"""
_ABANDONED = """
SELECT
    id, cause, cause_type, household, demand, audience, recipient, channel, lane, template, language, state, attempt,
    made_at, due_at, expires_at, number, reason, content, simulated, "then"
FROM deliveries WHERE state = 'pending' AND sending AND not_before <= $1 AND channel <> ALL($2::text[])
ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
"""
_EXPIRED = """
SELECT
    id, cause, cause_type, household, demand, audience, recipient, channel, lane, template, language, state, attempt,
    made_at, due_at, expires_at, number, reason, content, simulated, "then"
FROM deliveries WHERE state = 'pending' AND expires_at <= $1 AND NOT (sending AND not_before > $2)
ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
"""
_END = """
UPDATE deliveries SET state = ended.state, reason = ended.reason, not_before = ended.not_before, sending = false,
    content = CASE WHEN ended.state = 'sent' THEN NULL ELSE deliveries.content END,
    number = coalesce(ended.number, deliveries.number),
    endings = deliveries.endings + (ended.state <> 'pending')::int
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
    AS ended (id, attempt, state, reason, not_before, number)
WHERE deliveries.id = ended.id AND deliveries.attempt = ended.attempt AND deliveries.state = 'pending'
"""
# A deadline that is due now: the loop decides on the next channel, in the order of the household's events.
_ONWARD = """
INSERT INTO deadlines (household, subject, kind, generation, due_at)
SELECT household, id, 'onward', generation, $3
FROM deliveries JOIN unnest($1::uuid[], $2::uuid[]) AS given_up (id, generation) USING (id)
WHERE state = 'failed' AND "then" <> '' ON CONFLICT DO NOTHING
"""
# What an attempt's end had been told as, of deliveries that a replay has made again and that nobody has ended yet.
_TOLD = """
SELECT recovered.output, recovered.decided_at FROM deliveries JOIN recovered ON recovered.cause = deliveries.id
WHERE deliveries.state = 'pending' AND deliveries.endings = 0 ORDER BY recovered.decided_at, recovered.place
"""
_LEARN = """
UPDATE deliveries SET state = told.state, reason = told.reason, attempt = told.attempt, sending = false,
    content = CASE WHEN told.state = 'sent' THEN NULL ELSE deliveries.content END, endings = deliveries.endings + 1
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS told (id, attempt, state, reason)
WHERE deliveries.id = told.id AND deliveries.state = 'pending'
RETURNING deliveries.id
"""
_PRUNE = """
DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE id < $1 AND state <> 'pending' ORDER BY id LIMIT $2)
"""
_CLOSE = (
    "INSERT INTO closed_webhooks SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[]) ON CONFLICT DO NOTHING"
)
_CLOSED = "SELECT url FROM closed_webhooks"
AT_ONCE = 500
_decode = msgspec.msgpack.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that was begun. `sealed` is the household's contact for this demand, `silent` forbids to use it."""

    delivery: Delivery
    sealed: Mapping[str, str] | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class EndedAttempt:
    """What an attempt made of its delivery; `not_before` is the machine's own time, `number` the channel's."""

    delivery: UUID
    attempt: int
    state: str
    reason: str | None
    not_before: datetime
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Learnt:
    """How a delivery had ended, by what was told of it before a backup was restored."""

    delivery: UUID
    attempt: int
    state: str
    reason: str | None
    decided_at: datetime


async def told_ends(connection: Connection) -> list[tuple[bytes, datetime]]:
    """Packed events and their moments, the first end of each delivery first."""
    return [(row["output"], row["decided_at"]) for row in await connection.fetch(_TOLD)]


async def learn(connection: Connection, ends: Sequence[Learnt]) -> list[UUID]:
    """Write them; returns the deliveries that were still waiting."""
    columns = ([getattr(each, name) for each in ends] for name in ("delivery", "attempt", "state", "reason"))
    return [row["id"] for row in await connection.fetch(_LEARN, *columns)]


async def waiting_lanes(connection: Connection) -> list[str]:
    """Every lane on which something waits, due or not."""
    return [row["lane"] for row in await connection.fetch(_LANES)]


async def begin(
    connection: Connection, places: Mapping[str, int], now: datetime, wall: datetime, until: datetime
) -> list[Begun]:
    """Begin attempts: up to so many on each lane, the longest due first. Each must have ended by `until`."""
    rows = await connection.fetch(_BEGIN, list(places), list(places.values()), now, until, wall, list(REPEATABLE))
    return [
        Begun(Delivery(*row[:-2]), _decode(row["sealed"]) if row["sealed"] else None, row["silent"]) for row in rows
    ]


async def abandoned(connection: Connection, wall: datetime) -> list[Delivery]:
    """Attempts whose process is gone, on channels where a repeat would look like a first. Locked until commit."""
    return [Delivery(*row) for row in await connection.fetch(_ABANDONED, wall, list(REPEATABLE), AT_ONCE)]


async def expired(connection: Connection, now: datetime, wall: datetime) -> list[Delivery]:
    """What is no longer worth sending. Locked until commit."""
    return [Delivery(*row) for row in await connection.fetch(_EXPIRED, now, wall, AT_ONCE)]


async def end(connection: Connection, ended: Sequence[EndedAttempt]) -> None:
    """Write how attempts ended; one that somebody else has ended meanwhile stays as it is."""
    ordered = sorted(ended, key=lambda each: each.delivery)
    columns = ([getattr(each, name) for each in ordered] for name in EndedAttempt.__dataclass_fields__)
    await connection.execute(_END, *columns)


async def go_on(connection: Connection, given_up: Mapping[UUID, UUID], now: datetime) -> None:
    """Have these deliveries (id -> generation) go on by their next channel, where they were given up and have one."""
    await connection.execute(_ONWARD, list(given_up), list(given_up.values()), now)


async def close_webhooks(connection: Connection, urls: Mapping[str, str], wall: datetime) -> None:
    """Remember addresses (url -> partner) that answered 410."""
    await connection.execute(_CLOSE, list(urls), list(urls.values()), [wall] * len(urls))


async def closed_webhooks(connection: Connection) -> set[str]:
    return {row["url"] for row in await connection.fetch(_CLOSED)}


async def prune(connection: Connection, before: UUID) -> int:
    """Delete deliveries that have ended, of causes older than an id's moment, at most so many; returns how many.

    A delivery's id has the time of its cause: the journal forgets both at once, and the books miss neither.
    """
    status = await connection.execute(_PRUNE, before, AT_ONCE)
    return int(status.rsplit(" ", 1)[1])
