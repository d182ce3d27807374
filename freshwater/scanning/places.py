"""All places where something could stand: topics, tables, logs, metrics; each text with the name of its place."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx
from confluent_kafka import Consumer, KafkaError, TopicPartition

from shared.contracts.topics import GATE, partner_of
from shared.errors import FreshwaterError
from shared.librdkafka import client_options
from shared.settings import Settings

FRESH_SECONDS = 3_600
"""Native doors carry clear text for at most so long."""
QUIET_SECONDS = 30.0
DATA = frozenset({"kafka", "postgres"})
_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""


class Text(NamedTuple):
    """`fresh`: in a native door, younger than an hour."""

    place: str
    text: str
    fresh: bool = False


class ScanError(FreshwaterError):
    """Something that should be searched cannot be read: then nobody may say that nothing is there."""


def _as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def topic_texts(settings: Settings) -> Iterator[Text]:
    """Keys, values and headers of every record of ours. Raises ScanError."""
    consumer = Consumer(
        {
            **client_options(settings), "group.id": "freshwater.scan", "enable.auto.commit": False,
            "enable.partition.eof": True, "auto.offset.reset": "earliest",
        }
    )  # fmt: skip
    try:
        listed = consumer.list_topics(timeout=QUIET_SECONDS).topics
        ours = [name for name in listed if name.startswith(f"{settings.topic_prefix}freshwater.")]
        left = {(name, partition) for name in ours for partition in listed[name].partitions}
        consumer.assign([TopicPartition(name, partition, 0) for name, partition in left])
        yield from _records(consumer, left, settings.topic_prefix)
    finally:
        consumer.close()


def _records(consumer: Consumer, left: set[tuple[str, int]], prefix: str) -> Iterator[Text]:
    heard = time.monotonic()
    for name, _ in left:
        yield Text(f"topic {name}", "")
    while left:
        for message in consumer.consume(2_000, 0.5):
            heard, error = time.monotonic(), message.error()
            name = str(message.topic())
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise ScanError(f"{name} can not be read: {error.str()}")
                left.discard((name, int(message.partition() or 0)))
                continue
            partner = partner_of(name, prefix)
            door = partner is not None and partner != GATE and name.endswith(".in.v1")
            fresh = door and time.time() - message.timestamp()[1] / 1000 < FRESH_SECONDS
            headers: Any = message.headers() or ()
            parts = [message.key(), message.value(), *(value for _, value in headers)]
            yield Text(f"topic {name}", "\n".join(map(_as_text, parts)), fresh)
        if time.monotonic() - heard > QUIET_SECONDS:
            raise ScanError(f"Kafka gave nothing for {QUIET_SECONDS:.0f} s; unread: {len(left)} partitions")


async def table_texts(dsn: str) -> AsyncIterator[Text]:
    """Every row of every table of a database."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        for schema, table in await connection.fetch(_TABLES):
            place = f"table {schema}.{table}"
            yield Text(place, "")
            async with connection.transaction(readonly=True):
                every = f'SELECT * FROM "{schema}"."{table}"'  # noqa: S608
                async for row in connection.cursor(every, prefetch=2_000):
                    yield Text(place, "\n".join(map(_as_text, row.values())))
    finally:
        await connection.close()


def log_texts(folder: Path) -> Iterator[Text]:
    """Every line of every log below a folder; the servers' own data is looked at as topics and tables."""
    for file in sorted(folder.rglob("*.log*")):
        if file.is_file() and not DATA & set(file.relative_to(folder).parts[:-1]):
            with file.open(encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    yield Text(f"log {file.name}", line)


def metric_texts(urls: list[str]) -> Iterator[Text]:
    """Every line of what services tell Prometheus. Raises ScanError."""
    for url in urls:
        try:
            lines = httpx.get(url, timeout=10).text.splitlines()
        except httpx.HTTPError as error:
            raise ScanError(f"{url} does not answer: {type(error).__name__}") from None
        for line in lines:
            yield Text(f"metrics {url}", line)
