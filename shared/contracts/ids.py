"""Identifiers that are computed, never drawn: the same cause gives the same id after any crash.

All are UUID version 8 (RFC 9562). The first 48 bits are milliseconds since 1970 where the thing has a time, so that
the indexes over them grow at their end; the rest is a hash. The low 32 bits are always hash bits: partitions are
chosen by them. They are made as asyncpg's own UUID, a subclass whose making, hash and text cost a sixth.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as FastUUID

_LOW = (1 << 80) - 1
_VERSION = 0x8 << 76
_VARIANT = 0x2 << 62
_CLEAR = ~((0xF << 76) | (0x3 << 62))


def _uuid8(milliseconds: int, digest: bytes) -> UUID:
    low = int.from_bytes(digest, "big") & _LOW
    return _made(((milliseconds << 80 | low) & _CLEAR) | _VERSION | _VARIANT)


def _made(number: int) -> UUID:
    made: UUID = FastUUID(number.to_bytes(16, "big"))
    return made


def milliseconds_of(identifier: UUID) -> int:
    """The time bits of a time-first id, in milliseconds since 1970."""
    return identifier.int >> 80


def time_of(identifier: UUID) -> datetime:
    """The time bits of a time-first id, as an aware UTC time."""
    return datetime.fromtimestamp(milliseconds_of(identifier) / 1000, UTC)


def lowest_at(when: datetime) -> UUID:
    """The smallest id of a moment: the bound between two partitions of time."""
    return _made(int(when.timestamp() * 1000) << 80)


def caused_id(cause: UUID, place: str) -> UUID:
    """The id of what `cause` brings about at `place` (an output's position, a referral's bank, …)."""
    return _uuid8(cause.int >> 80, blake2b(place.encode(), digest_size=10, key=cause.bytes).digest())


def timed_id(milliseconds: int, name: str) -> UUID:
    """The id of something that happened at a known time and has a unique name."""
    return _uuid8(milliseconds, blake2b(name.encode(), digest_size=10).digest())


def record_id(topic: str, partition: int, offset: int, timestamp: int) -> UUID:
    """The id of a Kafka record by its place; `timestamp` is the broker's, in milliseconds."""
    return timed_id(max(timestamp, 0), f"{topic}/{partition}/{offset}")


def demand_id(partner: str, source_id: str) -> UUID:
    """The id of a demand: a pure hash of who sent it and under what number, so that a second copy finds the first."""
    digest = blake2b(f"{partner}\x1f{source_id}".encode(), digest_size=16, person=b"demand").digest()
    return _made((int.from_bytes(digest, "big") & _CLEAR) | _VERSION | _VARIANT)


def county_id(code: str) -> UUID:
    """The key of what belongs to a county and to no household: a pure hash of its code."""
    return timed_id(0, f"county/{code}")


def partition_of(key: UUID, count: int) -> int:
    """The partition of a household (or other keyed thing): the low 32 bits of its id, modulo the count."""
    return (key.int & 0xFFFFFFFF) % count


def file_id(partner: str, demand: UUID, sha256: str) -> UUID:
    """The id of an evidence file: the same paper of the same demand, handed in twice, is one."""
    return demand_id(partner, f"\x1ffile\x1f{demand}\x1f{sha256}")
