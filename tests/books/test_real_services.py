"""The books of five real services on a real broker and database: balanced under way and at rest, and able to fail."""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from freshwater.books import Books, Report
from freshwater.books.installed import books_of
from freshwater.places import CHECKOUT
from freshwater.servers import Servers
from freshwater.simulate.doors import Mouth
from freshwater.simulate.partners import HOTLINE
from freshwater.simulate.submissions import submissions
from freshwater.stack import Place, Stack, stack
from freshwater.stack.databases import drop_databases
from freshwater.stack.place import at_database
from shared.catalogue import load_directory
from shared.clock import wall
from shared.contracts.topics import (
    ACTIONS,
    CAPACITY,
    CASES,
    CLOCK,
    DEMANDS,
    FEEDBACK,
    HOUSEHOLDS,
    RECEIPTS,
    REFERRALS,
    SERVICES,
    dead_letters,
    door_in,
)
from shared.rendering import Output, pack, unpack
from tests.books.restoring import Backup, differences, held
from tests.books.test_any_history import explained
from tests.loop.harness import until

pytestmark = pytest.mark.timeout(400)
POISONED = (ACTIONS, CAPACITY, CASES, CLOCK, DEMANDS, FEEDBACK, HOUSEHOLDS, RECEIPTS, REFERRALS, dead_letters("desk"))
BAD = (b"", b"\x00\xff", b"{", b'{"type": "org.freshwater.door.nothing.v1"}', b"[1, 2]")


@pytest.fixture(scope="module")
async def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    word = secrets.token_hex(3)
    place = Place(tmp_path_factory.mktemp("books"), f"books_{word}", f"books_{word}_vault", f"books-{word}.")
    try:
        async with stack(servers, place, load_directory(CHECKOUT / "catalogue"), report=lambda _: None) as started:
            yield started
    finally:
        await drop_databases(servers.postgres, place)


@pytest.fixture(scope="module")
def books(running: Stack) -> Books:
    return books_of(running.settings, running.environment, running.place.folder)


async def say(running: Stack, numbers: range, *, obstructed: bool = False) -> None:
    mouth = Mouth(running.settings)
    await mouth.start()
    try:
        events = [each.event for each in submissions(7, numbers, wall(), obstructed=obstructed)]
        await mouth.say(HOTLINE, events)
    finally:
        await mouth.stop()


async def produce(running: Stack, topic: str, partition: int, value: bytes, headers: Any = ()) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=running.settings.bootstrap)
    await producer.start()
    try:
        name = running.settings.topic_prefix + topic
        await producer.send_and_wait(name, value, key=b"copy", partition=partition, headers=list(headers))
    finally:
        await producer.stop()


async def at_rest(books: Books) -> Report:
    """Look until nothing is in flight; at every look it must balance."""
    last: list[Report] = []

    async def resting() -> bool:
        last[:] = [await asyncio.to_thread(books.balance)]
        assert last[0].balanced, explained(last[0])
        return last[0].in_flight == 0

    await until(resting, 120, "rest")
    return last[0]


def left(report: Report, name: str) -> int:
    return next(each.left for each in report.balances if each.name == name)


def names_of(report: Report, name: str) -> str:
    return " ".join(text for each in report.balances if each.name == name for text in each.names)


