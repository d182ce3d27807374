"""Deadlines: set and cleared in the loop's transaction, fired by the sweeper, gone with the decision on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.contracts.ids import timed_id
from shared.database import Connection
from shared.decision import ClearDeadline, Deadline

_SET = """
INSERT INTO deadlines (household, subject, kind, generation, due_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[])
ON CONFLICT (household, subject, kind)
DO UPDATE SET generation = excluded.generation, due_at = excluded.due_at, fired_at = NULL
"""
_CLEAR = """
DELETE FROM deadlines USING unnest($1::uuid[], $2::uuid[], $3::text[]) AS gone (household, subject, kind)
WHERE (deadlines.household, deadlines.subject, deadlines.kind) = (gone.household, gone.subject, gone.kind)
"""
_GENERATIONS = """
SELECT household, subject, kind, generation FROM deadlines
JOIN unnest($1::uuid[], $2::uuid[], $3::text[]) AS wanted (household, subject, kind) USING (household, subject, kind)
"""
# SKIP LOCKED: a row that the loop is changing at this moment is left for the next round, and two members that sweep
# the same table never take the same row.
_DUE = """
SELECT household, subject, kind, generation, due_at FROM deadlines
WHERE fired_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_ANY_DUE = "SELECT EXISTS (SELECT FROM deadlines WHERE fired_at IS NULL AND due_at <= $1)"
_FIRED = """
UPDATE deadlines SET fired_at = $4
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS fired (household, subject, kind)
WHERE (deadlines.household, deadlines.subject, deadlines.kind) = (fired.household, fired.subject, fired.kind)
"""


_PLANT = """
INSERT INTO deadlines (household, subject, kind, generation, due_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (household, subject, kind) DO NOTHING
"""


class Place(NamedTuple):
    """Which deadline."""

    household: UUID
    subject: UUID
    kind: str


CANARY = Place(timed_id(0, "canary"), timed_id(0, "canary"), "canary")
"""A deadline of nobody's, set again by every decision on it: while it comes round, deadlines work."""


class Due(NamedTuple):
    """A deadline that has passed and was not yet fired."""

    household: UUID
    subject: UUID
    kind: str
    generation: UUID
    due_at: datetime


class Deadlines:
    """The deadlines of one batch: what is in the table for the events that fired, and what the decisions change."""

    def __init__(self) -> None:
        self._generations: dict[Place, UUID] = {}
        self._changes: dict[Place, tuple[UUID, datetime] | None] = {}

    async def load(self, connection: Connection, places: Sequence[Place]) -> None:
        """Fetch the present generations of deadlines that events of the batch say have passed."""
        if places:
            rows = await connection.fetch(_GENERATIONS, *_columns(places))
            self._generations = {Place(r["household"], r["subject"], r["kind"]): r["generation"] for r in rows}

    def is_current(self, place: Place, generation: UUID) -> bool:
        """False where the deadline was set again, cleared or handled since it fired."""
        if place in self._changes:
            change = self._changes[place]
            return change is not None and change[0] == generation
        return self._generations.get(place) == generation

    def handled(self, place: Place) -> None:
        """The event that fired has been decided: the row may go, unless the decision sets it again."""
        self._changes[place] = None

    def apply(self, cause: UUID, changes: Iterable[Deadline | ClearDeadline]) -> None:
        """Take over what one decision sets and clears; the cause is the generation."""
        for change in changes:
            place = Place(change.household, change.subject, change.kind)
            self._changes[place] = (cause, change.due_at) if isinstance(change, Deadline) else None

    async def save(self, connection: Connection) -> datetime | None:
        """Write the changes, sorted; returns when the earliest that was set is due."""
        changes = sorted(self._changes.items(), key=_order)
        cleared = [place for place, change in changes if change is None]
        if cleared:
            await connection.execute(_CLEAR, *_columns(cleared))
        setting = [(place, change) for place, change in changes if change is not None]
        if not setting:
            return None
        generations = [change[0] for _, change in setting]
        moments = [change[1] for _, change in setting]
        await connection.execute(_SET, *_columns([place for place, _ in setting]), generations, moments)
        return min(moments)


def _order(change: tuple[Place, object]) -> tuple[int, int, str]:
    """As the database orders ids; Python compares numbers ten times as fast."""
    household, subject, kind = change[0]
    return household.int, subject.int, kind


def _columns(places: Sequence[tuple[UUID, UUID, str]]) -> tuple[list[UUID], list[UUID], list[str]]:
    return [p[0] for p in places], [p[1] for p in places], [p[2] for p in places]


async def plant_canary(connection: Connection, due_at: datetime) -> None:
    """Set the canary where there is none; an older one, also one that is stuck, stays as it is."""
    generation = timed_id(int(due_at.timestamp() * 1000), "canary planted")
    await connection.execute(_PLANT, *CANARY, generation, due_at)


async def any_due(connection: Connection, now: datetime) -> bool:
    """Whether anything is due, for one question instead of a transaction: mostly nothing is."""
    return bool(await connection.fetchval(_ANY_DUE, now))


async def due(connection: Connection, now: datetime, limit: int) -> list[Due]:
    """Lock and return what is due, the oldest first. Call inside a transaction."""
    return [Due(*row) for row in await connection.fetch(_DUE, now, limit)]


async def mark_fired(connection: Connection, fired: Sequence[Due], now: datetime) -> None:
    """Only after they were published: a crash between the two fires them again under the same ids."""
    await connection.execute(_FIRED, *_columns([(d.household, d.subject, d.kind) for d in fired]), now)
