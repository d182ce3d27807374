"""The whole service on a real broker and database: what comes is shown, what cannot be read is set aside and held."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from freshwater.catalogue.release import publish
from freshwater.servers import Servers
from freshwater.servers.ports import free_port
from services.desk.app import process
from services.desk.handlers.rebuilding import rebuild_read_model
from services.desk.settings import DeskSettings
from services.desk.store import accounts
from services.desk.store.campaign import books
from services.desk.store.rebuild import OWN, READ_MODEL
from shared.broker import Publisher
from shared.clock import Clock
from shared.contracts import referrals, topics
from shared.contracts.feedback import OfCause
from shared.database import OWN_MIGRATIONS, Connection
from shared.rendering import Output
from tests.desk.stories import Story, whole
from tests.desk.visitors import RELEASE

PARTITIONS = 2
TOPIC_OF = {
    "household": topics.HOUSEHOLDS,
    "intake": topics.DEMANDS,
    "claims": topics.ACTIONS,
    "matching": topics.REFERRALS,
    "escalation": topics.CASES,
    "notify": topics.FEEDBACK,
}


def record(event: Any) -> Output:
    """An event as its writer puts it on its topic."""
    household = event.partitionkey
    headers = (("content-type", b"application/cloudevents+json"), ("ce_type", event.type.encode()))
    value = event.model_dump_json(exclude_none=True).encode()
    topic = TOPIC_OF[event.source.rpartition("/")[2]]
    return Output(topic, int(household[-8:], 16), household.encode(), value, headers)


@dataclass
class Room:
    """The running service, and the way to its topics and tables."""

    settings: DeskSettings
    publisher: Publisher
    connection: Connection

    async def say(self, outputs: Sequence[Output]) -> None:
        await self.publisher.publish(outputs)

    async def until(self, what: str, arrived: Callable[[], Awaitable[bool]]) -> None:
        give_up = time.monotonic() + 30
        while not await arrived():
            assert time.monotonic() < give_up, f"{what}: not within 30 s"
            await asyncio.sleep(0.02)

    async def count(self, table: str) -> int:
        found: int = await self.connection.fetchval(f"SELECT count(*) FROM {table}")
        return found


@pytest.fixture
async def room(
    servers: Servers, database: str, connection: Connection, kafka_admin: AdminClient
) -> AsyncIterator[Room]:
    settings = DeskSettings(
        kafka=",".join(servers.kafka),
        postgres=database,
        topic_prefix=f"desk-{secrets.token_hex(4)}.",
        keyed_partitions=PARTITIONS,
        desk_port=free_port(),
        desk_open_campaign=True,
    )
    listed = topics.topics(keyed_partitions=PARTITIONS, prefix=settings.topic_prefix)
    read = [topic for topic in listed if {"desk", "freshwater"} & {*topic.readers, *topic.writers}]
    wanted = [NewTopic(topic.name, topic.partitions, 1, config=topic.config()) for topic in read]
    for future in kafka_admin.create_topics(wanted).values():
        await asyncio.to_thread(future.result, 10)
    await publish(RELEASE, settings, datetime.now(UTC))
    publisher = Publisher("test", settings)
    await publisher.start()
    async with process(settings, Clock()).started():
        yield Room(settings, publisher, connection)
    await publisher.stop()
    kafka_admin.delete_topics([topic.topic for topic in wanted])


async def test_what_comes_is_shown(room: Room) -> None:
    stories = [event for number in range(20) for event in whole(number)]
    await room.say([record(event) for event in stories])
    # Everything once more, as after a crash of the writers: nothing is counted twice.
    await room.say([record(event) for event in reversed(stories)])
    told = [event.data for event in stories if isinstance(event.data, OfCause)]
    deliveries = len({each.delivery for data in told for each in getattr(data, "notices", [data])})
    lines = len(stories) - len(told)

    async def all_there() -> bool:
        return await room.count("timeline") == lines and await room.count("deliveries") == deliveries

    await room.until("the whole story", all_there)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{room.settings.desk_port}") as client:
        page = (await client.get("/", headers={"accept-language": "en"})).text
        live = client.stream("GET", "/live", headers={"accept-language": "en"})
        async with live as stream:
            first = await anext(stream.aiter_lines())
    assert 'data-figure="funnel.disbursed.n">20<' in page
    assert "¥1,800,000" in page
    assert first.startswith("data: ")
    assert '"docking.funded.n":"20"' in first
    counts = await books(room.connection)
    assert counts["rows"]["demands"] == 20
    assert counts["demands"] == [{"state": "open", "docking": "funded", "n": 20}]


async def test_poison_in_every_topic_is_set_aside_and_its_demand_held(room: Room) -> None:
    story = Story(1)
    good = [record(event) for event in (story.demanded(), story.opened())]
    poison: list[tuple[bytes | None, bytes]] = [
        (None, b"null"),
        (b"{", b"invalid json"),
        (b"[" * 100_000, b"deep"),
        (b'{"type": "org.freshwater.nobody.knows.v1"}', b"type"),
        (b'{"type": "%s", "id": NaN}' % story.demanded().type.encode(), b"nan"),
        (b"\xff\xfe\x00", b"binary"),
        (b'{"type": "%s", "subject": "%s"}' % (story.demanded().type.encode(), str(story.demand).encode()), b"subject"),
    ]
    named = [*TOPIC_OF.values(), topics.CAPACITY, topics.retry("desk")]
    bad = [
        Output(topic, number, key, value, (("ce_type", b"\xff"), ("other", None)) if number % 2 else ())
        for topic in named
        for number, (value, key) in enumerate(poison)
    ]
    letters = [
        Output(
            topics.dead_letters("matching"), None, b"k", b"\x00\xff", (("dlq-subject", str(story.demand).encode()),)
        ),
        Output(topics.dead_letters("matching"), None, b"k", None, ()),
        Output(topics.dead_letters("intake"), None, b"k", b"x", (("dlq-id", b"\xff"), ("dlq-error", None))),
    ]
    await room.say([*bad, *letters, *good])

    async def all_there() -> bool:
        return await room.count("letters") == len(bad) + len(letters) and await room.count("timeline") == 2

    await room.until("the letters and the good records beside them", all_there)
    held = await room.connection.fetch("SELECT DISTINCT service FROM letters WHERE demand = $1", story.demand)
    assert {row["service"] for row in held} == {"matching", "desk"}
    assert await room.connection.fetchval("SELECT docking FROM demands WHERE demand = $1", story.demand) == "referred"


async def test_an_older_event_that_comes_late_changes_nothing(room: Room) -> None:
    story = Story(2)
    first, second = story.demanded(), story.demanded(state="withdrawn")
    await room.say([record(second)])

    async def withdrawn() -> bool:
        return await room.count("timeline") == 1

    await room.until("the newer event", withdrawn)
    await room.say([record(first)])

    async def both() -> bool:
        return await room.count("timeline") == 2

    await room.until("the older event", both)
    assert await room.connection.fetchval("SELECT state FROM demands") == "withdrawn"


async def test_the_read_model_is_rebuilt_while_the_old_one_serves(room: Room) -> None:
    """It is what it was before somebody damaged it; what is the desk's own stays; what comes meanwhile is there."""
    stories = [event for number in range(30) for event in whole(number)]
    await room.say([record(event) for event in stories])
    lines = sum(not isinstance(event.data, OfCause) for event in stories)

    async def all_there() -> bool:
        return await room.count("timeline") == lines

    await room.until("the whole story", all_there)
    shapes = await _shapes(room.connection)
    expected = await _rows(room.connection)
    await accounts.add(room.connection, Story(1).demand, "li", "auditor", None, "hash", datetime.now(UTC))
    await room.connection.execute("DELETE FROM timeline; UPDATE demands SET county = 'wrong'; DELETE FROM moments")
    late = Story(99)
    seen: list[int] = []

    looking = asyncio.create_task(_look(room, seen))
    done, _ = await asyncio.gather(
        rebuild_read_model(room.settings, print), room.say([record(late.demanded()), record(late.opened())])
    )
    looking.cancel()
    assert done.events >= len(stories)
    assert set(seen) == {200}

    async def late_too() -> bool:
        return await room.count("timeline") == lines + 2

    await room.until("what came meanwhile", late_too)
    assert await room.count("accounts") == 1
    assert await _shapes(room.connection) == shapes
    await room.connection.execute("DELETE FROM timeline WHERE household = $1", late.household)
    found = await _rows(room.connection)
    for table in expected:
        assert found[table] == expected[table], table
    # And it goes on: the desk writes into the new tables, and the counters count.
    await room.say([record(late.moved(0, referrals.Accepted, "accepted"))])

    async def goes_on() -> bool:
        return await room.count("timeline") == lines + 1

    await room.until("the next event", goes_on)
    assert await room.connection.fetchval("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'desk_%'") == 0


