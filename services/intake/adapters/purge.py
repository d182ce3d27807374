"""Native doors carry clear text: what intake has taken is deleted from them, well within the hour."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from contextlib import closing

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from services.intake.metrics import PURGE_BEAT, PURGED
from shared.contracts.topics import GATE, doors_pattern, partner_of
from shared.librdkafka import GroupOffsets, Place, client_options
from shared.settings import Settings
from shared.telemetry import logger

TIMEOUT_SECONDS = 10.0


class DoorPurge:
    """`run` deletes for ever up to the offsets that the doors' group has committed, and no further."""

    def __init__(self, settings: Settings, group: str, seconds: float) -> None:
        self._prefix, self._seconds = settings.topic_prefix, seconds
        self._group = settings.topic_prefix + group
        self._options = client_options(settings)
        self._admin: AdminClient | None = None

    async def run(self) -> None:
        """Any member may do it: to delete again what is gone changes nothing."""
        while True:
            await asyncio.sleep(self._seconds)
            try:
                PURGED.inc(await asyncio.to_thread(self.purge))
                PURGE_BEAT.set(time.time())
            except KafkaException as error:
                logger.warning("doors_not_purged", error=str(error.args[0]))

    def purge(self) -> int:
        """Empty the native doors; returns how many records went. Raises KafkaException."""
        self._admin = self._admin or AdminClient(self._options)
        taken = self._committed(self._doors())
        if not taken:
            return 0
        before = self._low_watermarks(taken)
        futures = self._admin.delete_records([TopicPartition(*place, offset) for place, offset in taken.items()])
        deleted = 0
        for place, future in futures.items():
            low = future.result(TIMEOUT_SECONDS).low_watermark
            deleted += max(low - before.get((place.topic, place.partition), low), 0)
        return deleted

    def _doors(self) -> list[Place]:
        """Partitions of all native doors; the gate's own topic holds nothing in clear."""
        assert self._admin is not None
        pattern = re.compile(doors_pattern(self._prefix))
        topics = self._admin.list_topics(timeout=TIMEOUT_SECONDS).topics
        names = [name for name in topics if pattern.match(name) and partner_of(name, self._prefix) != GATE]
        return [(name, partition) for name in names for partition in topics[name].partitions]

    def _committed(self, doors: list[Place]) -> Mapping[Place, int]:
        with closing(GroupOffsets(self._options, self._group)) as group:
            return {place: offset for place, offset in group.committed(doors, TIMEOUT_SECONDS).items() if offset}

    def _low_watermarks(self, taken: Mapping[Place, int]) -> dict[Place, int]:
        assert self._admin is not None
        earliest = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
        futures = self._admin.list_offsets({TopicPartition(*place): earliest for place in taken})
        return {
            (place.topic, place.partition): future.result(TIMEOUT_SECONDS).offset for place, future in futures.items()
        }
