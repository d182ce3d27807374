"""The registry of partners: the table first, then the topic, then the mark that the topic has it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from shared.database import Connection
from shared.errors import Stale

_ALL = "SELECT partner, version, changed_at, body, published FROM partners ORDER BY partner"
_ONE = "SELECT partner, version, changed_at, body, published FROM partners WHERE partner = $1"
_WRITE = """
INSERT INTO partners (partner, version, changed_at, body) VALUES ($1, $2, $3, $4)
ON CONFLICT (partner) DO UPDATE
SET version = excluded.version, changed_at = excluded.changed_at, body = excluded.body
WHERE partners.version = excluded.version - 1
"""
_PUBLISHED = "UPDATE partners SET published = $2 WHERE partner = $1 AND published < $2"


class Registered(NamedTuple):
    """One partner as it is now; `published` is the version that the topic has."""

    partner: str
    version: int
    changed_at: datetime
    body: bytes
    published: int


async def registered(connection: Connection, partner: str | None = None) -> list[Registered]:
    rows = await (connection.fetch(_ALL) if partner is None else connection.fetch(_ONE, partner))
    return [Registered(*row) for row in rows]


async def write(connection: Connection, partner: str, version: int, changed_at: datetime, body: bytes) -> None:
    """Raises Stale where somebody else has changed the same partner meanwhile."""
    status = await connection.execute(_WRITE, partner, version, changed_at, body)
    if status.rsplit(" ", 1)[1] != "1":
        raise Stale(f"{partner} was changed by somebody else at the same time: try again")


async def mark_published(connection: Connection, partner: str, version: int) -> None:
    await connection.execute(_PUBLISHED, partner, version)
