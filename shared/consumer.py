"""FastStream carries the broker and the one batch subscriber; inside is our loop over raw bytes, one batch in flight.

FastStream's own parser dies on a null or binary header (faststream#2458), its default acknowledges before the work,
its nack has no delay, and a handler's error is only logged: so parser, policy, back-off and the end of the process
are ours.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import CommitFailedError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage

from shared.database import LOST, Database
from shared.decision import Record
from shared.errors import BatchTooOld, Fatal, TooManyDeadLetters
from shared.journal import load_offsets
from shared.loop import Loop
from shared.settings import Settings
from shared.subscribing import PIECE_MS
from shared.telemetry import LAG, logger, topic_label

EXIT_FATAL = 70
FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 0.05, 5.0


def end_process(error: BaseException) -> None:
    """Leave at once: an orderly stop would hang on the producer, and the uncommitted offset replays everything."""
    logger.error("fatal", error=f"{type(error).__name__}: {error}")
    os._exit(EXIT_FATAL)


class DrainOnRevoke(ConsumerRebalanceListener):  # type: ignore[misc]
    """Waits for the batch in flight before partitions are given away.

    Without it the commit queues behind the rejoin, fails, and makes the next rebalance (aiokafka#848).
    `assigned` is told what came, before anything of it is fetched: the place to start from the database's offsets.
    """

    def __init__(self, timeout_seconds: float, assigned: Callable[[set[TopicPartition]], Awaitable[None]]) -> None:
        self.idle = asyncio.Event()
        self.idle.set()
        self._timeout, self._assigned = timeout_seconds, assigned

    async def on_partitions_revoked(self, revoked: Any) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self.idle.wait()
        except TimeoutError:
            logger.warning("revoked_in_mid_batch", partitions=len(revoked))

    async def on_partitions_assigned(self, assigned: Any) -> None:
        await self._assigned(set(assigned))


def record_of(message: Any, prefix: str = "") -> Record:
    """aiokafka's record as ours, under the topic's name in the list; nothing is decoded, so nothing can fail."""
    topic = message.topic.removeprefix(prefix) if prefix else message.topic
    return Record(
        topic, message.partition, message.offset, message.timestamp, message.key, message.value, message.headers
    )


class Consumer:
    """One subscriber of a service: which topics (or pattern), which group, and the loop that takes its batches."""

    def __init__(
        self,
        broker: KafkaBroker,
        group: str,
        loop: Loop,
        database: Database,
        settings: Settings,
        *,
        topics: Sequence[str] = (),
        pattern: str | None = None,
        on_fatal: Callable[[BaseException], None] = end_process,
    ) -> None:
        self._loop, self._database, self._settings, self._on_fatal = loop, database, settings, on_fatal
        self._group, self._failures, self._shown = group, 0, frozenset[str]()
        self.last_progress = time.monotonic()
        session = settings.session_timeout_ms
        self._gate = DrainOnRevoke(session / 1000, self._start_from_database)
        instance = None if settings.member is None else f"{settings.topic_prefix}{group}-{settings.member}"
        self._subscriber = broker.subscriber(
            *[settings.topic_prefix + topic for topic in topics],
            pattern=pattern,
            batch=True,
            max_records=settings.batch_records,
            batch_timeout_ms=PIECE_MS,
            group_id=settings.topic_prefix + group,
            group_instance_id=instance,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            parser=self._parse,
            decoder=_decode_nothing,
            listener=self._gate,
            # Range over equal partition counts gives one member a household with all its topics; doors have no
            # households and one partition each, which range would all give to the first member.
            partition_assignment_strategy=(RoundRobinPartitionAssignor if pattern else RangePartitionAssignor,),
            session_timeout_ms=session,
            heartbeat_interval_ms=max(session // 5, 100),
            rebalance_timeout_ms=max(3 * session, 10_000),
            auto_offset_reset="earliest",
            no_reply=True,
        )
        self._subscriber(self._handle)

    async def _parse(self, messages: tuple[Any, ...]) -> KafkaAckableMessage:
        return KafkaAckableMessage(body=b"", raw_message=messages, consumer=self._consumer)

    @property
    def _consumer(self) -> AIOKafkaConsumer:
        found: AIOKafkaConsumer = self._subscriber.consumer
        return found

    async def _handle(self, body: Any, message: KafkaMessage) -> None:
        """Take one batch; on any failure wait, then raise, so that FastStream seeks back and it comes again."""
        self._gate.idle.clear()
        try:
            records = [record_of(raw, self._settings.topic_prefix) for raw in message.raw_message]
            await self._loop.turn(records)
            await self._commit(message)
            self._failures, self.last_progress = 0, time.monotonic()
            if len(records) < self._settings.light_batch_records:
                # A batch has a fixed cost of some milliseconds: under light load let events gather.
                await asyncio.sleep(self._settings.light_batch_wait_ms / 1000)
        except (Fatal, TooManyDeadLetters) as error:
            self._on_fatal(error)
            raise
        except Exception as error:
            self._database.lost() if isinstance(error, LOST) else None
            await self._back_off(error)
            raise
        finally:
            self._gate.idle.set()

    async def _commit(self, message: KafkaMessage) -> None:
        try:
            await message.ack()
        except CommitFailedError:
            # The partitions have moved on; whoever has them now replays, and the journal gives the same outputs.
            logger.warning("commit_refused")
            message.committed = "nacked"  # type: ignore[assignment]

    async def _back_off(self, error: Exception) -> None:
        self._failures += 1
        if isinstance(error, (BatchTooOld, *LOST)):
            logger.info("batch_comes_again", error=type(error).__name__, failures=self._failures)
        else:
            # The frames, never the text: what PostgreSQL or pydantic says may hold a value.
            frames = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)[-6:]]
            logger.warning("batch_failed", error=type(error).__name__, failures=self._failures, frames=frames)
        longest = min(FIRST_BACKOFF_SECONDS * 2**self._failures, LONGEST_BACKOFF_SECONDS)
        await asyncio.sleep(random.uniform(longest / 2, longest))

    async def _start_from_database(self, assigned: set[TopicPartition]) -> None:
        """Begin at the database's offsets where they are lower than the group's: after a restore they are."""
        if not assigned:
            return
        # Before the first await: what the fetcher brings from the group's offsets meanwhile must not be handed out.
        self._consumer.pause(*assigned)
        try:
            await self._seek_back(assigned)
        finally:
            self._consumer.resume(*assigned)

    async def _seek_back(self, assigned: set[TopicPartition]) -> None:
        connection = await self._database.connection()
        known, prefix = await load_offsets(connection), self._settings.topic_prefix
        for place in sorted(assigned):
            committed = await self._consumer.committed(place)
            start = known.get((place.topic.removeprefix(prefix), place.partition), 0)
            if committed is not None and start < committed:
                logger.warning("starting_from_database", topic=place.topic, partition=place.partition, offset=start)
                self._consumer.seek(place, start)

    async def committed(self) -> int:
        """The sum of the offsets that the group has committed, over the partitions assigned here."""
        return sum([await self._consumer.committed(place) or 0 for place in self._consumer.assignment()])

    def observe_lag(self, service: str) -> int:
        """Update the lag gauges of what is assigned; returns the sum. A topic that went to another member shows 0."""
        if self._subscriber.consumer is None:
            return 0
        lags = dict.fromkeys(self._shown, 0)
        for place in self._consumer.assignment():
            state = self._consumer._subscription.subscription.assignment.state_value(place)
            # Just assigned, and its offset is being asked for: aiokafka's `position` would fail an assertion.
            if not state.has_valid_position:
                continue
            end = self._consumer.highwater(place)
            read = self._consumer.last_stable_offset(place) if end is None else end
            label = topic_label(place.topic)
            # All doors share one label, and a topic has several partitions.
            lags[label] = lags.get(label, 0) + max((read or 0) - state.position, 0)
        for label, lag in lags.items():
            LAG.labels(service, label).set(lag)
        self._shown = frozenset(lags)
        return sum(lags.values())


async def _decode_nothing(message: Any) -> None:
    """The loop reads the bytes itself, each record alone."""
