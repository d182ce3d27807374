"""What a service gives to the loop, and what the loop gives to a service.

The loop owns the journal, offsets, states, deadlines and publishing; a service owns three pure answers (what does this
record say, which states does it touch, what follows) and the rows of its own tables. What is made once an event is a
named tuple: a frozen dataclass takes four times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

from shared.contracts.envelope import Data
from shared.database import Connection

Outcome = Literal["decided", "refused", "repeated", "ignored", "dead_lettered"]


class Record(NamedTuple):
    """A Kafka record as it came; `timestamp` is in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class StateKey(NamedTuple):
    """Where a state lives: the household it belongs to, the thing it is of (demand, household, matter), its kind."""

    household: UUID
    subject: UUID
    kind: str


class State(Protocol):
    """A frozen dataclass. `label` is the one word that it is counted by; `owner` is `kind:id` or None."""

    @property
    def label(self) -> str: ...

    @property
    def owner(self) -> str | None: ...


class Taken(NamedTuple):
    """One record that was read: its id (the event's, or the place's for a door), and the event."""

    record: Record
    id: UUID
    event: Any


class Emit(NamedTuple):
    """One event to publish. `key` chooses the partition; `revision` becomes `sequence`."""

    topic: str
    data: Data
    key: UUID
    subject: UUID | str
    revision: int = 0
    actor: str | None = None
    simulated: bool = False
    key_text: str | None = None


class Deadline(NamedTuple):
    """Something is due: `kind` of `subject`. Setting it again replaces the earlier one."""

    household: UUID
    subject: UUID
    kind: str
    due_at: datetime


class ClearDeadline(NamedTuple):
    """It is no longer due."""

    household: UUID
    subject: UUID
    kind: str


class Decision(NamedTuple):
    """All that follows from one event. `rows` are the service's own, written by its `save`, in order."""

    emits: Sequence[Emit] = ()
    states: Mapping[StateKey, State] = MappingProxyType({})
    deadlines: Sequence[Deadline | ClearDeadline] = ()
    rows: Sequence[Any] = ()
    outcome: Outcome = "decided"
    counters: bytes | None = None


IGNORED = Decision(outcome="ignored")


@dataclass(slots=True)
class World:
    """What a batch is decided on: the moment, the release, the states as they are after the events before.

    `extra` is the service's own (indexes, counters, partners), filled by its `load`; a decision changes it only by
    its rows, through the service's `apply`. `told`: after an older backup, under which key each of these causes was
    answered before.
    """

    now: datetime
    release: int
    states: dict[StateKey, Any] = field(default_factory=dict)
    revisions: dict[StateKey, int] = field(default_factory=dict)
    extra: Any = None
    told: Mapping[UUID, UUID] = field(default_factory=dict)

    def get(self, key: StateKey) -> Any:
        return self.states.get(key)

    def revision(self, key: StateKey) -> int:
        """The revision that the state has now; the next change makes it one more."""
        return self.revisions.get(key, 0)


class Service(Protocol):
    """What the loop needs to know of a service."""

    @property
    def name(self) -> str: ...

    @property
    def kinds(self) -> Mapping[str, type[Any]]:
        """The kinds of states that the service keeps, with the dataclass of each."""
        ...

    @property
    def release(self) -> int:
        """The number of the catalogue release in use; 0 before the first."""
        ...

    def read(self, record: Record) -> Taken | None:
        """Read one record; None where it is not for this service. Raises UnreadableEvent: to the dead letters."""
        ...

    def keys(self, taken: Taken) -> Sequence[StateKey]:
        """The states that this event may look at or change."""
        ...

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        """Fill `world.extra`, each table in one query."""
        ...

    def decide(self, taken: Taken, world: World) -> Decision:
        """What follows. Pure: no clock, no database, no chance. An exception makes a dead letter of this one event."""
        ...

    def apply(self, decision: Decision, world: World) -> None:
        """Let the decision's rows be seen by the events behind it in the same batch."""
        ...

    async def save(self, connection: Connection, rows: Sequence[Any], world: World) -> None:
        """Write the rows in bulk. Raises Stale where a guard of the service missed. Never commits."""
        ...

    def seal(self, letter: bytes) -> bytes:
        """Make a dead letter's bytes unreadable to others where they may hold personal data; else return them."""
        ...
