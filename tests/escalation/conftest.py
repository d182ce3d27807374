"""One stage a test: topics and a database of its own, the shipped catalogue published on it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from freshwater.catalogue.release import publish
from freshwater.servers import Servers
from services.escalation.settings import EscalationSettings
from shared.contracts.topics import topics
from tests.escalation.room import RELEASE
from tests.escalation.stage import PARTITIONS, Stage, running


async def known(admin: AdminClient, names: set[str]) -> None:
    """Made is not yet known: the broker hears of a topic from its controller."""
    give_up = time.monotonic() + 10
    while not names <= set(admin.list_topics(timeout=10).topics):
        assert time.monotonic() < give_up, "the topics were made and are not there"
        await asyncio.sleep(0.02)


@pytest.fixture
async def stage(servers: Servers, database: str, kafka_admin: AdminClient) -> AsyncIterator[Stage]:
    settings = EscalationSettings(
        kafka=",".join(servers.kafka),
        postgres=database,
        topic_prefix=f"escalation-{secrets.token_hex(4)}.",
        keyed_partitions=PARTITIONS,
        sweep_interval_ms=20,
        escalation_count_seconds=0.1,
    )
    wanted = [
        NewTopic(topic.name, topic.partitions, 1, config=topic.config())
        for topic in topics(("escalation",), keyed_partitions=PARTITIONS, prefix=settings.topic_prefix)
    ]
    for future in kafka_admin.create_topics(wanted).values():
        future.result(10)
    await known(kafka_admin, {topic.topic for topic in wanted})
    await publish(RELEASE, settings, datetime.now(UTC))
    async with running(settings) as started:
        yield started
    kafka_admin.delete_topics([topic.topic for topic in wanted])
