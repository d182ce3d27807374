"""How far the services are behind, as the broker knows it: records written, less records committed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from shared.contracts.topics import SERVICES, partner_of, topics, topics_read_by
from shared.librdkafka import GroupOffsets, Place, client_options
from shared.settings import Settings

WAIT_SECONDS = 10.0


class Lag:
    """Asks the broker. `behind()` gives the number of records by service that it has not taken yet."""

    def __init__(self, settings: Settings, partners: Iterable[str]) -> None:
        self._options = client_options(settings)
        self._client = AdminClient(self._options)
        prefix, named = settings.topic_prefix, sorted(partners)
        keyed = settings.keyed_partitions
        self._reads: dict[str, list[Place]] = {}
        for service in SERVICES:
            read = topics_read_by(service, named, keyed, prefix)
            doors = [topic for topic in read if partner_of(topic.name, prefix)]
            # What it alone writes it knows already.
            rest = [each for each in read if each not in doors and not each.compacted and each.writers != (service,)]
            self._reads[f"{prefix}freshwater.{service}"] = _places(rest)
            if doors:
                self._reads[f"{prefix}freshwater.{service}.doors"] = _places(doors)
        self._groups = {group: GroupOffsets(self._options, group) for group in self._reads}
        self._all = _places(topics(partners=named, keyed_partitions=keyed, prefix=prefix))

    async def behind(self) -> dict[str, int]:
        """By group, in records. What is read by no group (compacted topics) is not counted."""
        return await asyncio.to_thread(self._behind)

    def _behind(self) -> dict[str, int]:
        # First what was taken, then what was written: a sum of 0 then means that nothing was in between.
        taken = {group: self._groups[group].committed(places, WAIT_SECONDS) for group, places in self._reads.items()}
        ends = self._ends({place for places in self._reads.values() for place in places})
        return {
            group: sum(max(ends.get(place, 0) - taken[group].get(place, 0), 0) for place in places)
            for group, places in self._reads.items()
        }

    def written(self) -> dict[Place, int]:
        """The end of every partition: equal twice, nothing was written in between."""
        return self._ends(self._all)

    def _ends(self, places: Iterable[Place]) -> dict[Place, int]:
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = dict.fromkeys((TopicPartition(*place) for place in places), latest)
        found = self._client.list_offsets(asked, request_timeout=WAIT_SECONDS)
        try:
            return {(each.topic, each.partition): future.result(WAIT_SECONDS).offset for each, future in found.items()}
        except KafkaException:
            # A client keeps the epochs of leaders for five minutes: after a broker was away it asks with old ones.
            self._client = AdminClient(self._options)
            raise


def _places(listed: Iterable[Any]) -> list[Place]:
    return [(topic.name, partition) for topic in listed for partition in range(topic.partitions)]
