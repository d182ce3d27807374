"""What the loop reads and writes: deliveries, sealed contacts, deferred events, leaves to see an identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.notify.domain.contacts import Forgotten, KeptContact, KeptPaper, Silenced
from services.notify.domain.delivery import Delivery, State
from services.notify.domain.disclosure import Disclosure, TakenBack
from shared.database import Connection
from shared.errors import Stale

# Columns stand in the order of the fields of Delivery.
_INSERT = """
INSERT INTO deliveries (
    id, cause, cause_type, household, demand, audience, recipient, channel, lane, template, language, state, attempt,
    made_at, due_at, expires_at, number, reason, content, simulated, "then"
)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::int[], $14::timestamptz[], $15::timestamptz[],
    $16::timestamptz[], $17::text[], $18::text[], $19::bytea[], $20::boolean[], $21::text[])
ON CONFLICT (id) DO NOTHING
"""
_BY_ID = """
SELECT
    id, cause, cause_type, household, demand, audience, recipient, channel, lane, template, language, state, attempt,
    made_at, due_at, expires_at, number, reason, content, simulated, "then"
FROM deliveries WHERE id = ANY($1::uuid[])
"""
_BY_NUMBER = """
SELECT
    id, cause, cause_type, household, demand, audience, recipient, channel, lane, template, language, state, attempt,
    made_at, due_at, expires_at, number, reason, content, simulated, "then"
FROM deliveries WHERE number = ANY($1::text[])
"""
_COLLECTED = """
SELECT
    id, cause, cause_type, household, demand, audience, recipient, channel, lane, template, language, state, attempt,
    made_at, due_at, expires_at, number, reason, content, simulated, "then"
FROM deliveries WHERE household = ANY($1::uuid[]) AND channel = 'digest' AND state = 'pending'
"""
# What is sent again starts anew: due at once, with time to try.
_SETTLE = """
UPDATE deliveries SET state = settled.state, reason = settled.reason,
    attempt = coalesce(settled.attempt, deliveries.attempt),
    not_before = CASE WHEN settled.until IS NULL THEN not_before ELSE '-infinity' END,
    expires_at = coalesce(settled.until, expires_at)
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[])
    AS settled (id, before, state, reason, attempt, until)
WHERE deliveries.id = settled.id AND deliveries.state = settled.before
"""
_KEEP = """
INSERT INTO contacts (household, demand, sealed) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[])
ON CONFLICT (household, demand) DO UPDATE SET sealed = excluded.sealed
"""
_SEALED_WITH = """
SELECT demand, sealed FROM contacts JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (household, demand)
    USING (household, demand)
"""
_KEEP_PAPERS = """
INSERT INTO papers (household, demand, file, kind) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
ON CONFLICT DO NOTHING
"""
_FORGET_PAPERS = "DELETE FROM papers WHERE household = ANY($1::uuid[])"
_FORGET = "DELETE FROM contacts WHERE household = ANY($1::uuid[])"
_SILENCE = "INSERT INTO silenced SELECT * FROM unnest($1::uuid[]) ON CONFLICT DO NOTHING"
_UNSILENCE = "DELETE FROM silenced WHERE household = ANY($1::uuid[])"
_DEFER = """
INSERT INTO deferred (cause, household, demand, value)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[]) ON CONFLICT DO NOTHING
"""
_DEFERRED = "SELECT cause, household, demand, value FROM deferred WHERE demand = ANY($1::uuid[])"
_CAUGHT_UP = "DELETE FROM deferred WHERE cause = ANY($1::uuid[])"
_LEAVE = """
INSERT INTO disclosures (id, household, demand, audience, recipient, holder, about, fields, reason, made_at, expires_at)
SELECT id, household, demand, audience, recipient, holder, about, string_to_array(fields, ','), reason, made, expires
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::text[],
    $10::timestamptz[], $11::timestamptz[])
    AS leave (id, household, demand, audience, recipient, holder, about, fields, reason, made, expires)
