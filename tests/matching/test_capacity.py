"""A unit's limit is never exceeded, whoever is at work, and what the units hold is what the demands have."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching import store
from services.matching.handlers import Matching
from services.matching.store import Declared, Moved
from shared.contracts.demands import Accepted
from shared.contracts.envelope import Data
from shared.contracts.ids import caused_id, timed_id
from shared.contracts.topics import DEMANDS
from shared.database import Connection, Database, connect
from shared.decision import Emit, Record, World
from shared.errors import Stale
from shared.loop import Loop
from shared.rendering import Cause, Output, render
from shared.workdays import national
from tests.matching.room import START, OneRelease, summary

UNIT = "beichen-620102"


@dataclass
class Member:
    """One loop on a connection of its own; what it would publish is kept. `misses` counts batches taken again."""

    loop: Loop
    told: list[Output]
    database: Database


class Slow(Matching):
    """Gives the other member time between what it read and what it writes."""

    async def load(self, connection: Connection, taken: Sequence[Any], world: World) -> None:
        await super().load(connection, taken, world)
        await asyncio.sleep(0.01)


def member(dsn: str, name: str) -> Member:
    told: list[Output] = []

    async def publish(outputs: Sequence[Output]) -> None:
        told.extend(outputs)

    database = Database(dsn, "matching", name)
    service = Slow(OneRelease(), national().add_workdays)
    loop = Loop(service, database, publish, lambda: START, age_limit_seconds=60, dead_letter_limit=10)
    return Member(loop, told, database)


def record(data: Data, household: UUID, subject: UUID, offset: int, partition: int) -> Record:
    cause = Cause(caused_id(household, f"{offset}"), "c", None)
    output = render("intake", Emit(DEMANDS, data, household, subject), 0, cause, START)
    return Record(DEMANDS, partition, offset, 0, output.key, output.value, output.headers)


def accepted(count: int, partition: int) -> list[Record]:
    records = []
    for number in range(count):
        household = timed_id(1_790_000_000_000 + number, f"household {partition} {number}")
        said = summary(1000 * partition + number, household=household)
        records.append(record(Accepted(summary=said), household, said.demand, number, partition))
    return records


async def test_two_members_never_fill_a_unit_beyond_its_limit(schema: str) -> None:
    """Eleven places are left at a unit that everybody wants; two members want forty each, at the same time."""
    connection = await connect(schema, "matching")
    await store.save(connection, [Declared(UNIT, 11, None, 1)])
    members = [member(schema, f"member {number}") for number in range(2)]

    async def work(one: Member, partition: int) -> None:
        records = accepted(40, partition)
        for start in range(0, len(records), 5):
            await one.loop.turn(records[start : start + 5])

    await asyncio.gather(*(work(one, partition) for partition, one in enumerate(members)))
    rows = {row["unit"]: row["open"] for row in await connection.fetch("SELECT unit, open FROM units")}
    books = await store.books(connection)
    assert rows[UNIT] == 11, "all its places are taken, and not one more"
    assert (books["units_differing"], books["units_over_limit"]) == (0, 0)
    assert books["open_referrals"] == sum(rows.values()) == 240
    await connection.close()
    for one in members:
        await one.database.close()


async def test_a_miss_makes_the_batch_come_again_with_what_is_there_now(schema: str) -> None:
    """The last place goes while a batch is being decided: it is folded again, and another bank is chosen."""
    connection = await connect(schema, "matching")
    await store.save(connection, [Declared(UNIT, 1, None, 1)])

    class Raced(Matching):
        raced = False

        async def save(self, own: Connection, rows: Sequence[Any], world: World) -> None:
            if not self.raced:
                self.raced = True
                await store.save(connection, [Moved(UNIT, 400, 1)])
            await super().save(own, rows, world)

    told: list[Output] = []

    async def publish(outputs: Sequence[Output]) -> None:
        told.extend(outputs)

    database = Database(schema, "matching", "raced")
    service = Raced(OneRelease(), national().add_workdays)
    loop = Loop(service, database, publish, lambda: START, age_limit_seconds=60, dead_letter_limit=10)
    await loop.turn(accepted(1, 0))
    rows = {row["unit"]: row["open"] for row in await connection.fetch("SELECT unit, open FROM units")}
    assert service.raced
    assert rows[UNIT] == 1
    assert sum(rows.values()) == 1 + 3, "three banks, of which none is the full one"
    assert UNIT.encode() not in (told[0].value or b"")
    await connection.close()
    await database.close()


async def test_limits_and_places_in_the_table(schema: str) -> None:
    connection = await connect(schema, "matching")
    await store.save(connection, [Moved("a", 2, 1), Moved("a", 2, 1), Moved("b", 2, 1), Moved("b", 2, -1)])
    assert (await store.load_units(connection))["a"] == (None, 2, 0)
    assert "b" not in await store.load_units(connection), "what nets to nothing is not written"
    with pytest.raises(Stale):
        await store.save(connection, [Moved("a", 2, 1)])
    with pytest.raises(Stale):
        await store.save(connection, [Moved("a", 2, -3)])
    await store.save(connection, [Declared("a", 1, None, 5)])
    await store.save(connection, [Declared("a", 9, None, 4)])
    assert (await store.load_units(connection))["a"] == (1, 2, 5)
    row = await connection.fetchrow("SELECT lowered_from FROM units WHERE unit = 'a'")
    assert row is not None
    assert row["lowered_from"] == 2, "what is there stays, and is no excess"
    await store.save(connection, [Moved("a", 2, -1)])
    with pytest.raises(Stale):
        await store.save(connection, [Moved("a", 2, 1)])
    assert (await store.load_units(connection))["a"] == (1, 1, 5)
    await connection.close()


async def test_a_change_is_asked_for_and_done_once(schema: str) -> None:
    """Two members hear of the same release; one of them calls up; what it left undone is open again."""
    one, other = await connect(schema, "matching"), await connect(schema, "matching")
    asked = await asyncio.gather(*(store.ask_for_release(each, 7, START) for each in (one, other)))
    assert sorted(asked) == [False, True]
    async with one.transaction():
        assert await store.hold_release(one) == 7
    call = store.Call("release", "7")
    dying = one.transaction()
    await dying.start()
    assert await store.open_calls(one) == [call]
    async with other.transaction():
        assert await store.open_calls(other) == [], "the first member is at it"
    await dying.rollback()
    demands = [(timed_id(1, f"h{number}"), timed_id(1, f"d{number}")) for number in range(3)]
    pace = timedelta(milliseconds=10)
    async with other.transaction():
        assert await store.open_calls(other) == [call]
        await store.call_up(other, demands, caused_id(UUID(int=1), "release"), START, pace)
        await store.done(other, call, START, 3)
    assert await store.open_calls(one) == []
    due = [row["due_at"] for row in await one.fetch("SELECT due_at FROM deadlines ORDER BY due_at")]
    assert due == [START + number * pace for number in (1, 2, 3)]
    await one.close()
    await other.close()


async def test_the_days_are_asked_for_without_a_gap(schema: str) -> None:
    connection = await connect(schema, "matching")
    for day in (24, 24, 25, 28, 27):
        await store.ask_for_days(connection, date(2026, 11, day), START)
    names = [row["name"] for row in await connection.fetch("SELECT name FROM calls ORDER BY name")]
    assert names == ["2026-11-24/2026-11-24", "2026-11-24/2026-11-25", "2026-11-25/2026-11-28"]
    await connection.close()
