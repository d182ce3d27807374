"""The ledger finds a changed, removed or inserted row, wherever it is done, and whoever makes links anew."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.adapters.ledger_command import verify
from services.desk.domain.access import Officer
from services.desk.domain.ledger import EVERY, End, Noted, appended, line_hash, root_of
from services.desk.domain.rows import Happened
from services.desk.handlers import Desk, rows_of
from services.desk.store import MIGRATIONS, records
from services.desk.store.ledger import roots
from shared.contracts import capacity
from shared.database import Connection, connect
from shared.decision import Record, Taken, World
from tests.desk.stories import Story, whole

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def taken(event: Any, partition: int) -> Taken:
    value = msgspec.json.encode(str(event.id))
    return Taken(cast(Record, SimpleNamespace(partition=partition, value=value, topic="t")), event.id, event)


async def turn(connection: Connection, events: list[tuple[Any, int]], now: datetime) -> None:
    """One batch, as the loop takes it."""
    desk, world = Desk(lambda: 1), World(now, 1)
    rows = [row for event, partition in events for row in desk.decide(taken(event, partition), world).rows]
    async with connection.transaction():
        await desk.save(connection, rows, world)


@pytest.fixture
async def written(connection: Connection) -> Connection:
    """Two households in two partitions, in three batches an hour apart."""
    first, second = whole(1), whole(2)
    for hour in range(3):
        mine = [(event, 0) for event in first[hour::3]] + [(event, 1) for event in second[hour::3]]
        await turn(connection, mine, NOW + hour * EVERY)
    return connection


async def test_what_was_written_is_good_and_its_roots_are_kept(written: Connection) -> None:
    verdict = await verify(written)
    assert verdict.good, verdict.as_dict()
    assert (verdict.chains, verdict.roots) == (2, 3)
    assert verdict.entries == len(whole(1)) + len(whole(2))
    first = (await roots(written))[0].root.hex()
    assert (await verify(written, first)).good
    assert not (await verify(written, "00" * 32)).good


BROKEN = {
    "a line is changed": ("changed", ["UPDATE timeline SET actor = 'bank:other:x' WHERE event = {event}"]),
    "a line's time is changed": ("changed", ["UPDATE timeline SET at = at + interval '1 us' WHERE event = {event}"]),
    "a line is removed": ("removed", ["DELETE FROM timeline WHERE event = {event}"]),
    "a line is inserted": (
        "inserted",
        [
            "INSERT INTO timeline SELECT household, gen_random_uuid(), demand, at, type, actor, about, cause, trace,"
            " params FROM timeline WHERE event = {event}"
        ],
    ),
    "an entry is changed": ("changed", ["UPDATE ledger SET record = sha256('x') WHERE event = {event}"]),
    "an entry is removed": ("removed", ["DELETE FROM ledger WHERE event = {event}"]),
    "an entry and its line are removed": (
        "removed",
        ["DELETE FROM ledger WHERE event = {event}", "DELETE FROM timeline WHERE event = {event}"],
    ),
    "the end is cut off": ("removed", ["DELETE FROM ledger WHERE chain = 0 AND number > 3"]),
    "the end is cut off and its mark moved": (
        "removed",
        [
            "DELETE FROM timeline WHERE event IN (SELECT event FROM ledger WHERE chain = 0 AND number > 3)",
            "DELETE FROM ledger WHERE chain = 0 AND number > 3",
            "UPDATE chains SET number = 3, link = (SELECT link FROM ledger WHERE chain = 0 AND number = 3)"
            " WHERE chain = 0",
        ],
    ),
    "an entry is inserted at the end": (
        "inserted",
        ["INSERT INTO ledger SELECT chain, number + 1, household, event, record, NULL, link FROM ledger"
         " WHERE chain = 0 ORDER BY number DESC LIMIT 1"],
    ),
    "two entries change places": (
        "changed",
        [
            "UPDATE ledger SET number = -1 WHERE chain = 0 AND number = 2",
            "UPDATE ledger SET number = 2 WHERE chain = 0 AND number = 3",
            "UPDATE ledger SET number = 3 WHERE chain = 0 AND number = -1",
        ],
    ),
    "a whole chain is removed": (
        "removed",
        ["DELETE FROM ledger WHERE chain = 1", "DELETE FROM chains WHERE chain = 1"],
    ),
    "a root is changed": ("changed", ["UPDATE roots SET root = sha256('x') WHERE number = 2"]),
    "a root is removed": ("removed", ["DELETE FROM roots WHERE number = 2"]),
}  # fmt: skip


async def test_whatever_is_changed_removed_or_inserted_is_found(written: Connection) -> None:
    event = await written.fetchval("SELECT event FROM ledger WHERE chain = 0 AND line IS NOT NULL AND number = 3")
    assert event is not None
    for what, (kind, statements) in BROKEN.items():
        undo = written.transaction(isolation="repeatable_read")
        await undo.start()
        for statement in statements:
            assert await written.execute(statement.format(event=f"'{event}'")) not in ("UPDATE 0", "DELETE 0"), what
        verdict = await verify(written)
        await undo.rollback()
        assert verdict.counts[kind], f"{what}: {verdict.as_dict()}"
        assert not verdict.good
    assert (await verify(written)).good


DONE = {
    "a look is changed": ("changed", "UPDATE records SET login = 'somebody-else' WHERE what = 'saw_demand'"),
    "a look is moved to another demand": (
        "changed", "UPDATE records SET demand = gen_random_uuid() WHERE what = 'saw_demand'",
    ),
    "a look is removed": ("removed", "DELETE FROM records WHERE what = 'saw_demand'"),
    "a look is inserted": (
        "inserted",
        "INSERT INTO records SELECT gen_random_uuid(), at, account, login, role, house, what, demand, detail"
        " FROM records LIMIT 1",
    ),
}  # fmt: skip


def looks() -> list[records.Line]:
    """What people did: with a demand and without, signed in and not, in words that are not ASCII."""
    officer = Officer(uuid4(), "li", "bank", "beichen")
    return [
        records.line(officer, "saw_demand", NOW, uuid4()),
        records.line(officer, "exported", NOW + timedelta(microseconds=1), detail="台账：城关区，“新开门店”"),
        records.unknown("", "sign_in_failed", NOW + timedelta(seconds=2)),
    ]


async def test_what_people_did_is_in_the_ledger_too(written: Connection) -> None:
    lines = looks()
    await records.add(written, *lines[:2])
    await records.add(written, lines[2])
    verdict = await verify(written)
    assert verdict.good, verdict.as_dict()
    assert verdict.chains == 3
    for what, (kind, statement) in DONE.items():
        undo = written.transaction(isolation="repeatable_read")
        await undo.start()
        await written.execute("ALTER TABLE records DISABLE TRIGGER records_stay")
        await written.execute(statement)
        verdict = await verify(written)
        await undo.rollback()
        assert verdict.counts[kind] == 1, f"{what}: {verdict.as_dict()}"


async def test_many_at_once_are_one_chain(connection: Connection, database: str) -> None:
    async def work() -> None:
        own = await connect(database, "desk")
        for line in looks():
            await records.add(own, line)
        await own.close()

    await asyncio.gather(*(work() for _ in range(5)))
    verdict = await verify(connection)
    assert verdict.good, verdict.as_dict()
    assert verdict.entries == 15


async def test_what_was_done_before_the_ledger_had_it_is_taken_in_with_the_same_hashes(connection: Connection) -> None:
    await records.add(connection, *looks())
    await connection.execute("DELETE FROM ledger")
    await connection.execute("DELETE FROM chains")
    assert not (await verify(connection)).good
    await connection.execute((MIGRATIONS / "0024_records_in_the_ledger.sql").read_text("utf-8"))
    verdict = await verify(connection)
    assert verdict.good, verdict.as_dict()
    assert verdict.entries == 3
    await records.add(connection, *looks())
    assert (await verify(connection)).good


async def test_a_chain_that_was_made_anew_does_not_have_the_root_that_was_kept(written: Connection) -> None:
    """Who can write everything can make it whole again; only what stands elsewhere tells."""
    kept = (await roots(written))[-1].root.hex()
    story = whole(1)
    await written.execute("TRUNCATE ledger, chains, roots, timeline")
    for hour in range(3):
        mine = [(event, 0) for event in story[hour::3]]
        await turn(written, mine[1:], NOW + hour * EVERY)
    assert (await verify(written)).good
    verdict = await verify(written, kept)
    assert not verdict.good
    assert verdict.known is False


async def test_a_root_is_written_when_an_hour_has_passed_and_a_limit_has_no_line(connection: Connection) -> None:
    story = Story(9)
    limit = capacity.LimitDeclared(bank="beichen", unit="beichen-620102", version=1, open_limit=3)
    declared = story.event("capacity", limit).model_copy(update={"partitionkey": "beichen-620102"})
    await turn(connection, [(story.demanded(), 0), (declared, 3)], NOW)
    await turn(connection, [(story.consented(), 0)], NOW + EVERY - timedelta(seconds=1))
    assert len(await roots(connection)) == 1
    verdict = await verify(connection)
    assert (verdict.good, verdict.entries, verdict.chains) == (True, 3, 2)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=8), st.data())
def test_every_bit_of_every_entry_counts(hashes: list[bytes], data: st.DataObject) -> None:
    story = Story(3)
    noted = [Noted(1, story.household, story.demand, record, None) for record in hashes]
    place = data.draw(st.integers(0, len(noted) - 1))
    other = noted[:]
    other[place] = noted[place]._replace(record=sha256(noted[place].record).digest())
    start = End(1, 0, bytes(32))
    mine, theirs = appended(start, noted), appended(start, other)
    assert [entry.link for entry in mine[:place]] == [entry.link for entry in theirs[:place]]
    assert not {entry.link for entry in mine[place:]} & {entry.link for entry in theirs[place:]}
    ends = [End(1, len(mine), mine[-1].link)]
    assert root_of(bytes(32), 1, NOW, ends) != root_of(bytes(32), 1, NOW, [ends[0]._replace(link=theirs[-1].link)])


def test_no_two_lines_have_one_hash_and_a_read_one_has_that_of_the_written() -> None:
    lines = [row for event in whole(5) for row in rows_of(event) if isinstance(row, Happened)]
    assert len({line_hash(row) for row in lines}) == len(lines)
    row = lines[0]
    assert line_hash(row._replace(type="ab", actor="c")) != line_hash(row._replace(type="a", actor="bc"))
    assert line_hash(row._replace(params=None)) != line_hash(row._replace(params=b""))