@asynccontextmanager
async def schema(running: Stack, service: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    dsn = at_database(running.servers.postgres, running.place.database)
    connection = await asyncpg.connect(dsn, server_settings={"search_path": service})
    try:
        yield connection
    finally:
        await connection.close()


async def test_balanced_under_way_through_a_kill_and_at_rest(running: Stack, books: Books) -> None:
    await say(running, range(20))
    for value in BAD:
        await produce(running, door_in(HOTLINE), 0, value)
    for topic in POISONED:
        await produce(running, topic, 0, b"{")
    under_way = await asyncio.to_thread(books.balance)
    assert under_way.balanced, explained(under_way)
    await say(running, range(20, 40), obstructed=True)
    os.kill(running.services["matching"].pid, signal.SIGKILL)
    await say(running, range(40, 60))
    report = await at_rest(books)
    assert left(report, "doors") >= 65
    assert left(report, "demands") >= 50
    assert left(report, "outputs dlq") >= 3
    assert left(report, "obstacles") > 0
    await say(running, range(60, 70))
    again = await at_rest(books)
    assert again.since, "what is new was enough"
    whole = await asyncio.to_thread(lambda: books.balance(full=True))
    assert [(each.name, each.left, each.right) for each in again.balances] == [
        (each.name, each.left, each.right) for each in whole.balances
    ]


class Broken:
    """Rows taken out of the tables of services, to be put back."""

    def __init__(self, running: Stack) -> None:
        self._running = running
        self._taken: list[tuple[str, str, asyncpg.Record]] = []

    async def take(self, service: str, table: str, which: str) -> asyncpg.Record:
        async with schema(self._running, service) as connection:
            row = await connection.fetchrow(
                f"DELETE FROM {table} WHERE (tableoid, ctid) = "
                f"(SELECT tableoid, ctid FROM {table} WHERE {which} LIMIT 1) RETURNING *"
            )
        assert row is not None
        self._taken.append((service, table, row))
        return row

    async def put_back(self) -> None:
        for service, table, row in self._taken:
            async with schema(self._running, service) as connection:
                # No trigger may count it a second time.
                await connection.execute("SET session_replication_role = replica")
                columns = ", ".join(f'"{name}"' for name, _ in row.items())
                await connection.execute(f"INSERT INTO {table} ({columns}) SELECT ($1::{table}).*", row)


async def test_what_is_broken_is_named(running: Stack, books: Books) -> None:
    """A line of a journal was deleted, an output never published, a state, a row and a line of the desk lost."""
    broken = Broken(running)
    lost = Output(REFERRALS, 0, b"-", b'{"id": "lost"}', (("ce_type", b"org.freshwater.referral.lost.v1"),))
    async with schema(running, "matching") as connection:
        told = await connection.fetchrow("SELECT id, outputs FROM journal WHERE outputs IS NOT NULL LIMIT 1")
        assert told is not None
        more = pack([*unpack(told["outputs"]), lost])
        await connection.execute("UPDATE journal SET outputs = $2 WHERE id = $1", told["id"], more)
    # Not the line of a record that was no event: such a one has no id of its own to be named by.
    other = f"topic = '{DEMANDS}' AND type LIKE 'org.%' AND outputs IS NOT NULL AND id <> '{told['id']}'"
    journal = await broken.take("matching", "journal", other)
    state = await broken.take("matching", "states", "kind = 'demand'")
    row = await broken.take("desk", "demands", "true")
    line = await broken.take("desk", "timeline", "true")
    report = await asyncio.to_thread(lambda: books.balance(full=True))
    await broken.put_back()
    async with schema(running, "matching") as connection:
        await connection.execute("UPDATE journal SET outputs = $2 WHERE id = $1", *told)
    for balance, name in (
        ("taken matching", str(journal["id"])),
        ("outputs referrals", f"org.freshwater.referral.lost.v1 caused by {told['id']}"),
        ("outputs referrals", "is in no journal"),
        ("demands", str(state["subject"])),
        ("desk demands", str(row["demand"])),
        ("desk timeline", str(line["event"])),
    ):
        assert name in names_of(report, balance), explained(report)
    mended = await asyncio.to_thread(lambda: books.balance(full=True))
    assert mended.balanced, explained(mended)


async def restored(running: Stack, service: str) -> set[str]:
    """How what was decided again compares with what had been told, by the service's own metrics."""
    async with httpx.AsyncClient() as client:
        shown = (await client.get(running.metrics_url(service))).text
    counted = re.findall(r'restored_events_total\{outcome="(\w+)",service="\w+"\} ([0-9.]+)', shown)
    return {outcome for outcome, count in counted if float(count)}


async def test_an_older_backup_is_brought_up_to_date(running: Stack, books: Books) -> None:
    """Both databases go back; what was taken since is taken again, and every service ends where it had been."""
    await say(running, range(70, 90), obstructed=True)
    await at_rest(books)
    backup = Backup(running)
    await backup.make()
    try:
        await say(running, range(90, 130), obstructed=True)
        await produce(running, door_in(HOTLINE), 0, b"{")
        before = await at_rest(books)
        there = await held(running)
        await backup.restore()
        after = await at_rest(books)
        again = await held(running)
    finally:
        await backup.drop()
    assert differences(there, again) == []
    assert (after.copies, left(after, "doors")) == (before.copies, left(before, "doors")), "nothing was said twice"
    for service in SERVICES:
        log = running.services[service].log.read_text("utf-8")
        assert '"event": "restored"' in log
        # What intake seals is sealed anew; everybody else decides byte for byte as before.
        assert await restored(running, service) <= ({"same", "alike"} if service == "intake" else {"same"})
    await say(running, range(130, 140))
    await at_rest(books)


async def test_a_copy_with_other_bytes_is_named(running: Stack, books: Books) -> None:
    """The last test of this module: what stands on a topic stays there."""
    consumer = AIOKafkaConsumer(bootstrap_servers=running.settings.bootstrap)
    await consumer.start()
    try:
        place = TopicPartition(running.settings.topic_prefix + DEMANDS, 0)
        consumer.assign([place])
        await consumer.seek_to_beginning()
        # What the first test put there may stand before the first event.
        while (record := await consumer.getone()).value == b"{":
            pass
    finally:
        await consumer.stop()
    await produce(running, DEMANDS, 0, record.value, record.headers)
    await at_rest(books)
    # Whoever reads a copy tells again what the first made it tell. Read whole: a deadline may have brought news since.
    whole = await asyncio.to_thread(lambda: books.balance(full=True))
    assert whole.balanced, explained(whole)
    assert whole.copies >= 1
    await produce(running, DEMANDS, 0, record.value + b" ", record.headers)

    found: list[Report] = []

    async def seen() -> bool:
        found[:] = [await asyncio.to_thread(books.balance)]
        return not found[0].balanced

    await until(seen, 90, "the other copy")
    (report,) = found
    assert json.loads(record.value)["id"] in names_of(report, "outputs demands"), explained(report)
    assert "has other bytes" in names_of(report, "outputs demands")
