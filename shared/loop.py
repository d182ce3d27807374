"""The one loop that all services turn.

    read each record alone, drop copies -> load journal rows, states, deadlines -> decide over the rest, in order
    -> one transaction: journal, states, deadlines, the service's rows, offsets -> age guard -> publish what the journal
    holds -> the caller commits the offsets

The uncommitted offset is the outbox: after a crash anywhere the batch comes again, the journal gives the recorded
outputs back, and the same events go out with the same ids and bytes.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg

from shared import journal
from shared.clock import Now
from shared.contracts.clock import DeadlinePassed
from shared.contracts.registry import UnreadableEvent
from shared.database import Connection, Database
from shared.dead_letters import Limit, letter, letter_id, place_id
from shared.deadlines import CANARY, Deadlines, Place
from shared.decision import Deadline, Decision, Record, Service, StateKey, Taken, World
from shared.errors import BatchTooOld, Stale
from shared.rendering import Cause, Output, pack, render, unpack
from shared.restore import Recovered
from shared.states import States
from shared.telemetry import LoopMetrics, logger, say_taken

Publish = Callable[[Sequence[Output]], Awaitable[None]]
ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class BadRecord:
    """A record that goes to the dead letters, and why."""

    record: Record
    reason: str
    detail: str

    @property
    def id(self) -> UUID:
        return place_id(self.record)


Item = Taken | BadRecord


@dataclass(slots=True)
class Turn:
    """What one transaction collects."""

    world: World
    deadlines: Deadlines
    known: dict[UUID, bytes | None]
    loaded: dict[StateKey, int] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    journal: list[journal.Row] = field(default_factory=list)
    rows: list[object] = field(default_factory=list)
    outcomes: list[tuple[str, str, str]] = field(default_factory=list)


class Loop:
    """One service's loop over one connection; one batch in flight."""

    def __init__(
        self,
        service: Service,
        database: Database,
        publish: Publish,
        now: Now,
        *,
        age_limit_seconds: float,
        dead_letter_limit: int,
        on_due: Callable[[datetime], object] = lambda _: None,
        next_canary: Now | None = None,
        took: Callable[[Sequence[Item], float], None] | None = None,
    ) -> None:
        self._service, self._database, self._publish, self._now = service, database, publish, now
        self._age_limit, self._limit, self._on_due = age_limit_seconds, Limit(dead_letter_limit), on_due
        self._next_canary, self._took = next_canary or now, took
        self._states = States(service.kinds)
        self._recovered = Recovered(service.name)
        self._metrics = LoopMetrics(service.name)

    async def turn(self, records: Sequence[Record]) -> None:
        """Take a batch all the way to published. Raises where it must come again; then nothing was committed."""
        started = time.monotonic()
        items = self._read(records)
        outputs = await self._take(items, records)
        if time.monotonic() - started > self._age_limit:
            raise BatchTooOld(
                f"the batch took {time.monotonic() - started:.1f} s, the limit is {self._age_limit:.1f} s"
            )
        if outputs:
            await self._publish(outputs)
        seconds = time.monotonic() - started
        self._metrics.batch(len(records), seconds, records[-1].timestamp if records else 0)
        if self._took is not None:
            self._took(items, seconds)

    def _read(self, records: Sequence[Record]) -> list[Item]:
        """Read each record alone; a copy within the batch is dropped, the first one counts."""
        items: dict[UUID, Item] = {}
        for record in records:
            item: Item | None
            try:
                item = self._service.read(record)
            except UnreadableEvent as error:
                item = BadRecord(record, error.reason, error.detail)
            if item is not None and items.setdefault(item.id, item) is not item:
                self._metrics.count([(record.topic, "-", "repeated")])
        return list(items.values())

    async def _take(self, items: list[Item], records: Sequence[Record]) -> list[Output]:
        """One transaction for all; where the database refuses a value, halves, until the one bad record is found."""
        try:
            return await self._retry_stale(items, records)
        except asyncpg.DataError as error:
            if len(items) <= 1:
                bad: list[Item] = [BadRecord(item.record, "unstorable", type(error).__name__) for item in items]
                return await self._retry_stale(bad, records)
            half = len(items) // 2
            # The offsets go with the second half: they may only be saved when all of the batch is.
            return await self._take(items[:half], []) + await self._take(items[half:], records)

    async def _retry_stale(self, items: list[Item], records: Sequence[Record]) -> list[Output]:
        for attempt in range(ATTEMPTS):
            try:
                return await self._transact(items, records)
            except (Stale, asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                self._metrics.stale.inc()
                if attempt == ATTEMPTS - 1:
                    raise
                items = await self._set_aside_before(items)
        raise AssertionError("unreachable")

    async def _set_aside_before(self, items: list[Item]) -> list[Item]:
        """What could not be decided stands in the journal under its place, so that its own id stays free for a retry.

        Its batch came again: without this it would be decided again, and meet its own row again, for ever.
        """
        connection = await self._database.connection()
        known = await journal.find(connection, [place_id(item.record) for item in items])
        return [BadRecord(item.record, "undecidable", "") if place_id(item.record) in known else item for item in items]

    async def _transact(self, items: list[Item], records: Sequence[Record]) -> list[Output]:
        connection = await self._database.connection()
        async with connection.transaction():
            turn = await self._load(connection, items)
            for item in items:
                self._take_one(turn, item)
            await journal.insert(connection, turn.journal, turn.world.now, turn.world.release)
            await self._states.save(connection, turn.world, turn.loaded)
            earliest = await turn.deadlines.save(connection)
            if turn.rows:
                await self._service.save(connection, turn.rows, turn.world)
            await journal.save_offsets(connection, journal.next_offsets(records))
            bad = [outcome == "dead_lettered" for _, _, outcome in turn.outcomes]
            self._limit.check(bad)
        self._limit.count(bad)
        if any(isinstance(item, Taken) and deadline_of(item) == CANARY for item in items):
            self._metrics.canary()
        if earliest is not None:
            self._on_due(earliest)
        self._metrics.count(turn.outcomes)
        say_taken(items, turn.outcomes)
        return turn.outputs

    async def _load(self, connection: Connection, items: list[Item]) -> Turn:
        known = await journal.find(connection, [item.id for item in items])
        fresh = [item for item in items if isinstance(item, Taken) and item.id not in known]
        world = World(self._now(), self._service.release)
        deadlines = Deadlines()
        turn = Turn(world, deadlines, known)
        new = [item for item in items if item.id not in known]
        name = self._service.name
        world.told = await self._recovered.load(
            connection, lambda: [*(item.id for item in new), *(letter_id(name, item.record) for item in new)]
        )
        if fresh:
            places = [deadline_of(taken) for taken in fresh]
            own = [taken for taken, place in zip(fresh, places, strict=True) if place != CANARY]
            keys = dict.fromkeys(key for taken in own for key in self._service.keys(taken))
            await self._states.load(connection, list(keys), world)
            await deadlines.load(connection, [place for place in places if place])
            await self._service.load(connection, own, world)
        turn.loaded = dict(world.revisions)
        return turn

    def _take_one(self, turn: Turn, item: Item) -> None:
        if item.id in turn.known:
            turn.outputs += unpack(turn.known[item.id])
            turn.outcomes.append((item.record.topic, _type_of(item), "repeated"))
        elif isinstance(item, BadRecord):
            self._set_aside(turn, item)
        else:
            self._decide(turn, item)

    def _decide(self, turn: Turn, taken: Taken) -> None:
        place = deadline_of(taken)
        world, moment = turn.world, turn.world.now
        world.now = self._recovered.decided_at(taken.id) or moment
        try:
            if place and not turn.deadlines.is_current(place, taken.event.data.generation):
                decision = Decision(outcome="ignored")
            elif place == CANARY:
                # Nobody's: that it came here is all there is to it, and the next one is set.
                decision = Decision(deadlines=[Deadline(*CANARY, self._next_canary())])
            else:
                decision = self._service.decide(taken, world)
            cause = Cause(taken.id, _correlation_of(taken), getattr(taken.event, "traceparent", None))
            rendered = [
                render(self._service.name, emit, number, cause, world.now) for number, emit in enumerate(decision.emits)
            ]
        except Exception as error:  # one event that can not be decided must not stop the others
            logger.exception("undecidable", event_id=str(taken.id), type=taken.event.type)
            self._set_aside(turn, BadRecord(taken.record, "undecidable", type(error).__name__))
            return
        finally:
            world.now = moment
        if place and decision.outcome != "ignored":
            turn.deadlines.handled(place)
        self._keep(turn, taken, decision, rendered)

    def _keep(self, turn: Turn, taken: Taken, decision: Decision, rendered: list[Output]) -> None:
        world = turn.world
        revision = 0
        for key, state in decision.states.items():
            revision = world.revision(key) + 1
            world.states[key], world.revisions[key] = state, revision
        turn.deadlines.apply(taken.id, decision.deadlines)
        self._service.apply(decision, world)
        turn.rows += decision.rows
        outputs, unsaid = self._recovered.settle(taken.id, rendered)
        turn.outputs += unsaid
        subject = str(getattr(taken.event, "subject", "") or taken.id)
        row = journal.Row(
            taken.id,
            taken.record,
            taken.event.type,
            subject,
            decision.outcome,
            revision,
            decision.counters,
            pack(outputs),
        )
        turn.journal.append(row)
        turn.outcomes.append((taken.record.topic, taken.event.type, decision.outcome))

    def _set_aside(self, turn: Turn, bad: BadRecord) -> None:
        value = None if bad.record.value is None else self._service.seal(bad.record.value)
        written = letter(self._service.name, bad.record, bad.reason, bad.detail, value)
        outputs, unsaid = self._recovered.settle(letter_id(self._service.name, bad.record), [written])
        identifier = bad.id
        row = journal.Row(identifier, bad.record, bad.reason, str(identifier), "dead_lettered", 0, None, pack(outputs))
        turn.outputs += unsaid
        turn.journal.append(row)
        turn.outcomes.append((bad.record.topic, "-", "dead_lettered"))
        self._metrics.dead_letter(bad.record.topic, bad.reason)


def deadline_of(taken: Taken) -> Place | None:
    """Which deadline an event says has passed, if it says so."""
    data = taken.event.data
    if not isinstance(data, DeadlinePassed):
        return None
    return Place(UUID(taken.event.partitionkey), data.subject, data.kind)


def _type_of(item: Item) -> str:
    return item.event.type if isinstance(item, Taken) else "-"


def _correlation_of(taken: Taken) -> str:
    found: str | None = getattr(taken.event, "correlationid", None)
    return found or str(taken.id)
