"""Reads a topic of one partition from its beginning and without a group, for whoever keeps all of it in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Never

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from shared.telemetry import logger

POLL_MS = 500
RETRY_SECONDS = 0.5
STOP_SECONDS = 5.0

Records = Sequence[ConsumerRecord[bytes | None, bytes | None]]


class WholeTopic:
    """`read` to the end, `follow` for ever, `stop`; Kafka may be away at any moment of it."""

    def __init__(self, options: Mapping[str, Any], topic: str) -> None:
        self.name = topic
        self._options = options
        self._partition = TopicPartition(topic, 0)
        self._consumer: AIOKafkaConsumer | None = None

    async def read(self, load: Callable[[], Awaitable[None]], within: float, incomplete: str) -> str:
        """Let `load` take what is there, within so many seconds. Returns what was in the way at last, or an empty text.

        The deadline is for all of it: a topic that is not there would make every question to it wait for ever.
        `incomplete` is the answer where the topic was found and `load` came to no end.
        """
        missing = "Kafka does not answer"
        give_up = time.monotonic() + within
        while (left := give_up - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    missing = await self._open()
                    if not missing:
                        await load()
                        return ""
            except (KafkaError, TimeoutError) as error:
                missing = missing or f"{incomplete} ({type(error).__name__})"
                await self.stop()
            await asyncio.sleep(min(RETRY_SECONDS, max(give_up - time.monotonic(), 0)))
        return missing

    async def _open(self) -> str:
        """Connect, look for the topic, go to its beginning; what is missing, or an empty text."""
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(group_id=None, **self._options)
            await self._consumer.start()
        if self.name not in await self.topics():
            return "the topic is not there: run `freshwater topics apply`"
        self._consumer.assign([self._partition])
        await self._consumer.seek_to_beginning(self._partition)
        return ""

    async def follow(self, take: Callable[[], Awaitable[None]]) -> Never:
        """Let `take` run again and again. Kafka away: what is known stays, and it is tried again."""
        while True:
            try:
                await take()
            except KafkaError as error:
                logger.warning("topic_not_read", topic=self.name, error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def to_end(self) -> AsyncIterator[Records]:
        """What is there now, batch by batch; ends where the topic ended when it was asked."""
        consumer = self._open_consumer()
        end = (await consumer.end_offsets([self._partition]))[self._partition]
        while await consumer.position(self._partition) < end:
            yield await self.news()

    async def news(self) -> Records:
        """What has come since the last call; waits half a second for something."""
        batches: Mapping[TopicPartition, Records] = await self._open_consumer().getmany(
            self._partition, timeout_ms=POLL_MS
        )
        return batches.get(self._partition, ())

    async def topics(self) -> set[str]:
        """The names of all topics that this user may see, asked afresh."""
        found: set[str] = await self._open_consumer().topics()
        return found

    def _open_consumer(self) -> AIOKafkaConsumer:
        assert self._consumer is not None, "read() first"
        return self._consumer

    async def stop(self) -> None:
        """Close; bounded, because a broker that is away would be waited for."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await consumer.stop()
            except (KafkaError, TimeoutError):
                logger.warning("topic_consumer_not_stopped", topic=self.name)
