"""What a batch must know before it decides: each table in one query."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.intake.store.rows import Held, Link, Submission, Visit
from shared.database import Connection

_PLACES = "SELECT demand, household, survivor FROM submissions WHERE demand = ANY($1::uuid[])"
_OPEN = "SELECT household, purpose, demand FROM open_demands WHERE household = ANY($1::uuid[])"
_LINKS = "SELECT id, demand, household, party FROM links WHERE id = ANY($1::uuid[])"
_PARTIES = "SELECT id, demand, household, party FROM links WHERE household = ANY($1::uuid[])"
_SAYINGS = "SELECT id, fingerprint FROM sayings WHERE id = ANY($1::uuid[])"
_HELD = """
SELECT id, reference, partner, value FROM held_claims
WHERE reference = ANY($1::uuid[]) OR id = ANY($2::uuid[]) ORDER BY id
"""
_LIMITS = "SELECT unit, version FROM limits WHERE unit = ANY($1::text[])"
_VISITS = """
SELECT household, bank, visited_on FROM visits
WHERE household = ANY($1::uuid[]) AND visited_on >= $2 ORDER BY visited_on
"""
_PARTNERS = "SELECT body FROM partners WHERE partner = ANY($1::text[])"


async def places(connection: Connection, demands: Sequence[UUID]) -> dict[UUID, Submission]:
    rows = await connection.fetch(_PLACES, demands)
    return {row[0]: Submission(row[0], row[1], row[2], new=False) for row in rows}


async def open_demands(connection: Connection, households: Sequence[UUID]) -> dict[tuple[UUID, str], UUID]:
    return {(row[0], row[1]): row[2] for row in await connection.fetch(_OPEN, households)}


async def links(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Link]:
    return {row[0]: Link(*row) for row in await connection.fetch(_LINKS, ids)}


async def parties(connection: Connection, households: Sequence[UUID]) -> list[Link]:
    """All referrals and cases of these households."""
    return [Link(*row) for row in await connection.fetch(_PARTIES, households)]


async def sayings(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, bytes]:
    return {row[0]: row[1] for row in await connection.fetch(_SAYINGS, ids)}


async def held(connection: Connection, references: Sequence[UUID], ids: Sequence[UUID]) -> list[Held]:
    """Claims that wait for one of these, and those with these ids."""
    return [Held(*row) for row in await connection.fetch(_HELD, references, ids)]


async def limits(connection: Connection, units: Sequence[str]) -> dict[str, int]:
    return {row[0]: row[1] for row in await connection.fetch(_LIMITS, units)}


async def visits(connection: Connection, households: Sequence[UUID], since: date) -> list[Visit]:
    return [Visit(*row) for row in await connection.fetch(_VISITS, households, since)]


async def partner_bodies(connection: Connection, partners: Sequence[str]) -> list[bytes]:
    return [row[0] for row in await connection.fetch(_PARTNERS, partners)]
