"""From a decision to the bytes that are journalled and published: the same cause gives the same bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from shared.contracts.envelope import CONTENT_TYPE, sequence_of
from shared.contracts.ids import caused_id
from shared.decision import Emit

Headers = tuple[tuple[str, bytes | None], ...]


class Output(NamedTuple):
    """One record to publish. `partition_key` is the low 32 bits that choose the partition, or None: partition 0."""

    topic: str
    partition_key: int | None
    key: bytes | None
    value: bytes | None
    headers: Headers


class _Envelope(msgspec.Struct, omit_defaults=True):
    id: UUID
    source: str
    type: str
    subject: UUID | str
    time: datetime
    partitionkey: UUID | str
    correlationid: str
    causationid: UUID
    sequence: str
    actor: str
    data: msgspec.Raw
    specversion: str | msgspec.UnsetType = msgspec.UNSET
    datacontenttype: str | msgspec.UnsetType = msgspec.UNSET
    traceparent: str | None = None
    simulated: bool = False


class Cause(NamedTuple):
    """What an output says of its origin."""

    id: UUID
    correlation: str
    traceparent: str | None


_encode = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Output]).decode
_unpack_one = msgspec.msgpack.Decoder(Output).decode
_headers: dict[str, Headers] = {}


def headers_of(type_name: str) -> Headers:
    """The CloudEvents content type, and the type again so that a reader may skip a record unread."""
    found = _headers.get(type_name)
    if found is None:
        found = _headers[type_name] = (("content-type", CONTENT_TYPE), ("ce_type", type_name.encode()))
    return found


def render(service: str, emit: Emit, place: int, cause: Cause, now: datetime) -> Output:
    """One event's bytes. Its id is computed from its cause and its place among the cause's outputs."""
    data: Any = emit.data
    value = _encode(
        _Envelope(
            id=caused_id(cause.id, f"{service}/{place}"),
            source=f"/freshwater/{service}",
            type=data.TYPE,
            subject=emit.subject,
            time=now,
            partitionkey=emit.key_text or emit.key,
            correlationid=cause.correlation,
            causationid=cause.id,
            sequence=sequence_of(emit.revision),
            actor=emit.actor or f"service:{service}",
            data=msgspec.Raw(data.__pydantic_serializer__.to_json(data, exclude_none=True)),
            specversion="1.0",
            datacontenttype="application/json",
            traceparent=cause.traceparent,
            simulated=emit.simulated,
        )
    )
    key = (emit.key_text or str(emit.key)).encode()
    return Output(emit.topic, emit.key.int & 0xFFFFFFFF, key, value, headers_of(data.TYPE))


def pack(outputs: list[Output]) -> bytes | None:
    """Outputs as one column of the journal: bytea, not jsonb, which costs the database half as much again."""
    return _pack(outputs) if outputs else None


def unpack(packed: bytes | None) -> list[Output]:
    """The outputs of a journal row, byte for byte as they were."""
    return _unpack(packed) if packed else []


def pack_one(output: Output) -> bytes:
    """One output as a column."""
    return _pack(output)


def unpack_one(packed: bytes) -> Output:
    """Byte for byte as it was."""
    return _unpack_one(packed)
