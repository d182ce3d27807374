"""Rotation of the master key (主密钥轮换): every key that an older master key wrapped is wrapped by the first one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from shared.database import Connection
from shared.vault.cipher import MasterKeys

AT_ONCE = 2_000

_HOUSEHOLDS = "SELECT household, wrapped FROM data_keys WHERE household > $1 ORDER BY household LIMIT $2"
_REWRAP_HOUSEHOLDS = """
UPDATE data_keys SET wrapped = new.wrapped
FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS new (id, before, wrapped)
WHERE household = new.id AND data_keys.wrapped = new.before
"""
_SERVICES = "SELECT name, wrapped FROM service_keys"
_REWRAP_SERVICES = """
UPDATE service_keys SET wrapped = new.wrapped
FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS new (id, before, wrapped)
WHERE name = new.id AND service_keys.wrapped = new.before
"""


class Rotated(NamedTuple):
    """Keys that are there, and those of them that were wrapped anew."""

    keys: int = 0
    rewrapped: int = 0


async def rewrap(connection: Connection, masters: MasterKeys, *, dry_run: bool = False) -> Rotated:
    """Wrap all keys by the first master key; broken off it is simply done again. What is sealed under the keys stays
    as it is. `dry_run`: only count. Raises SealBroken where a key was wrapped by none of the master keys."""
    rows = [(row["name"], row["wrapped"]) for row in await connection.fetch(_SERVICES)]
    total = await _rewrap(connection, masters, rows, _REWRAP_SERVICES, str.encode, dry_run)
    last: Any = "00000000-0000-0000-0000-000000000000"
    while rows := [(row["household"], row["wrapped"]) for row in await connection.fetch(_HOUSEHOLDS, last, AT_ONCE)]:
        done = await _rewrap(connection, masters, rows, _REWRAP_HOUSEHOLDS, lambda household: household.bytes, dry_run)
        total = Rotated(total.keys + done.keys, total.rewrapped + done.rewrapped)
        last = rows[-1][0]
    return total


async def _rewrap(
    connection: Connection,
    masters: MasterKeys,
    rows: Sequence[tuple[Any, bytes]],
    query: str,
    place_of: Callable[[Any], bytes],
    dry_run: bool,
) -> Rotated:
    """A key that was erased meanwhile stays erased: the update finds nothing."""
    old = [(name, wrapped) for name, wrapped in rows if not masters.is_newest(wrapped)]
    if old and not dry_run:
        names, before = zip(*old, strict=True)
        new = [masters.rewrap(wrapped, place_of(name)) for name, wrapped in old]
        await connection.execute(query, names, before, new)
    return Rotated(len(rows), len(old))
