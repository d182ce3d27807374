"""After an older backup: learn from our own topics what was said since, then take again what had been taken since.

Whether a backup was restored shows by itself: the offsets in the database are lower than the group's. What lies between
comes again in the order in which it had come: all topics, merged by the moment at which each record arrived, because a
bank's answer must not be decided on before the demand it answers, nor a deadline before the answer that cleared it. One
member does it; nobody reads on, fires deadlines or sends before it is done. A crash on the way begins where the
database stands.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared import journal
from shared.broker import Publisher, consumer_options
from shared.clock import Clock
from shared.consumer import record_of
from shared.contracts.topics import CLOCK
from shared.database import Connection, Database
from shared.decision import Record, Service
from shared.loop import Loop
from shared.restore import newest, refill
from shared.settings import Settings
from shared.telemetry import RESTORED, logger

FULL, HUNGRY = 5_000, 1_000
LONGEST_MS = 1_000
"""A batch spans no more than this. What else the service learns of that time comes between two batches, and before any
deadline of its own: one may rest on it (a message that was given up goes on by the next channel)."""
_LOCK, _UNLOCK = "SELECT pg_try_advisory_lock(hashtext($1))", "SELECT pg_advisory_unlock(hashtext($1))"
Learn = Callable[[Connection], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Reads:
    """One subscriber of the service: its group, and the topics (without prefix) or the pattern that it reads."""

    group: str
    topics: Sequence[str] = ()
    pattern: str | None = None


class Span(NamedTuple):
    """From the database's offset to the group's."""

    start: int
    end: int


Spans = Mapping[TopicPartition, Span]


class Replay:
    """Of one service; does nothing, and costs a few questions, where no older backup was restored."""

    def __init__(
        self, settings: Settings, clock: Clock, publisher: Publisher, service: Service, database: Database
    ) -> None:
        self._settings, self._clock, self._publisher = settings, clock, publisher
        self._service, self._database = service, database
        self._moment = clock.now()

    async def run(self, reads: Sequence[Reads], own: Callable[[str], bool], learn: Learn | None) -> None:
        """`own` says which topics (without prefix) the service writes; `learn` is asked between batches to catch up
        with what else its own topics say of rows that it has made again."""
        connection = await self._database.connection()
        name = f"freshwater:{self._service.name}:replay"
        while not await connection.fetchval(_LOCK, name):  # noqa: ASYNC110 - another process gives it back
            await asyncio.sleep(1)
        try:
            # The group's first: another member may be at work, and saves to the database before it tells the group.
            committed = await self._committed(reads)
            if spans := self._spans(committed, await journal.load_offsets(connection)):
                await self._catch_up(connection, spans, own, learn)
        finally:
            await connection.execute(_UNLOCK, name)

    async def _committed(self, reads: Sequence[Reads]) -> dict[TopicPartition, int]:
        prefix, found = self._settings.topic_prefix, {}
        for each in reads:
            async with self._consumer(prefix + each.group) as consumer:
                names = [prefix + topic for topic in each.topics]
                if each.pattern:
                    names = [topic for topic in await consumer.topics() if re.match(each.pattern, topic)]
                for place in await places_of(consumer, names):
                    if (offset := await consumer.committed(place)) is not None:
                        found[place] = offset
        return found

    def _spans(
        self, committed: Mapping[TopicPartition, int], known: Mapping[tuple[str, int], int]
    ) -> dict[TopicPartition, Span]:
        prefix, found = self._settings.topic_prefix, {}
        for place, end in committed.items():
            taken = known.get((place.topic.removeprefix(prefix), place.partition), 0)
            if taken < end:
                found[place] = Span(taken, end)
        return found

    async def _catch_up(
        self, connection: Connection, spans: Spans, own: Callable[[str], bool], learn: Learn | None
    ) -> None:
        prefix, taken, loop = self._settings.topic_prefix, 0, None
        async with self._consumer() as consumer:
            merged = Merged(consumer, spans, prefix)
            gone = await merged.start()
            async for records in merged.batches(self._settings.batch_records, apart=learn is not None):
                if loop is None:
                    # Now only: an offset may lie behind the group's by what is no record (a transaction's mark).
                    loop, said = self._loop(), await self._refill(connection, own)
                    logger.warning("journal_refilled", outputs=said, partitions=len(spans))
                arrived = datetime.fromtimestamp(records[-1].timestamp / 1000, UTC)
                self._moment = min(self._clock.at(arrived), self._clock.now())
                await loop.turn(records)
                taken += len(records)
                if learn is not None:
                    await learn(connection)
        ends = {(place.topic.removeprefix(prefix), place.partition): span.end for place, span in spans.items()}
        await journal.save_offsets(connection, ends)
        if taken or gone:
            RESTORED.labels(self._service.name, "gone").inc(gone)
            logger.warning("restored", records=taken, gone=gone)

    def _loop(self) -> Loop:
        """Nobody else publishes meanwhile, however long a batch takes: no age is too old."""
        limit = self._settings.dead_letter_limit
        publish, now = self._publisher.publish, lambda: self._moment
        return Loop(self._service, self._database, publish, now, age_limit_seconds=inf, dead_letter_limit=limit)

    async def _refill(self, connection: Connection, own: Callable[[str], bool]) -> int:
        """Learn from our own topics; returns how many outputs were looked at."""
        prefix, since, count = self._settings.topic_prefix, await newest(connection), 0
        async with self._consumer() as consumer:
            there = [topic for topic in await consumer.topics() if topic.startswith(prefix)]
            places = await places_of(consumer, [topic for topic in there if own(topic.removeprefix(prefix))])
            if not places:
                return 0
            ends = await consumer.end_offsets(places)
            merged = Merged(consumer, {place: Span(0, end) for place, end in ends.items()}, prefix)
            await merged.start()
            async for records in merged.pieces():
                count += await refill(connection, self._service.name, records, since)
        return count

    @asynccontextmanager
    async def _consumer(self, group: str | None = None) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(group_id=group, **consumer_options(self._settings))
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()


class Merged:
    """Records of several partitions, each between two offsets, as one row by the moment of their arrival."""

    def __init__(self, consumer: Any, spans: Spans, prefix: str) -> None:
        self._consumer, self._spans, self._prefix = consumer, spans, prefix
        self._waiting: dict[TopicPartition, deque[Record]] = {place: deque() for place in spans}
        self._open = set(spans)

    async def start(self) -> int:
        """Returns how many records of the spans are no longer there."""
        places = sorted(self._spans)
        self._consumer.assign(places)
        first = await self._consumer.beginning_offsets(places)
        for place in places:
            self._consumer.seek(place, max(self._spans[place].start, first[place]))
        return sum(max(min(first[place], span.end) - span.start, 0) for place, span in self._spans.items())

    async def batches(self, most: int, apart: bool = False) -> AsyncIterator[list[Record]]:
        """In order, at most so many at once and of no longer a time than LONGEST_MS; with `apart` a deadline that has
        passed begins another batch than what came before it."""
        while batch := await self._batch(most, apart):
            yield batch

    async def pieces(self) -> AsyncIterator[list[Record]]:
        """In any order, as they come."""
        while self._open:
            await self._fetch()
            found = [record for waiting in self._waiting.values() for record in waiting]
            for waiting in self._waiting.values():
                waiting.clear()
            self._open -= await self._at_end()
            yield found

    async def _batch(self, most: int, apart: bool) -> list[Record]:
        batch: list[Record] = []
        while len(batch) < most:
            await self._fill()
            heads = [(waiting[0].timestamp, place) for place, waiting in self._waiting.items() if waiting]
            if not heads:
                break
            timestamp, place = min(heads)
            if batch and timestamp - batch[0].timestamp > LONGEST_MS:
                break
            record = self._waiting[place][0]
            if apart and batch and record.topic == CLOCK and batch[-1].topic != CLOCK:
                break
            batch.append(self._waiting[place].popleft())
        return batch

    async def _fill(self) -> None:
        """Until of every partition that is not at its end the next record is known."""
        while any(not self._waiting[place] for place in self._open):
            await self._fetch()
            self._open -= await self._at_end()

    async def _fetch(self) -> None:
        sizes = {place: len(waiting) for place, waiting in self._waiting.items() if place in self._open}
        self._consumer.pause(*[place for place, size in sizes.items() if size >= FULL])
        self._consumer.resume(*[place for place, size in sizes.items() if size < HUNGRY])
        for place, found in (await self._consumer.getmany(timeout_ms=200, max_records=1000)).items():
            end = self._spans[place].end
            self._waiting[place] += [record_of(raw, self._prefix) for raw in found if raw.offset < end]

    async def _at_end(self) -> set[TopicPartition]:
        return {place for place in self._open if await self._consumer.position(place) >= self._spans[place].end}


async def places_of(consumer: Any, topics: Sequence[str]) -> list[TopicPartition]:
    """All partitions of these topics, those that there are."""
    found = []
    for topic in topics:
        await consumer._client._wait_on_metadata(topic)
        found += [TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic) or ()]
    return found
