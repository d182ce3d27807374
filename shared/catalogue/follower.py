"""Follows `freshwater.catalogue.v1` without a group and has the newest complete release at hand."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.catalogue.assembly import Assembly, ReleaseRefused
from shared.catalogue.release import Release
from shared.contracts.catalogue import ReleaseEnded
from shared.contracts.registry import UnreadableEvent
from shared.contracts.topics import CATALOGUE
from shared.errors import FreshwaterError
from shared.metric_list import counter, gauge
from shared.telemetry import logger

IN_USE = gauge("freshwater_catalogue_release")
REFUSED = counter("freshwater_catalogue_refused_total")
POLL_MS = 500
RETRY_SECONDS = 0.5

OnSwitch = Callable[[Release], Awaitable[None]]


class NoRelease(FreshwaterError):
    """There is no catalogue to work with; the text says what to do."""


class CatalogueFollower:
    """`start` loads the newest release, `run` follows for ever, `stop` closes; `current` is always a whole release.

    A service captures `current` once per batch, or asks `release(number)` for the number it decided on: the newest
    `keep` releases stay at hand. `on_switch` is awaited before `current` changes, also for the first release.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        topic: str = CATALOGUE,
        *,
        service: str = "tool",
        deadline_seconds: float = 60.0,
        keep: int = 4,
        on_switch: OnSwitch | None = None,
    ) -> None:
        self.on_switch = on_switch
        self._options, self._topic, self._deadline, self._keep = options, topic, deadline_seconds, keep
        self._partition = TopicPartition(topic, 0)
        self._assembly = Assembly()
        self._kept: OrderedDict[int, Release] = OrderedDict()
        self._first = asyncio.Event()
        self._consumer: AIOKafkaConsumer | None = None
        self._in_use = IN_USE.labels(service)
        self._service = service
        self.refused: dict[str, int] = {}

    @property
    def current(self) -> Release:
        """The release in use. Raises NoRelease before the first."""
        if not self._kept:
            raise NoRelease(f"no release has been read from {self._topic} yet")
        return next(reversed(self._kept.values()))

    @property
    def number(self) -> int:
        """The number of the release in use; 0 before the first."""
        return self.current.number if self._kept else 0

    def release(self, number: int) -> Release | None:
        """A release that is still at hand, by its number."""
        return self._kept.get(number)

    async def started(self) -> Release:
        """Wait until there is a release."""
        await self._first.wait()
        return self.current

    async def start(self) -> None:
        """Read to the end, and wait for a first release where there is none.

        Raises NoRelease after the deadline: a topic that is not there would make every question to it wait for ever.
        """
        last: str = "Kafka does not answer"
        give_up = time.monotonic() + self._deadline
        while (left := give_up - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    last = await self._open()
                    if not last:
                        await self._load()
                        return
                    await asyncio.sleep(RETRY_SECONDS)
            except (KafkaError, TimeoutError) as error:
                last = (
                    last or f"it has no complete release ({type(error).__name__}): run `freshwater catalogue publish`"
                )
                await self.stop()
                await asyncio.sleep(min(RETRY_SECONDS, max(give_up - time.monotonic(), 0)))
        raise NoRelease(f"no catalogue on {self._topic} within {self._deadline:g} seconds: {last}")

    async def _open(self) -> str:
        """Connect and look for the topic; what is missing, or an empty text."""
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(group_id=None, **self._options)
            await self._consumer.start()
        known = await self._consumer.topics()
        if self._topic not in known:
            return "the topic is not there: run `freshwater topics apply`"
        self._consumer.assign([self._partition])
        await self._consumer.seek_to_beginning(self._partition)
        return ""

    async def _load(self) -> None:
        """To the end of the topic, then on until there is a release. The newest whole one counts.

        Of older releases compaction may have taken bodies away: that a marker of theirs does not agree is no fault.
        """
        assert self._consumer is not None
        end = (await self._consumer.end_offsets([self._partition]))[self._partition]
        found, refusals = None, []
        while await self._consumer.position(self._partition) < end:
            async for marker in self._markers():
                try:
                    found = await asyncio.to_thread(self._assembly.close, marker) or found
                except ReleaseRefused as refused:
                    refusals.append(refused)
        for refusal in refusals:
            if found is None or refusal.number > found.number:
                self._refuse(refusal.reason, str(refusal))
        if found is not None:
            await self._switch(found)
        while not self._kept:
            await self._follow()

    async def run(self) -> None:
        """Follow for ever. Kafka away: keep the release, try again."""
        while True:
            try:
                await self._follow()
            except KafkaError as error:
                logger.warning("catalogue_not_read", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        async for marker in self._markers():
            try:
                release = await asyncio.to_thread(self._assembly.close, marker)
            except ReleaseRefused as refusal:
                self._refuse(refusal.reason, str(refusal))
                continue
            if release is not None:
                await self._switch(release)

    async def _markers(self) -> AsyncIterator[ReleaseEnded]:
        """Take what has come. A marker is closed before the record behind it is taken."""
        assert self._consumer is not None, "start() first"
        for records in (await self._consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                try:
                    marker = self._assembly.take(record.key, record.value)
                except UnreadableEvent as error:
                    self._refuse(error.reason, error.detail)
                    continue
                if marker is not None:
                    yield marker

    async def _switch(self, release: Release) -> None:
        if self.on_switch is not None:
            await self.on_switch(release)
        self._kept[release.number] = release
        while len(self._kept) > self._keep:
            self._kept.popitem(last=False)
        self._in_use.set(release.number)
        self._first.set()
        logger.info("catalogue_release", release=release.number, products=len(release.products))

    def _refuse(self, reason: str, detail: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1
        REFUSED.labels(self._service, reason).inc()
        logger.warning("catalogue_refused", reason=reason, detail=detail)

    async def stop(self) -> None:
        """Close; bounded, because a broker that is away would be waited for."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            try:
                async with asyncio.timeout(5):
                    await consumer.stop()
            except (KafkaError, TimeoutError):
                logger.warning("catalogue_consumer_not_stopped")
