"""Cases as somebody outside asks for them: by number, obstacle, county and time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.escalation.settings import EscalationSettings
from shared.database import LOST, Database

_FIND = """
SELECT id, obstacle, county, authority, unit, state, since, opened_at, due_at, ended_at, paused_days
FROM cases
WHERE ($1::uuid[] = '{}' OR id = ANY($1)) AND ($2::text[] = '{}' OR obstacle = ANY($2))
  AND ($3::text IS NULL OR county = $3)
  AND ($4::timestamptz IS NULL OR since >= $4) AND ($5::timestamptz IS NULL OR since <= $5)
  AND ($6::bool IS NULL OR (ended_at IS NULL) = $6)
ORDER BY since DESC, id LIMIT $7
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for; an empty list takes everything, and so does None."""

    ids: Sequence[UUID] = ()
    obstacles: Sequence[str] = ()
    county: str | None = None
    begin: datetime | None = None
    end: datetime | None = None
    is_open: bool | None = None
    most: int = 1


class Found(NamedTuple):
    """One case, without its household."""

    id: UUID
    obstacle: str
    county: str
    authority: str
    unit: str | None
    state: str
    since: datetime
    opened_at: datetime | None
    due_at: datetime | None
    ended_at: datetime | None
    paused_days: int


class Cases:
    """Finds cases, on a connection of its own."""

    def __init__(self, settings: EscalationSettings) -> None:
        self._database = Database(settings.postgres, "escalation", "escalation-finding")
        self._turn = asyncio.Lock()

    async def find(self, asked: Asked) -> list[Found]:
        """At most `asked.most`, the newest first. Raises one of LOST where the database is away."""
        columns = (list(asked.ids), list(asked.obstacles), asked.county, asked.begin, asked.end, asked.is_open)
        async with self._turn:
            connection = await self._database.connection()
            return [Found(*row) for row in await connection.fetch(_FIND, *columns, asked.most)]

    def lost(self) -> None:
        """The database went away: connect anew."""
        self._database.lost()

    async def close(self) -> None:
        """A server that is away is not waited for."""
        with suppress(*LOST):
            await self._database.close()
