"""After an older backup was restored: the journal does not know what was already told, our own topics do.

Outputs are read back from the service's own topics by their causation id. The causes come again (the offsets in the
database are older than the group's), states are decided again at the moment of then, and what was told stands as it
was told: the same ids, the same bytes, and not said again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import NamedTuple
from uuid import UUID

import msgspec

from shared.contracts.ids import caused_id
from shared.database import Connection
from shared.decision import Record
from shared.rendering import Output, pack_one, unpack_one
from shared.telemetry import RESTORED, logger

# What the journal knows need not be learnt.
_SAVE = """
INSERT INTO recovered (cause, place, decided_at, output)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::bytea[]) AS new (cause, place, decided_at, output)
WHERE NOT EXISTS (SELECT FROM journal WHERE journal.id = new.cause)
ON CONFLICT DO NOTHING
"""
_LOAD = "SELECT cause, place, decided_at, output FROM recovered WHERE cause = ANY($1::uuid[])"
_NEWEST = "SELECT max(decided_at) FROM journal"
PLACES = tuple(chain(range(64), range(1001, 1065)))
"""Where an output can stand among those of its cause: in a decision, or as the end of an attempt to send."""
MARGIN = timedelta(minutes=10)
"""Members and transactions are not exactly in step: what is this much older than the newest of the journal is in it."""


class Decided(NamedTuple):
    """What a cause had brought about, by place, and when."""

    decided_at: datetime
    outputs: dict[int, Output]


class _Origin(msgspec.Struct):
    id: UUID
    causationid: UUID
    time: datetime


class _Said(msgspec.Struct):
    type: str = ""
    subject: str = ""
    sequence: str = ""


_origin = msgspec.json.Decoder(_Origin)
_said = msgspec.json.Decoder(_Said)


class Recovered:
    """The recovered outputs of one batch. Costs nothing where nothing was ever recovered."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._any: bool | None = None
        self._found: dict[UUID, Decided] = {}

    async def load(self, connection: Connection, causes: Callable[[], Sequence[UUID]]) -> Mapping[UUID, UUID]:
        """Fetch what these causes had brought about; returns under which key each was answered."""
        if self._any is None:
            self._any = bool(await connection.fetchval("SELECT EXISTS (SELECT FROM recovered)"))
        self._found = {}
        if self._any:
            for cause, place, decided_at, output in await connection.fetch(_LOAD, causes()):
                decided = self._found.setdefault(cause, Decided(decided_at, {}))
                decided.outputs[place] = unpack_one(output)
        keys = {cause: _key(output.key) for cause, found in self._found.items() for output in found.outputs.values()}
        return {cause: key for cause, key in keys.items() if key}

    def decided_at(self, cause: UUID) -> datetime | None:
        """When it was decided before, if it was."""
        found = self._found.get(cause)
        return found.decided_at if found else None

    def settle(self, cause: UUID, rendered: list[Output]) -> tuple[list[Output], list[Output]]:
        """What the journal is to hold for a cause, and what of it was never said.

        What was told stands. Only where the decision is the same as then may the rest of it, which a crash had kept
        back, still be said; another one is counted, because the state may now differ from what was told.
        """
        found = self._found.get(cause)
        if found is None:
            return rendered, rendered
        told = found.outputs
        outcome = _compared(told, rendered)
        RESTORED.labels(self._service, outcome).inc()
        if outcome == "other":
            logger.warning("decided_otherwise", cause=str(cause))
            return [told[place] for place in sorted(told)], []
        outputs = [told.get(place, output) for place, output in enumerate(rendered)]
        return outputs, [output for place, output in enumerate(rendered) if place not in told]


def _compared(told: Mapping[int, Output], rendered: Sequence[Output]) -> str:
    """`same`: byte for byte; `alike`: the same events of the same revisions; `other`."""
    pairs = [(output, rendered[place] if place < len(rendered) else None) for place, output in told.items()]
    if all(now is not None and now.value == then.value for then, now in pairs):
        return "same"
    return "alike" if all(now is not None and _alike(then, now) for then, now in pairs) else "other"


def _alike(one: Output, other: Output) -> bool:
    return (one.topic, one.key, _says(one)) == (other.topic, other.key, _says(other))


def _says(output: Output) -> _Said | None:
    try:
        return _said.decode(output.value or b"")
    except msgspec.MsgspecError:
        return None


async def newest(connection: Connection) -> datetime | None:
    """From when on our own topics may hold what the journal does not; None: from the beginning."""
    found: datetime | None = await connection.fetchval(_NEWEST)
    return found - MARGIN if found else None


async def refill(connection: Connection, service: str, records: Sequence[Record], since: datetime | None = None) -> int:
    """Remember records of the service's own topics as outputs of their causes; returns how many were looked at."""
    rows = [row for record in records if (row := _row(service, record)) and (since is None or row[2] >= since)]
    if rows:
        await connection.execute(_SAVE, *zip(*rows, strict=True))
    return len(rows)


def _row(service: str, record: Record) -> tuple[UUID, int, datetime, bytes] | None:
    origin = _letter_of(record) or _place_of(service, record)
    if origin is None:
        return None
    key = _key(record.key)
    output = Output(record.topic, key.int & 0xFFFFFFFF if key else None, record.key, record.value, record.headers)
    return *origin, pack_one(output)


def _place_of(service: str, record: Record) -> tuple[UUID, int, datetime] | None:
    """Of which cause it is, at which place, from when."""
    try:
        origin = _origin.decode(record.value or b"")
    except msgspec.MsgspecError:
        return None
    places = (n for n in PLACES if caused_id(origin.causationid, f"{service}/{n}") == origin.id)
    place = next(places, None)
    return None if place is None else (origin.causationid, place, origin.time)


def _letter_of(record: Record) -> tuple[UUID, int, datetime] | None:
    """A dead letter is found by its own id: its record has none."""
    named = next((value for name, value in record.headers if name == "dlq-id"), None)
    if named is None:
        return None
    return UUID(named.decode()), 0, datetime.fromtimestamp(record.timestamp / 1000, UTC)


def _key(key: bytes | None) -> UUID | None:
    return UUID(key.decode()) if key and len(key) == 36 else None
