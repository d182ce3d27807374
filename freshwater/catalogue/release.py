"""Publishing a catalogue: what differs from the topic, the records that say so, and the marker that ends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared.broker import consumer_options, producer_options
from shared.catalogue import Assembly, Release, ReleaseRefused, digest_of
from shared.catalogue.assembly import MARKER
from shared.catalogue.release import Key
from shared.contracts.catalogue import EntityPublished, ReleaseEnded
from shared.contracts.envelope import CONTENT_TYPE, Data
from shared.contracts.ids import timed_id
from shared.contracts.registry import UnreadableEvent, model_of
from shared.contracts.topics import CATALOGUE
from shared.errors import FreshwaterError
from shared.settings import Settings

DEADLINE_SECONDS = 60.0
Record = tuple[bytes, bytes, Sequence[tuple[str, bytes]]]


class PublishFailed(FreshwaterError):
    """The catalogue could not be read from or written to Kafka; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a publication does: the release it makes (or finds), and the entities added, changed and removed."""

    release: int
    sha256: str
    entities: int
    added: tuple[Key, ...] = ()
    changed: tuple[Key, ...] = ()
    removed: tuple[Key, ...] = ()
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the topic holds: its entities, the newest whole release, and whether its marker is the last word."""

    assembly: Assembly
    release: Release | None

    def ends_with(self, digest: str) -> bool:
        return self.release is not None and self.release.sha256 == digest == digest_of(self.assembly.bodies)


async def standing(settings: Settings) -> Standing:
    """Read the topic to its end. Raises PublishFailed where it is not there or Kafka does not answer."""
    async with _answered(), _consumer(settings) as consumer:
        assembly = Assembly()
        await _read_to_end(consumer, settings, assembly)
        return Standing(assembly, assembly.current)


async def publish(content: Release, settings: Settings, now: datetime, dry_run: bool = False) -> Changes:
    """Write what changed, then the marker; the same content a second time writes nothing.

    A publication that was interrupted is finished by the next one. Two at the same time disagree with each other's
    marker: readers ignore both, and this raises PublishFailed so that one of them runs again.
    """
    before = await standing(settings)
    changes = compare(content, before)
    if not changes.needed or dry_run:
        return changes
    async with _answered():
        await _write(records_of(content, changes, now), settings)
    after = await standing(settings)
    if after.release is None or after.release.number != changes.release:
        raise PublishFailed(
            f"release {changes.release} was written but does not hold: somebody else published at the same time. "
            "Publish again; until then the old release stays in use"
        )
    return changes


def compare(content: Release, before: Standing) -> Changes:
    """What must be written to make the topic say what `content` says; `needed` is False where nothing must."""
    bodies, there = content.bodies(), before.assembly.bodies
    added = tuple(sorted(key for key in bodies if key not in there))
    changed = tuple(sorted(key for key, body in bodies.items() if key in there and there[key] != body))
    removed = tuple(sorted(key for key in there if key not in bodies))
    if not (added or changed or removed) and before.ends_with(content.sha256) and before.release:
        return Changes(before.release.number, content.sha256, len(bodies))
    number = before.assembly.highest + 1
    return Changes(number, content.sha256, len(bodies), added, changed, removed, needed=True)


def records_of(content: Release, changes: Changes, now: datetime) -> list[Record]:
    """Key, value and headers of each record to write, in their order; the last is the marker."""
    bodies = content.bodies()
    records = []
    for kind, identifier in (*changes.added, *changes.changed, *changes.removed):
        body = bodies.get((kind, identifier))
        fields = {"kind": kind, "id": identifier, "release": changes.release, "body": body}
        records.append(_record((kind, identifier), EntityPublished.model_validate(fields), changes.release, now))
    marker = ReleaseEnded(release=changes.release, entities=len(bodies), sha256=content.sha256)
    return [*records, _record(MARKER, marker, changes.release, now)]


def _record(key: Key, data: Data, release: int, now: datetime) -> Record:
    name = "/".join(key)
    identifier = timed_id(int(now.timestamp() * 1000), f"catalogue/{release}/{name}")
    event = model_of(type(data))(
        id=identifier,
        source="/freshwater/catalogue",
        type=data.TYPE,
        subject=name,
        time=now,
        partitionkey=name,
        correlationid=f"catalogue/{release}",
        causationid=f"catalogue/{release}",
        sequence=f"{release:010d}",
        actor="operator:freshwater",
        data=data,
    )
    headers = [("content-type", CONTENT_TYPE), ("ce_type", data.TYPE.encode())]
    return name.encode(), event.model_dump_json().encode(), headers


async def _write(records: Sequence[Record], settings: Settings) -> None:
    topic = settings.topic_prefix + CATALOGUE
    producer = AIOKafkaProducer(**producer_options(settings))
    try:
        await producer.start()
        sent = [await producer.send(topic, value, key, 0, headers=headers) for key, value, headers in records[:-1]]
        await asyncio.gather(*sent)
        # Only now: a reader that sees the marker has seen all entities before it.
        key, value, headers = records[-1]
        await producer.send_and_wait(topic, value, key, 0, headers=headers)
    finally:
        await producer.stop()


async def _read_to_end(consumer: AIOKafkaConsumer, settings: Settings, assembly: Assembly) -> None:
    partition = TopicPartition(settings.topic_prefix + CATALOGUE, 0)
    if partition.topic not in await consumer.topics():
        raise PublishFailed(f"topic {partition.topic} is not there: run `freshwater topics apply` first")
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    while await consumer.position(partition) < end:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                _take(record, assembly)


def _take(record: Any, assembly: Assembly) -> None:
    try:
        marker = assembly.take(record.key, record.value)
        if marker is not None:
            assembly.close(marker)
    except (UnreadableEvent, ReleaseRefused):
        # What does not hold is what this publication is going to put right.
        return


@asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(group_id=None, **consumer_options(settings))
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


@asynccontextmanager
async def _answered() -> AsyncIterator[None]:
    """Within a deadline: aiokafka waits for ever for a topic or a broker that is gone."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            yield
    except (KafkaError, TimeoutError) as error:
        raise PublishFailed(f"Kafka does not answer ({type(error).__name__}); is FRESHWATER_KAFKA right?") from error
