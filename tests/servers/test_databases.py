"""What the tests' own fixtures promise."""

from __future__ import annotations

import asyncpg
from confluent_kafka.admin import AdminClient

from tests.conftest import MakeTopics
from tests.databases import Databases, Template


async def test_a_template_is_prepared_once_and_its_copies_are_apart(databases: Databases) -> None:
    prepared: list[str] = []

    async def prepare(dsn: str) -> None:
        prepared.append(dsn)
        await _run(dsn, "CREATE TABLE seed AS SELECT 7 AS number")

    template = Template("seeded", prepare)
    first, second = await databases.fresh(template), await databases.fresh(template)
    await _run(first, "DELETE FROM seed")

    assert await _run(first, "SELECT number FROM seed") is None
    assert await _run(second, "SELECT number FROM seed") == 7
    assert len(prepared) == 1
    for dsn in (first, second):
        await databases.drop(dsn)


async def test_a_test_gets_an_empty_database(database: str) -> None:
    assert await _run(database, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == 0


async def test_topics_carry_the_prefix_and_what_was_asked_for(
    make_topics: MakeTopics, topic_prefix: str, kafka_admin: AdminClient
) -> None:
    (name,) = await make_topics("demands.v1", partitions=3)
    assert name == f"{topic_prefix}demands.v1"
    assert len(kafka_admin.list_topics(name, timeout=10).topics[name].partitions) == 3


async def _run(dsn: str, statement: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        value: object = await connection.fetchval(statement)
        return value
    finally:
        await connection.close()
