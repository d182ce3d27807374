"""What becomes of the demands, read from the topics of their owners: states, times, and when all is done."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.broker import consumer_options
from shared.contracts import cases, demands, referrals
from shared.contracts.ids import milliseconds_of
from shared.contracts.topics import CASES, DEMANDS, REFERRALS
from shared.settings import Settings

FINAL = frozenset({"funded", "closed", "dormant"})
NEAR = timedelta(days=5)
"""A demand that is looked at again so soon waits for a place at a bank, not for its review."""
POLL_MS, AT_ONCE = 100, 5_000


class _Summary(msgspec.Struct):
    demand: UUID
    state: str | None = None
    due_at: datetime | None = None


class _Data(msgspec.Struct):
    summary: _Summary | None = None


class _Event(msgspec.Struct):
    type: str
    causationid: UUID
    data: _Data


_decode = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class Course:
    """One demand: when it came and was accepted (real milliseconds), its state, its first referral, a clearing."""

    came: int | None = None
    accepted: int | None = None
    state: str = "received"
    due_at: datetime | None = None
    referred: int | None = None
    at_once: bool = False
    cleared: int | None = None

    def rests(self, now: datetime) -> bool:
        """Done with, asleep until a tap, or kept until a day that is not near."""
        if self.state == "standing":
            return self.due_at is not None and self.due_at - now > NEAR
        return self.state in FINAL


@dataclass(slots=True)
class Seen:
    """All that was seen so far. Times are the broker's, real ones."""

    courses: dict[UUID, Course] = field(default_factory=dict)
    gate: Counter[str] = field(default_factory=Counter)
    again: list[int] = field(default_factory=list)
    events: int = 0

    def states(self) -> dict[str, int]:
        """Demands by state."""
        return dict(Counter(course.state for course in self.accepted()).most_common())

    def accepted(self) -> list[Course]:
        """Those that the gate has accepted; of others an owner may have been heard first."""
        return [course for course in self.courses.values() if course.accepted is not None]

    def open(self, now: datetime) -> int:
        """Demands for which something is still to be done."""
        return sum(not course.rests(now) for course in self.courses.values())


_ACCEPTED, _ROUND, _CLEARED = demands.Accepted.TYPE, referrals.RoundOpened.TYPE, cases.Cleared.TYPE
_GATE = {_ACCEPTED: "accepted"} | {
    kind.TYPE: kind.TYPE.rsplit(".", 2)[-2]
    for kind in (demands.Rejected, demands.Repeated, demands.Merged, demands.Corrected, demands.InputRefused)
}


def take(seen: Seen, topic: str, value: bytes, at: int) -> None:
    """Learn from one event; `at` is when the broker got it, in milliseconds."""
    event = _decode(value)
    seen.events += 1
    if topic == DEMANDS:
        _from_gate(seen, event, at)
    elif event.data.summary is not None:
        # Two topics may be read in another order than they were written in.
        course = seen.courses.setdefault(event.data.summary.demand, Course())
        _from_owners(seen, course, topic, event, at)


def _from_gate(seen: Seen, event: _Event, at: int) -> None:
    if word := _GATE.get(event.type):
        seen.gate[word] += 1
    if event.type == _ACCEPTED and event.data.summary is not None:
        # The cause is the record at the door, and its id begins with the time at which the broker got it.
        course = seen.courses.setdefault(event.data.summary.demand, Course())
        course.came, course.accepted = milliseconds_of(event.causationid), at


def _from_owners(seen: Seen, course: Course, topic: str, event: _Event, at: int) -> None:
    assert event.data.summary is not None
    if topic == REFERRALS:
        if course.state == "received" and event.type == _ROUND:
            course.at_once = True
        course.state = event.data.summary.state or course.state
        course.due_at = event.data.summary.due_at
        if event.type == _ROUND:
            course.referred = course.referred or at
            if course.cleared is not None:
                seen.again.append(at - course.cleared)
                course.cleared = None
        else:
            # Something else came of it: a round that opens later is not owed to the clearing.
            course.cleared = None
    elif event.type == _CLEARED:
        course.cleared = at


class Watcher:
    """Reads the three topics from their beginning; `also` sees every event too."""

    def __init__(
        self,
        settings: Settings,
        also: Callable[[str, bytes, int], None] | None = None,
        names: Iterable[str] = (DEMANDS, REFERRALS, CASES),
    ) -> None:
        self._prefix, self._also = settings.topic_prefix, also
        self._places = [
            TopicPartition(self._prefix + name, partition)
            for name in names
            for partition in range(settings.keyed_partitions)
        ]
        self._consumer = AIOKafkaConsumer(**consumer_options(settings))
        self.seen = Seen()

    async def start(self) -> None:
        await self._consumer.start()
        self._consumer.assign(self._places)
        await self._consumer.seek_to_beginning(*self._places)

    async def stop(self) -> None:
        await self._consumer.stop()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            await self._step()

    async def _step(self) -> None:
        batches = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=AT_ONCE)
        for place, records in batches.items():
            for record in records:
                topic = place.topic.removeprefix(self._prefix)
                take(self.seen, topic, record.value, record.timestamp)
                if self._also:
                    self._also(topic, record.value, record.timestamp)
            await asyncio.sleep(0)

    async def behind(self) -> int:
        ends = await self._consumer.end_offsets(self._places)
        return sum([max(ends[place] - await self._consumer.position(place), 0) for place in self._places])
