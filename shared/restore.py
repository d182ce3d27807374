"""After an older backup was restored: the journal does not know what was already told, our own topics do.

Outputs are read back from the service's own topics by their causation id. The causes come again (the offsets in the
database are older than the group's), states are decided again at the moment of then, and what goes out is what had
gone out: the same ids, the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from shared.contracts.ids import caused_id
from shared.database import Connection
from shared.decision import Record
from shared.rendering import Output

_SAVE = """
INSERT INTO recovered (cause, place, decided_at, output)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::bytea[]) ON CONFLICT DO NOTHING
"""
_LOAD = "SELECT cause, decided_at, output FROM recovered WHERE cause = ANY($1::uuid[]) ORDER BY cause, place"
MOST_PLACES = 64


class Decided(NamedTuple):
    """What a cause had brought about, and when."""

    decided_at: datetime
    outputs: list[Output]


class _Origin(msgspec.Struct):
    id: UUID
    causationid: UUID
    time: datetime


_origin = msgspec.json.Decoder(_Origin)
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Output).decode


class Recovered:
    """The recovered outputs of one batch. Costs nothing where nothing was ever recovered."""

    def __init__(self) -> None:
        self._any: bool | None = None
        self._found: dict[UUID, Decided] = {}

    async def load(self, connection: Connection, causes: Sequence[UUID]) -> None:
        if self._any is None:
            self._any = bool(await connection.fetchval("SELECT EXISTS (SELECT FROM recovered)"))
        self._found = {}
        if self._any:
            for row in await connection.fetch(_LOAD, causes):
                decided = self._found.setdefault(row["cause"], Decided(row["decided_at"], []))
                decided.outputs.append(_unpack(row["output"]))

    def outputs(self, cause: UUID) -> Decided | None:
        return self._found.get(cause)


async def refill(connection: Connection, service: str, records: Sequence[Record]) -> int:
    """Remember records of the service's own topics as outputs of their causes; returns how many."""
    rows = [row for record in records if (row := _row(service, record))]
    if rows:
        await connection.execute(_SAVE, *zip(*rows, strict=True))
    return len(rows)


def _row(service: str, record: Record) -> tuple[UUID, int, datetime, bytes] | None:
    if record.value is None:
        return None
    try:
        origin = _origin.decode(record.value)
    except msgspec.MsgspecError:
        return None
    places = (n for n in range(MOST_PLACES) if caused_id(origin.causationid, f"{service}/{n}") == origin.id)
    place = next(places, None)
    if place is None:
        return None
    key = UUID(record.key.decode()) if record.key and len(record.key) == 36 else None
    partition_key = key.int & 0xFFFFFFFF if key else None
    output = Output(record.topic, partition_key, record.key, record.value, record.headers)
    return origin.causationid, place, origin.time, _pack(output)
