"""Leaves to see an identity, the openings of them, and what the household allows now."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.notify.domain.disclosure import Disclosure
from services.notify.domain.states import Household
from shared.database import Connection

_BY_ID = """
SELECT id, household, demand, audience, recipient, holder, about, fields, reason, made_at, expires_at, ended
FROM disclosures WHERE id = $1
"""
_BY_RECIPIENT = """
SELECT id, household, demand, audience, recipient, holder, about, fields, reason, made_at, expires_at, ended
FROM disclosures WHERE demand = $1 AND (holder = $2 OR recipient = $2) ORDER BY ended, made_at DESC LIMIT 1
"""
_HOUSEHOLD = "SELECT body FROM states WHERE household = $1 AND subject = $1 AND kind = 'household'"
_SEALED = "SELECT sealed FROM contacts WHERE household = $1 AND demand = $2"
_PAPERS = "SELECT file, kind FROM papers WHERE household = $1 AND demand = $2 ORDER BY file"
_USED = "SELECT EXISTS (SELECT FROM openings WHERE token = $1)"
_USE = "INSERT INTO openings (token, disclosure, person, opened_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
_household = msgspec.msgpack.Decoder(Household).decode
_sealed = msgspec.msgpack.Decoder(dict[str, str]).decode


async def leave(connection: Connection, identifier: UUID) -> tuple[Disclosure, bool] | None:
    """A leave by its id, and whether it was taken back."""
    return _leave(await connection.fetchrow(_BY_ID, identifier))


async def leave_of(connection: Connection, demand: UUID, recipient: str) -> tuple[Disclosure, bool] | None:
    """The newest leave that a bank or authority has for a demand, one that still holds before others."""
    return _leave(await connection.fetchrow(_BY_RECIPIENT, demand, recipient))


def _leave(row: Any) -> tuple[Disclosure, bool] | None:
    if row is None:
        return None
    values = dict(row)
    ended = bool(values.pop("ended"))
    return Disclosure(**{**values, "fields": tuple(values["fields"])}), ended


async def household(connection: Connection, identifier: UUID) -> Household:
    body = await connection.fetchval(_HOUSEHOLD, identifier)
    return Household() if body is None else _household(body)


async def sealed(connection: Connection, identifier: UUID, demand: UUID) -> dict[str, str]:
    """What was sealed with a demand; empty where nothing is kept."""
    found = await connection.fetchval(_SEALED, identifier, demand)
    return {} if found is None else _sealed(found)


async def papers(connection: Connection, identifier: UUID, demand: UUID) -> list[tuple[UUID, str]]:
    """The papers of a demand, each with its kind, in the order of their ids."""
    return [(row["file"], row["kind"]) for row in await connection.fetch(_PAPERS, identifier, demand)]


async def is_used(connection: Connection, token: str) -> bool:
    return bool(await connection.fetchval(_USED, token))


async def use(connection: Connection, token: str, disclosure: UUID, person: str, now: datetime) -> bool:
    """Spend a token; false where it was spent before. Held until commit: of two at once, one waits and then fails."""
    status = await connection.execute(_USE, token, disclosure, person, now)
    return status.endswith(" 1")
