"""Builds the read model anew from the topics while the old one serves, and puts it in its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.desk.handlers import TOPICS, Desk, rows_of
from services.desk.handlers.letters import Held
from services.desk.settings import DeskSettings
from services.desk.store import rebuild
from services.desk.store.projection import project
from shared.broker import consumer_options
from shared.consumer import record_of
from shared.contracts.registry import UnreadableEvent
from shared.database import Connection, connect

BATCH = 2_000
NEAR = 500
"""With fewer records left than this the desk is held, for the moment that the rest takes."""
_WAIT_SECONDS = 60.0
_PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Done:
    """What was read, and the tables before and after."""

    events: int = 0
    unread: int = 0
    seconds: float = 0.0
    tables: list[rebuild.Swapped] = field(default_factory=list)


async def rebuild_read_model(settings: DeskSettings, say: Callable[[str], None]) -> Done:
    """All of it. Raises rebuild.RebuildFailed; the old read model serves until the new one is whole."""
    reading = _Reading(settings)
    connection = await connect(settings.postgres, rebuild.SCHEMA, command_timeout=600)
    try:
        await rebuild.begin(connection)
        await reading.start()
        say(f"reading {await reading.left()} records of {len(reading.places)} partitions")
        while await reading.left() > NEAR:
            await _project(connection, reading)
        # A desk that is busy holds the lock in turn with us: its own transactions are short.
        await connection.execute(f"SET lock_timeout = '{int(_WAIT_SECONDS)}s'")
        async with connection.transaction():
            held = await rebuild.hold(connection)
            while not await reading.reached(held):
                await _project(connection, reading)
            await rebuild.swap(connection)
        say("the new read model serves")
        reading.done.tables = await rebuild.compared(connection)
        await rebuild.drop(connection)
        return reading.done
    finally:
        await reading.stop()
        await connection.close()


async def _project(connection: Connection, reading: _Reading) -> None:
    await project(connection, await reading.rows())


class _Reading:
    """Every record of every topic that the desk reads, from the beginning."""

    def __init__(self, settings: DeskSettings) -> None:
        self._prefix = settings.topic_prefix
        self._consumer = AIOKafkaConsumer(**{**consumer_options(settings), "enable_auto_commit": False})
        self._desk = Desk(lambda: 0)
        self.places: list[TopicPartition] = []
        self.done = Done()
        self._started = time.monotonic()
        self._moved = self._started

    async def start(self) -> None:
        await self._consumer.start()
        for topic in TOPICS:
            name = self._prefix + topic
            partitions = await self._partitions(name)
            self.places += [TopicPartition(name, number) for number in partitions]
        self._consumer.assign(self.places)
        await self._consumer.seek_to_beginning(*self.places)

    async def _partitions(self, name: str) -> list[int]:
        # aiokafka knows the partitions of a topic only once it has asked for that topic.
        await self._consumer._client._wait_on_metadata(name)
        return sorted(self._consumer.partitions_for_topic(name) or ())

    async def stop(self) -> None:
        await self._consumer.stop()

    async def left(self) -> int:
        """How many records are still to be read, by the topics' present ends."""
        ends = await self._consumer.end_offsets(self.places)
        return sum([max(0, ends[place] - await self._consumer.position(place)) for place in self.places])

    async def reached(self, offsets: Mapping[tuple[str, int], int]) -> bool:
        """Whether everything is read that the desk has read. Raises where nothing comes any more."""
        for place in self.places:
            name = place.topic.removeprefix(self._prefix)
            if await self._consumer.position(place) < offsets.get((name, place.partition), 0):
                if time.monotonic() - self._moved > _PATIENCE_SECONDS:
                    raise rebuild.RebuildFailed(f"{name}/{place.partition} gives no records; the old read model stays")
                return False
        return True

    async def rows(self) -> list[Any]:
        """The rows that follow from the next records; what cannot be read is with the dead letters already."""
        batches = await self._consumer.getmany(timeout_ms=500, max_records=BATCH)
        rows: list[Any] = []
        for message in (message for batch in batches.values() for message in batch):
            self._moved = time.monotonic()
            rows += self._rows_of(message)
        self.done.seconds = time.monotonic() - self._started
        return rows

    def _rows_of(self, message: Any) -> list[Any]:
        self.done.events += 1
        try:
            taken = self._desk.read(record_of(message, self._prefix))
        except UnreadableEvent:
            self.done.unread += 1
            return []
        if taken is None:
            return []
        return [taken.event.data] if isinstance(taken.event, Held) else rows_of(taken.event)
