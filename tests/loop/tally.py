"""The smallest service that would show every fault: it counts visits per household and tells each with a drawn number.

The number is drawn anew at each decision, so that a second decision of the same event shows as other bytes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.contracts import clock, feedback, households
from shared.contracts.topics import CLOCK, FEEDBACK, HOUSEHOLDS, retry
from shared.database import Connection
from shared.decision import Deadline, Decision, Emit, Record, StateKey, Taken, World
from shared.reading import Reader

MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many visits a household had."""

    count: int = 0
    passed: int = 0

    @property
    def label(self) -> str:
        return "counted"

    @property
    def owner(self) -> str | None:
        return None


class TallyService:
    """Runs under the name of notify, whose topics it uses."""

    name = "notify"
    kinds = {"tally": Tally}
    release = 1

    def __init__(self) -> None:
        self._reader = Reader(
            self.name,
            {
                HOUSEHOLDS: (households.Visited,),
                CLOCK: (clock.NotifyDeadlinePassed,),
            },
        )

    def read(self, record: Record) -> Taken | None:
        return self._reader.read(record)

    def keys(self, taken: Taken) -> Sequence[StateKey]:
        household = UUID(taken.event.partitionkey)
        return (StateKey(household, household, "tally"),)

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        """Nothing beside the states."""

    def decide(self, taken: Taken, world: World) -> Decision:
        (key,) = self.keys(taken)
        before = world.get(key) or Tally()
        if isinstance(taken.event.data, clock.NotifyDeadlinePassed):
            return Decision(states={key: Tally(before.count, before.passed + 1)})
        if taken.event.data.visitor == "undecidable":
            raise ValueError("asked for")
        told = feedback.DisclosureOpened(
            demand=key.household,
            recipient=taken.event.data.visitor,
            person=secrets.token_hex(8),
            fields=[str(before.count + 1)],
            reason="visit",
        )
        deadlines = (
            (Deadline(key.household, key.household, "look", world.now),)
            if taken.event.data.visitor == "deadline"
            else ()
        )
        # PostgreSQL refuses a NUL in text: the one way to make a row that can not be stored.
        rows = ("\0",) if taken.event.data.visitor == "unstorable" else ()
        return Decision(
            emits=(Emit(FEEDBACK, told, key.household, key.household, world.revision(key) + 1),),
            states={key: Tally(before.count + 1, before.passed)},
            deadlines=deadlines,
            rows=rows,
        )

    def apply(self, decision: Decision, world: World) -> None:
        """No rows that later events look at."""

    async def save(self, connection: Connection, rows: Sequence[Any], world: World) -> None:
        await connection.execute("INSERT INTO remarks SELECT * FROM unnest($1::text[])", list(rows))

    def seal(self, letter: bytes) -> bytes:
        return letter


TOPICS = (HOUSEHOLDS, CLOCK, retry("notify"))
