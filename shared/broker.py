"""Kafka: the options that hold for every client, and the publisher.

The rules behind the options stand in docs/decisions; the traps are named where they bite.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.helpers import create_ssl_context

from shared.errors import Fatal
from shared.rendering import Output
from shared.settings import Settings
from shared.telemetry import PUBLISHED, logger, topic_label

MAX_REQUEST_BYTES = 2 * 1024 * 1024
BATCH_BYTES = 256 * 1024
REQUEST_TIMEOUT_MS = 10_000


def security_options(settings: Settings) -> dict[str, Any]:
    """How a client of aiokafka proves who it is."""
    options: dict[str, Any] = {"security_protocol": settings.kafka_security_protocol}
    if settings.kafka_user:
        options |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_user,
            "sasl_plain_password": settings.kafka_password,
        }
    if settings.kafka_security_protocol.endswith("SSL"):
        options["ssl_context"] = create_ssl_context(cafile=settings.kafka_ca_file)
    return options


def consumer_options(settings: Settings) -> dict[str, Any]:
    """For a consumer outside any group (catalogue, partners, tools)."""
    return {
        "bootstrap_servers": settings.bootstrap,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        **security_options(settings),
    }


def producer_options(settings: Settings) -> dict[str, Any]:
    return {
        "bootstrap_servers": settings.bootstrap,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
        "acks": "all",
        "enable_idempotence": True,
        "max_request_size": MAX_REQUEST_BYTES,
        "max_batch_size": BATCH_BYTES,
        "linger_ms": 0,
        **security_options(settings),
    }


class Publisher:
    """Publishes outputs in their order, one own batch per output partition, and returns when all are acknowledged.

    A failed or timed-out send ends in Fatal: an idempotent producer that lost a sequence number poisons its partition
    for good (aiokafka#1017), and a cancelled send may still arrive.
    """

    def __init__(self, service: str, settings: Settings) -> None:
        self._service, self._settings = service, settings
        self._producer: AIOKafkaProducer | None = None
        self._partitions: dict[str, int] = {}

    async def start(self) -> None:
        self._producer = AIOKafkaProducer(**producer_options(self._settings))
        await self._producer.start()

    async def stop(self) -> None:
        """Bounded: aiokafka's own stop() waits without limit while the broker is away."""
        if self._producer is not None:
            try:
                async with asyncio.timeout(5):
                    await self._producer.stop()
            except (TimeoutError, KafkaError):
                logger.warning("producer_not_stopped")

    async def publish(self, outputs: Sequence[Output]) -> None:
        try:
            async with asyncio.timeout(self._settings.publish_timeout_seconds):
                await asyncio.gather(*[await future for future in await self._send(outputs)])
        except (KafkaError, TimeoutError) as error:
            raise Fatal(f"publishing failed: {type(error).__name__}") from error
        for topic, number in Counter(output.topic for output in outputs).items():
            PUBLISHED.labels(self._service, topic_label(topic)).inc(number)

    async def _send(self, outputs: Sequence[Output]) -> list[Awaitable[Any]]:
        assert self._producer is not None, "start() first"
        futures: list[Awaitable[Any]] = []
        groups: dict[tuple[str, int], list[Output]] = {}
        counts = {topic: await self._count(topic) for topic in {output.topic for output in outputs}}
        for output in outputs:
            topic, partition_key = output[0], output[1]
            partition = 0 if partition_key is None else partition_key % counts[topic]
            groups.setdefault((topic, partition), []).append(output)
        for (topic, partition), group in groups.items():
            batch = self._producer.create_batch()
            for _, _, key, value, headers in group:
                # aiokafka's C builder takes a list, not a tuple.
                if batch.append(timestamp=None, key=key, value=value, headers=list(headers)) is None:
                    # Full: own batches do not split by themselves. The first record of a batch always fits.
                    futures.append(self._queue(batch, topic, partition))
                    batch = self._producer.create_batch()
                    batch.append(timestamp=None, key=key, value=value, headers=list(headers))
            futures.append(self._queue(batch, topic, partition))
        return futures

    async def _count(self, topic: str) -> int:
        count = self._partitions.get(topic)
        if count is None:
            assert self._producer is not None
            found = await self._producer.partitions_for(self._settings.topic_prefix + topic)
            count = self._partitions[topic] = len(found)
        return count

    def _queue(self, batch: Any, topic: str, partition: int) -> Awaitable[Any]:
        assert self._producer is not None
        batch.close()
        queued: Awaitable[Any] = self._producer.send_batch(
            batch, self._settings.topic_prefix + topic, partition=partition
        )
        return queued
