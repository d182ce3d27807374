"""What people and partners look at: deliveries as a list, what each recipient's came to, a partner's own notices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from services.notify.domain.delivery import Content
from shared.database import Connection

# Nothing of the content: that is what the message says.
_LIST = """
SELECT id, state, audience, recipient, channel, "then", attempt, reason, cause_type, demand, template, made_at, due_at,
    expires_at
FROM deliveries
WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR channel = $2) AND ($3::text IS NULL OR recipient = $3)
    AND ($4::uuid IS NULL OR demand = $4)
ORDER BY id DESC LIMIT $5
"""
# Households and doors have their own counts; what is asked for here is who of the others heard.
_SUMMARY = """
SELECT CASE WHEN audience = 'household' THEN 'households' ELSE recipient END AS recipient, channel,
    count(*) FILTER (WHERE state = 'sent') AS sent,
    sum(greatest(attempt - 1, 0)) FILTER (WHERE channel NOT IN ('door', 'call_list')) AS retried,
    count(*) FILTER (WHERE state = 'held') AS held,
    count(*) FILTER (WHERE state = 'failed') AS given_up,
    count(*) FILTER (WHERE state = 'pending') AS waiting
FROM deliveries GROUP BY 1, 2 ORDER BY 1, 2
"""
_IDS = "SELECT id FROM deliveries WHERE recipient = $1 AND channel = 'webhook' AND state = 'sent' ORDER BY id"
_STATES = "SELECT id, state, channel FROM deliveries WHERE id = ANY($1::uuid[])"
# Published by the sweeper, decided by the loop: an operator's word is one more deadline that is due now.
_RETRY = """
INSERT INTO deadlines (household, subject, kind, generation, due_at)
SELECT household, id, 'retry', gen_random_uuid(), $2 FROM deliveries WHERE id = ANY($1::uuid[])
ON CONFLICT (household, subject, kind)
DO UPDATE SET generation = excluded.generation, due_at = excluded.due_at, fired_at = NULL
"""
# In the order in which they were written, up to the oldest transaction that still writes: a row that appears later can
# only stand behind the cursor. What waits for a webhook stands here too; what it gives up becomes a feed's own.
_FED = """
SELECT written_in, id, content FROM deliveries
WHERE recipient = $1 AND (channel = 'feed' OR channel = 'webhook' AND state = 'pending')
    AND (written_in, id) > ($2::bigint, $3::uuid)
    AND written_in < pg_snapshot_xmin(pg_current_snapshot())::text::bigint AND content IS NOT NULL
ORDER BY written_in, id LIMIT $4
"""
_decode = msgspec.msgpack.Decoder(Content).decode


async def listed(
    connection: Connection,
    state: str | None,
    channel: str | None,
    recipient: str | None,
    demand: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """The newest deliveries that fit."""
    return [dict(row) for row in await connection.fetch(_LIST, state, channel, recipient, demand, limit)]


async def summary(connection: Connection) -> list[dict[str, Any]]:
    """By recipient and channel: sent, retried, held, given up, waiting."""
    return [{**row, "retried": int(row["retried"] or 0)} for row in await connection.fetch(_SUMMARY)]


async def sent_by_webhook(connection: Connection, recipient: str) -> list[UUID]:
    """What a partner's webhook has taken."""
    return [row["id"] for row in await connection.fetch(_IDS, recipient)]


async def states(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """State and channel of deliveries."""
    return {row["id"]: (row["state"], row["channel"]) for row in await connection.fetch(_STATES, ids)}


async def ask_again(connection: Connection, ids: Sequence[UUID], now: datetime) -> None:
    """Have these sent again."""
    await connection.execute(_RETRY, ids, now)


class Cursor(NamedTuple):
    """How far a partner has fetched: the transaction that wrote the last row, and its id."""

    transaction: int
    delivery: UUID


async def fed(connection: Connection, recipient: str, after: Cursor, limit: int) -> list[tuple[Cursor, bytes]]:
    """A partner's notices that it can fetch, the oldest first: those of its feed, and what its webhook did not take."""
    rows = await connection.fetch(_FED, recipient, *after, limit)
    return [(Cursor(row["written_in"], row["id"]), _decode(row["content"]).body or b"") for row in rows]
