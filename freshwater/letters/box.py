"""The letters of one service as they stand on its topic: letters, and the marks that say what became of them.

A mark is a record of its own on the same topic (header `dlq-mark`): a topic is never edited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.broker import consumer_options, producer_options
from shared.contracts.ids import partition_of
from shared.contracts.topics import dead_letters, retry
from shared.errors import FreshwaterError
from shared.settings import Settings

MARK = "dlq-mark"


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, with what its headers say; `mark` is what became of it, or None while it waits."""

    id: str
    service: str
    error: str
    detail: str
    topic: str
    origin: str
    attempt: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    mark: str | None = None


def letter_of(service: str, record: Any) -> tuple[str, str | None, Letter | None]:
    """A record of the topic as (letter's id, mark, letter)."""
    named = {name: value.decode("utf-8", "replace") for name, value in record.headers if value is not None}
    identifier = named.get("dlq-id", f"{record.partition}/{record.offset}")
    if MARK in named:
        return identifier, named[MARK], None
    found = Letter(
        id=identifier,
        service=service,
        error=named.get("dlq-error", "unknown"),
        detail=named.get("dlq-detail", ""),
        topic=named.get("dlq-topic", ""),
        origin=named.get("dlq-origin", ""),
        attempt=int(named.get("dlq-attempt", "1")),
        timestamp=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers),
    )
    return identifier, None, found


class Box:
    """Reads and marks the letters of some services."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._prefix = settings, settings.topic_prefix

    async def read(self, services: Sequence[str]) -> list[Letter]:
        """All letters by service, oldest first, each once (a replay writes equal letters), with the newest mark."""
        consumer = AIOKafkaConsumer(**consumer_options(self._settings))
        await consumer.start()
        try:
            await self._go_to_the_beginning(consumer, services)
            return await self._read(consumer, services)
        finally:
            await consumer.stop()

    async def _go_to_the_beginning(self, consumer: Any, services: Sequence[str]) -> None:
        """Of all at once: a change of the assignment waits for the fetch that is under way."""
        wanted = [self._place(service) for service in services]
        there = await consumer.topics()
        if missing := [place.topic for place in wanted if place.topic not in there]:
            raise FreshwaterError(
                f"there is no topic {', '.join(missing)}; make the topics with `freshwater topics apply`"
            )
        consumer.assign(wanted)
        await consumer.seek_to_beginning(*wanted)

    async def _read(self, consumer: Any, services: Sequence[str]) -> list[Letter]:
        served = {self._place(service): service for service in services}
        ends = await consumer.end_offsets(list(served))
        letters: dict[tuple[str, str], Letter] = {}
        marks: dict[tuple[str, str], str] = {}
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for place, records in (await consumer.getmany(timeout_ms=200)).items():
                for record in records:
                    identifier, mark, letter = letter_of(served[place], record)
                    if mark is not None:
                        marks[served[place], identifier] = mark
                    elif letter is not None:
                        letters.setdefault((served[place], identifier), letter)
        found = [replace(letter, mark=marks.get(each)) for each, letter in letters.items()]
        return sorted(found, key=lambda letter: (services.index(letter.service), letter.timestamp))

    def _place(self, service: str) -> TopicPartition:
        return TopicPartition(self._prefix + dead_letters(service), 0)

    async def retry(self, letters: Sequence[Letter]) -> None:
        """Send letters back to the service that set them aside, and only to it; then mark them."""
        partitions = self._settings.keyed_partitions
        async with AIOKafkaProducer(**producer_options(self._settings)) as producer:
            for letter in letters:
                await producer.send_and_wait(
                    self._prefix + retry(letter.service),
                    letter.value,
                    letter.key,
                    headers=retry_headers(letter),
                    partition=partition_of(household, partitions) if (household := _uuid(letter.key)) else 0,
                )
                await self._mark(producer, letter, "retried")

    async def discard(self, letters: Sequence[Letter], actor: str) -> None:
        """Let them lie: they stay on the topic and are no longer listed."""
        async with AIOKafkaProducer(**producer_options(self._settings)) as producer:
            for letter in letters:
                await self._mark(producer, letter, f"discarded by {actor}")

    async def _mark(self, producer: Any, letter: Letter, mark: str) -> None:
        headers = [("dlq-id", letter.id.encode()), (MARK, mark.encode())]
        topic = self._prefix + dead_letters(letter.service)
        await producer.send_and_wait(topic, b"", letter.id.encode(), headers=headers, partition=0)


def retry_headers(letter: Letter) -> list[tuple[str, bytes | None]]:
    """The original headers, where it came from, and that this is one attempt more."""
    own = [pair for pair in letter.headers if not pair[0].startswith("dlq-")]
    return [
        *own,
        ("dlq-topic", letter.topic.encode()),
        ("dlq-origin", letter.origin.encode()),
        ("dlq-attempt", str(letter.attempt + 1).encode()),
    ]


def _uuid(key: bytes | None) -> UUID | None:
    try:
        return UUID((key or b"").decode())
    except (ValueError, UnicodeDecodeError):
        return None
