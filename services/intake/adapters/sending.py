"""Sending to the gate's topic while somebody waits for the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from aiokafka.errors import KafkaError

from shared.broker import Publisher
from shared.contracts.topics import GATE_IN
from shared.errors import Fatal
from shared.rendering import Output, headers_of
from shared.settings import Settings
from shared.telemetry import logger

AWAY_SECONDS = 0.5
"""How long Kafka is taken to be away after it was: a crowd of requests must not each wait for it."""


class Sender:
    """`send` is true when Kafka has all; false leaves nothing certain, and the same may be sent again.

    A producer that failed is thrown away: its sequence numbers may have a gap (aiokafka#1017), and the loop's own
    producer must not be ended by a request.
    """

    def __init__(self, settings: Settings, seconds: float) -> None:
        self._settings, self._seconds = settings.model_copy(update={"publish_timeout_seconds": seconds}), seconds
        self._publisher: Publisher | None = None
        self._making = asyncio.Lock()
        self._away_until = 0.0
        self._stopping: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Kafka may be away: then the first request tries again."""
        await self._ready()

    async def stop(self) -> None:
        if self._publisher is not None:
            await self._publisher.stop()
            self._publisher = None

    async def send(self, events: Sequence[tuple[UUID, bytes, str]]) -> bool:
        """Receipts, events and their types, each on the partition of its receipt."""
        publisher = await self._ready()
        if publisher is None:
            return False
        outputs = [
            Output(GATE_IN, receipt.int & 0xFFFFFFFF, str(receipt).encode(), value, headers_of(kind))
            for receipt, value, kind in events
        ]
        try:
            await publisher.publish(outputs)
        except Fatal as error:
            logger.warning("gate_not_sent", error=str(error), events=len(events))
            self._drop(publisher)
            return False
        return True

    async def _ready(self) -> Publisher | None:
        async with self._making:
            if self._publisher is None and time.monotonic() >= self._away_until:
                made = Publisher("intake", self._settings)
                try:
                    async with asyncio.timeout(self._seconds):
                        await made.start()
                    self._publisher = made
                except (KafkaError, TimeoutError) as error:
                    logger.warning("gate_without_kafka", error=type(error).__name__)
                    self._drop(made)
            return self._publisher

    def _drop(self, publisher: Publisher) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        if publisher is self._publisher:
            self._publisher = None
        task = asyncio.get_running_loop().create_task(publisher.stop())
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)