async def _look(room: Room, seen: list[int]) -> None:
    """Ask for the campaign's page again and again."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{room.settings.desk_port}") as client:
        while True:
            seen.append((await client.get("/")).status_code)
            await asyncio.sleep(0.01)


async def _rows(connection: Connection) -> dict[str, list[Any]]:
    tables = ("demands", "timeline", "moments", "referrals", "deliveries")
    own = Story(99).household
    return {
        table: [
            tuple(row)
            for row in await connection.fetch(f"SELECT * FROM {table} WHERE household <> $1 ORDER BY 1, 2", own)
        ]
        for table in tables
    }


async def _shapes(connection: Connection) -> list[Any]:
    """Columns, indexes and triggers of the read model, by their definitions."""
    asked = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = 'desk' ORDER BY 1, 2",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'desk' ORDER BY 1",
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 2",
        "SELECT relname, reloptions::text FROM pg_class JOIN pg_namespace AS n ON n.oid = relnamespace"
        " WHERE nspname = 'desk' AND relkind = 'r' ORDER BY 1",
    )
    return [[tuple(row) for row in await connection.fetch(sql)] for sql in asked]


async def test_the_list_of_what_can_be_rebuilt_is_whole(connection: Connection) -> None:
    """A new table is either made again from the topics, or backed up: whoever adds one has to say which."""
    tables = {row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'desk'")}
    loops = set(re.findall(r"CREATE TABLE (\w+)", " ".join(path.read_text() for path in OWN_MIGRATIONS.glob("*.sql"))))
    of_the_loop = {table for table in tables if table in loops or table.startswith("journal_")}
    assert tables - of_the_loop - {"migrations"} == {*READ_MODEL, *OWN}
