"""The stage of the loop's tests: three partitions, a six-second session, a database of one's own."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from freshwater.servers import Servers
from tests.loop.harness import LETTERS, NAMES, Stage


@pytest.fixture
async def stage(servers: Servers, database: str, kafka_admin: AdminClient, tmp_path: Path) -> AsyncIterator[Stage]:
    """Topics of this test alone, so that a replay of one never meets another."""
    made = Stage(servers.kafka, database, f"loop-{secrets.token_hex(4)}.", tmp_path)
    wanted = [NewTopic(made.prefix + name, made.partitions, 1) for name in NAMES]
    wanted.append(NewTopic(made.prefix + LETTERS, 1, 1, config={"max.message.bytes": "2097152"}))
    for future in kafka_admin.create_topics(wanted).values():
        future.result(10)
    try:
        yield made
    finally:
        made.stop()
        kafka_admin.delete_topics([topic.topic for topic in wanted])
