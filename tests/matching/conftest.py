"""One stage a test: topics and a database of its own, the shipped catalogue published on it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import stamina
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from freshwater.catalogue.release import PublishFailed, publish
from freshwater.servers import Servers
from services.matching.app import MIGRATIONS
from services.matching.settings import MatchingSettings
from shared.contracts.topics import topics
from shared.database import OWN_MIGRATIONS, migrate
from tests.matching.room import RELEASE
from tests.matching.stage import PARTITIONS, Stage, running


@pytest.fixture
async def schema(database: str) -> str:
    """A database with matching's tables, without the service."""
    await migrate(database, "matching", OWN_MIGRATIONS, MIGRATIONS)
    return database


@pytest.fixture
async def stage(servers: Servers, database: str, kafka_admin: AdminClient) -> AsyncIterator[Stage]:
    settings = MatchingSettings(
        kafka=",".join(servers.kafka),
        postgres=database,
        topic_prefix=f"matching-{secrets.token_hex(4)}.",
        keyed_partitions=PARTITIONS,
        sweep_interval_ms=20,
    )
    wanted = [
        NewTopic(topic.name, topic.partitions, 1, config=topic.config())
        for topic in topics(("matching",), keyed_partitions=PARTITIONS, prefix=settings.topic_prefix)
    ]
    for future in kafka_admin.create_topics(wanted).values():
        future.result(10)
    # A topic that was just made is not yet known to every answer of the broker.
    async for attempt in stamina.retry_context(on=PublishFailed, attempts=None, timeout=15):
        with attempt:
            await publish(RELEASE, settings, datetime.now(UTC))
    async with running(settings) as started:
        yield started
    kafka_admin.delete_topics([topic.topic for topic in wanted])
