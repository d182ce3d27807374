"""What the books ask of a service's journal: what became of the events it took, and which outputs must be on Kafka.

An output is known by a digest of its bytes: so two sides are compared without either holding the other's records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from shared.database import Connection
from shared.rendering import Headers, Output, unpack

Offsets = dict[str, dict[int, int]]
"""Topic -> partition -> offset."""
ROWS_AT_ONCE = 2000
PATIENCE_SECONDS = 600.0
LETTER = "letter"
"""What a dead letter is called among the types of outputs; it has none of its own."""

# Rows that no range describes yet are read by every search: let them be described first. An auditor's role, which may
# only read, leaves that to the owner.
_SUMMARIZE = """
SELECT brin_summarize_new_values(relation.oid) FROM pg_class AS relation JOIN pg_am ON pg_am.oid = relam
WHERE amname = 'brin' AND relkind = 'i' AND relnamespace = current_schema()::regnamespace
AND pg_has_role(relowner, 'USAGE')
"""
_ROWS = """
SELECT id, topic, partition, "offset", type, outcome, outputs FROM journal WHERE transaction >= $1
"""
_CAUSES = "SELECT id, outputs FROM journal WHERE id = ANY($1::uuid[])"
# All transactions before this one have ended: what they wrote is in this view or never will be.
_OLDEST = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class Ask(msgspec.Struct, kw_only=True):
    """What the books want to know.

    `since`: rows of records before these offsets were counted already; no transaction before `transaction` wrote any
    other. `committed`: what the service's groups have committed, so that the outputs of what lies before must stand on
    Kafka. `causes`: events to look up. `named`: digests whose outputs are to be named. `subjects`: kinds of states to
    list. `events`: events of which the service's own list says which it does not show.
    """

    since: Offsets = {}
    transaction: int = 0
    committed: Offsets = {}
    causes: list[UUID] = []
    named: set[int] = set()
    subjects: list[str] = []
    events: list[UUID] = []


class Became(msgspec.Struct, frozen=True):
    """So many records of a topic and type, with this outcome, made outputs of these types."""

    topic: str
    type: str
    outcome: str
    told: tuple[str, ...]
    n: int


class Open(msgspec.Struct, frozen=True):
    """An output that may not stand on Kafka yet, and the place of the record that caused it."""

    digest: int
    topic: str
    partition: int
    offset: int


class Ledger(msgspec.Struct):
    """The answer. `sure` and `open` are by the topic that the outputs go to."""

    transaction: int = 0
    became: list[Became] = []
    sure: dict[str, list[int]] = {}
    open: dict[str, list[Open]] = {}
    causes: dict[str, list[int]] = {}
    names: dict[int, str] = {}


def digest_of(value: bytes | None, headers: Headers) -> int:
    """64 bits of a record's bytes; of a dead letter, whose bytes are another's, of its id too."""
    letter = b""
    for name, text in headers:
        if name == "dlq-id":
            letter = text or b""
    return int.from_bytes(blake2b(value or b"", digest_size=8, key=letter[:64]).digest(), "big")


def type_in(headers: Headers) -> str:
    """The type that a record's headers name."""
    for name, text in headers:
        if name == "dlq-id":
            return LETTER
        if name == "ce_type" and text is not None:
            return text.decode("utf-8", "replace")
    return ""


@dataclass(slots=True)
class Collected:
    """What the rows come to, one after another."""

    ask: Ask
    watermarks: Offsets
    became: Counter[tuple[str, str, str, tuple[str, ...]]] = field(default_factory=Counter)
    sure: dict[str, list[int]] = field(default_factory=dict)
    open: dict[str, list[Open]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def take(self, row: Sequence[Any]) -> None:
        """Count a row, if it lies between what was counted and the watermark."""
        identifier, topic, partition, offset, kind, outcome, packed = row
        if not at(self.ask.since, topic, partition) <= offset < at(self.watermarks, topic, partition):
            return
        outputs = unpack(packed)
        told = tuple(sorted({type_in(output.headers) for output in outputs}))
        self.became[topic, kind, outcome, told] += 1
        sure = offset < at(self.ask.committed, topic, partition)
        for output in outputs:
            digest = digest_of(output.value, output.headers)
            if sure:
                self.sure.setdefault(output.topic, []).append(digest)
            else:
                self.open.setdefault(output.topic, []).append(Open(digest, topic, partition, offset))
            if digest in self.ask.named:
                self.names[digest] = _name(output, identifier, topic, partition, offset)

    def ledger(self, transaction: int) -> Ledger:
        became = [Became(*key, n) for key, n in self.became.items()]
        return Ledger(transaction, became, self.sure, self.open, {}, self.names)


def at(offsets: Mapping[str, Mapping[int, int]], topic: str, partition: int) -> int:
    """The offset of one partition; 0 where there is none."""
    return offsets.get(topic, {}).get(partition, 0)


def _name(output: Output, cause: UUID, topic: str, partition: int, offset: int) -> str:
    kind = type_in(output.headers)
    return f"{kind} caused by {cause} ({topic}/{partition}/{offset})"


async def summarize(connection: Connection) -> None:
    """Let the journal's index know its newest rows. Not inside a transaction that may only read."""
    await connection.execute(_SUMMARIZE, timeout=PATIENCE_SECONDS)


async def ledger(connection: Connection, ask: Ask, watermarks: Offsets) -> Ledger:
    """Read the journal as far as the watermarks. Inside a transaction that sees one moment."""
    collected = Collected(ask, watermarks)
    async for row in _rows(connection, ask.transaction):
        collected.take(tuple(row))
    found = collected.ledger(int(await connection.fetchval(_OLDEST)))
    if ask.causes:
        rows = await connection.fetch(_CAUSES, ask.causes, timeout=PATIENCE_SECONDS)
        found.causes = {
            str(row["id"]): [digest_of(output.value, output.headers) for output in unpack(row["outputs"])]
            for row in rows
        }
    return found


async def _rows(connection: Connection, transaction: int) -> AsyncIterator[asyncpg.Record]:
    cursor = await connection.cursor(_ROWS, transaction, timeout=PATIENCE_SECONDS)
    while rows := await cursor.fetch(ROWS_AT_ONCE, timeout=PATIENCE_SECONDS):
        for row in rows:
            yield row
