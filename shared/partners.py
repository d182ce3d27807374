"""Follows `freshwater.partners.v1` without a group: every partner as it is now, and which of their doors stand open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.contracts.partners import PartnerRegistered
from shared.contracts.registry import UnreadableEvent, read_event
from shared.contracts.topics import PARTNERS, door_out, readable_types
from shared.errors import FreshwaterError
from shared.metric_list import counter, gauge
from shared.telemetry import logger

KNOWN = gauge("freshwater_partners_known")
UNREAD = counter("freshwater_partners_unread_total")
POLL_MS = 500
RETRY_SECONDS = 0.5
LOOK_FOR_DOORS_SECONDS = 5.0


class NoPartners(FreshwaterError):
    """The registry of partners can not be read; the text says what to do."""


class PartnerFollower:
    """`start` reads to the end, `run` follows for ever, `stop` closes; the newest version of each partner counts.

    `partners` and `open_doors` are replaced, never changed, so that who took them keeps what it took; `changes` counts
    the replacements. A door is open when its topic exists: what is sent to a topic that does not would end the
    process, so nobody sends there before.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        prefix: str = "",
        *,
        service: str = "tool",
        deadline_seconds: float = 60.0,
    ) -> None:
        self._options, self._prefix, self._service = options, prefix, service
        self._deadline = deadline_seconds
        self._topic = prefix + PARTNERS
        self._partition = TopicPartition(self._topic, 0)
        self._consumer: AIOKafkaConsumer | None = None
        self._looked = 0.0
        self.partners: Mapping[str, PartnerRegistered] = MappingProxyType({})
        self.open_doors: frozenset[str] = frozenset()
        self.changes = 0

    async def start(self) -> None:
        """Read to the end. Raises NoPartners after the deadline: a missing topic would be waited for without end."""
        last = "Kafka does not answer"
        give_up = time.monotonic() + self._deadline
        while (left := give_up - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    last = await self._open()
                    if not last:
                        await self._load()
                        return
            except (KafkaError, TimeoutError) as error:
                last = last or f"it could not be read to its end ({type(error).__name__})"
                await self.stop()
            await asyncio.sleep(min(RETRY_SECONDS, max(give_up - time.monotonic(), 0)))
        raise NoPartners(f"no partners from {self._topic} within {self._deadline:g} seconds: {last}")

    async def _open(self) -> str:
        """Connect and look for the topic; what is missing, or an empty text."""
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(group_id=None, **self._options)
            await self._consumer.start()
        if self._topic not in await self._consumer.topics():
            return "the topic is not there: run `freshwater topics apply`"
        self._consumer.assign([self._partition])
        await self._consumer.seek_to_beginning(self._partition)
        return ""

    async def _load(self) -> None:
        assert self._consumer is not None
        end = (await self._consumer.end_offsets([self._partition]))[self._partition]
        while await self._consumer.position(self._partition) < end:
            await self._take()
        await self._look_for_doors()

    async def run(self) -> None:
        """Follow for ever. Kafka away: keep what is known, try again."""
        while True:
            try:
                await self._take()
                if self._missing_doors() and time.monotonic() - self._looked > LOOK_FOR_DOORS_SECONDS:
                    await self._look_for_doors()
            except KafkaError as error:
                logger.warning("partners_not_read", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _take(self) -> None:
        """Take what has come; look for new doors at once, so that a partner hears from its first demand on."""
        assert self._consumer is not None, "start() first"
        batches = await self._consumer.getmany(self._partition, timeout_ms=POLL_MS)
        found = dict(self.partners)
        for record in batches.get(self._partition, ()):
            self._put(found, record.key, record.value)
        if found != self.partners:
            self.partners = MappingProxyType(found)
            self.changes += 1
            KNOWN.labels(self._service).set(len(found))
            if self._missing_doors():
                await self._look_for_doors()

    def _put(self, found: dict[str, PartnerRegistered], key: bytes | None, value: bytes | None) -> None:
        if value is None:
            found.pop((key or b"").decode("utf-8", "replace"), None)
            return
        try:
            partner: PartnerRegistered = read_event(value, readable_types(PARTNERS)).data
        except UnreadableEvent as error:
            UNREAD.labels(self._service, error.reason).inc()
            logger.warning("partner_unread", reason=error.reason, detail=error.detail)
            return
        known = found.get(partner.partner)
        # A member that woke late may publish an old registration last: the version says which is newer.
        if known is None or partner.version >= known.version:
            found[partner.partner] = partner

    def _missing_doors(self) -> bool:
        return any(partner.door and partner.partner not in self.open_doors for partner in self.partners.values())

    async def _look_for_doors(self) -> None:
        assert self._consumer is not None
        self._looked = time.monotonic()
        there = await self._consumer.topics()
        named = (partner.partner for partner in self.partners.values() if partner.door)
        found = frozenset(name for name in named if self._prefix + door_out(name) in there)
        if found != self.open_doors:
            self.open_doors = found
            self.changes += 1

    async def stop(self) -> None:
        """Close; bounded, because a broker that is away would be waited for."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            try:
                async with asyncio.timeout(5):
                    await consumer.stop()
            except (KafkaError, TimeoutError):
                logger.warning("partner_consumer_not_stopped")
