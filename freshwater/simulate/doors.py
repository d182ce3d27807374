"""The simulated side of the doors: one consumer over all that partners may hear, one producer for what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from freshwater.simulate.notices import Heard, heard
from shared.broker import consumer_options, producer_options
from shared.contracts.envelope import CONTENT_TYPE
from shared.contracts.topics import door_in, door_out, partner_of
from shared.settings import Settings

# aiokafka's C builder takes a list, not a tuple.
HEADERS: list[tuple[str, bytes]] = [("content-type", CONTENT_TYPE)]
POLL_MS = 50
AT_ONCE = 2_000
_encode = msgspec.json.Encoder().encode


class Ears:
    """Reads every door that leads out, from its beginning: what was decided before is decided the same again."""

    def __init__(self, settings: Settings, partners: Iterable[str]) -> None:
        self._prefix = settings.topic_prefix
        self._places = [TopicPartition(self._prefix + door_out(partner), 0) for partner in partners]
        self._consumer = AIOKafkaConsumer(**consumer_options(settings))

    async def start(self) -> None:
        await self._consumer.start()
        self._consumer.assign(self._places)
        await self._consumer.seek_to_beginning(*self._places)

    async def stop(self) -> None:
        await self._consumer.stop()

    async def listen(self) -> list[tuple[str, Heard]]:
        """What has come, by partner; in the order of each door."""
        batches = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=AT_ONCE)
        found = []
        for place, records in batches.items():
            partner = partner_of(place.topic, self._prefix) or ""
            found += [(partner, each) for record in records if record.value and (each := heard(record.value))]
        return found

    async def behind(self) -> int:
        """Notices that wait to be read."""
        ends = await self._consumer.end_offsets(self._places)
        return sum([max(ends[place] - await self._consumer.position(place), 0) for place in self._places])


class Mouth:
    """Writes to the doors that lead in. Each partner writes to its own alone, as the broker would force it to."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.topic_prefix
        options = {**producer_options(settings), "linger_ms": 5}
        self._producer = AIOKafkaProducer(**options)

    async def start(self) -> None:
        await self._producer.start()

    async def stop(self) -> None:
        await self._producer.stop()

    async def say(self, partner: str, events: Iterable[Mapping[str, Any]]) -> int:
        """Send them in order; returns how many, when the broker has them. Raises KafkaError."""
        topic = self._prefix + door_in(partner)
        sent = [await self._producer.send(topic, value=_encode(event), headers=HEADERS) for event in events]
        for future in sent:
            await future
        return len(sent)

    async def mumble(self, partner: str, count: int) -> None:
        """Send records that nobody can read, as a partner's broken program does. Raises KafkaError."""
        for _ in range(count):
            await self._producer.send_and_wait(self._prefix + door_in(partner), value=b'{"specversion": ')