ON CONFLICT (id) DO NOTHING
"""
_TAKE_BACK = """
UPDATE disclosures SET ended = true FROM unnest($1::uuid[], $2::text[]) AS gone (about, holder)
WHERE disclosures.about = gone.about AND disclosures.holder = gone.holder AND NOT ended
"""
encode = msgspec.msgpack.Encoder().encode
_sealed = msgspec.msgpack.Decoder(dict[str, str]).decode


@dataclass(frozen=True, slots=True)
class Deferred:
    """An event that waits for its demand, byte for byte."""

    cause: UUID
    household: UUID
    demand: UUID
    value: bytes


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """It was told at last."""

    cause: UUID
    demand: UUID


@dataclass(frozen=True, slots=True)
class Settled:
    """A receipt, a morning or an operator moved a delivery from one state to another.

    `attempt` where a telephone call counts as one; `until`: it is sent again, at once, and is worth it until then.
    """

    delivery: UUID
    before: State
    state: State
    reason: str | None = None
    attempt: int | None = None
    until: datetime | None = None


def delivery_of(row: Any) -> Delivery:
    return Delivery(*row)


async def deferred(connection: Connection, demands: Sequence[UUID]) -> list[Deferred]:
    """What waits for these demands."""
    return [Deferred(*row) for row in await connection.fetch(_DEFERRED, demands)]


async def deliveries(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Delivery]:
    return {row["id"]: delivery_of(row) for row in await connection.fetch(_BY_ID, ids)}


async def collected(connection: Connection, households: Sequence[UUID]) -> list[Delivery]:
    """What waits for the morning of these households."""
    return [delivery_of(row) for row in await connection.fetch(_COLLECTED, households)]


async def sealed_with(connection: Connection, places: Sequence[tuple[UUID, UUID]]) -> dict[UUID, dict[str, str]]:
    """What was sealed with these (demand, household), by demand; ciphertext."""
    demands, households = zip(*places, strict=True) if places else ((), ())
    rows = await connection.fetch(_SEALED_WITH, households, demands)
    return {row["demand"]: _sealed(row["sealed"]) for row in rows}


async def sealed_fields(connection: Connection, deliveries: Sequence[Delivery]) -> dict[UUID, tuple[str, ...]]:
    """What was sealed with the demands of these deliveries, by name."""
    places = [(each.demand, each.household) for each in deliveries]
    found = await sealed_with(connection, places) if places else {}
    return {demand: tuple(sorted(sealed)) for demand, sealed in found.items()}


async def numbered(connection: Connection, numbers: Sequence[str]) -> list[Delivery]:
    """Deliveries by the number that their channel gave the message."""
    return [delivery_of(row) for row in await connection.fetch(_BY_NUMBER, numbers)]


async def save(connection: Connection, rows: Sequence[Any]) -> None:
    """Write a batch's rows, each table sorted and at once. Raises Stale where a delivery has moved on meanwhile."""
    by_type: dict[type, list[Any]] = {}
    for row in rows:
        by_type.setdefault(type(row), []).append(row)
    if made := by_type.get(Delivery):
        await connection.execute(_INSERT, *zip(*sorted(made), strict=True))
    await _save_contacts(connection, rows)
    # An event may be deferred and caught up with in one batch: the deletion comes last.
    if early := by_type.get(Deferred):
        await connection.execute(_DEFER, *_columns(early, "cause"))
    if caught := by_type.get(CaughtUp):
        await connection.execute(_CAUGHT_UP, sorted(row.cause for row in caught))
    if leaves := by_type.get(Disclosure):
        columns = _columns(leaves, "id")
        columns[7] = [",".join(fields) for fields in columns[7]]
        await connection.execute(_LEAVE, *columns)
    if taken := by_type.get(TakenBack):
        await connection.execute(_TAKE_BACK, *_columns(taken, "about"))
    if settled := by_type.get(Settled):
        status = await connection.execute(_SETTLE, *_columns(settled, "delivery"))
        if int(status.rsplit(" ", 1)[1]) != len(settled):
            raise Stale("a delivery has moved on since it was looked at")


async def _save_contacts(connection: Connection, rows: Sequence[Any]) -> None:
    """The last word of the batch on each contact: kept, forgotten, silenced or not."""
    kept: dict[tuple[UUID, UUID], bytes] = {}
    papers: dict[UUID, KeptPaper] = {}
    gone: set[UUID] = set()
    silent: dict[UUID, bool] = {}
    for row in rows:
        if isinstance(row, KeptContact):
            kept[row.household, row.demand] = encode(row.sealed)
        elif isinstance(row, KeptPaper):
            papers[row.file] = row
        elif isinstance(row, Forgotten):
            gone.add(row.household)
            papers = {file: paper for file, paper in papers.items() if paper.household != row.household}
            kept = {place: sealed for place, sealed in kept.items() if place[0] != row.household}
        elif isinstance(row, Silenced):
            silent[row.household] = row.silent
    if gone:
        await connection.execute(_FORGET, sorted(gone))
        await connection.execute(_FORGET_PAPERS, sorted(gone))
    if papers:
        await connection.execute(_KEEP_PAPERS, *_columns(list(papers.values()), "file"))
    if kept:
        places = sorted(kept)
        households, demands = zip(*places, strict=True)
        await connection.execute(_KEEP, households, demands, [kept[place] for place in places])
    if quiet := sorted(household for household, silence in silent.items() if silence):
        await connection.execute(_SILENCE, quiet)
    if heard := sorted(household for household, silence in silent.items() if not silence):
        await connection.execute(_UNSILENCE, heard)


def _columns(rows: Sequence[Any], key: str) -> list[list[Any]]:
    """Frozen dataclasses as columns in the order of their fields, sorted by one of them."""
    ordered = sorted(rows, key=lambda row: getattr(row, key))
    return [[getattr(row, name) for row in ordered] for name in rows[0].__dataclass_fields__]
