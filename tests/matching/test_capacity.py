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
from services.matching.domain.capacity import REMEMBERED, Capacity, Change
from services.matching.handlers import Matching
from services.matching.store import Declared, Moved
from shared.contracts.capacity import LimitDeclared
from shared.contracts.demands import Accepted
from shared.contracts.envelope import Data
from shared.contracts.ids import caused_id, timed_id
from shared.contracts.topics import CAPACITY, DEMANDS
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
    await store.save(connection, [Declared(UNIT, 11, None, 1, 0, True, START)])
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
    await store.save(connection, [Declared(UNIT, 1, None, 1, 0, True, START)])

    class Raced(Matching):
        raced = False

        async def save(self, own: Connection, rows: Sequence[Any], world: World) -> None:
            if not self.raced:
                self.raced = True
                await store.save(connection, [Moved(UNIT, 400, Change(1))])
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
    taken, freed = Change(1), Change(-1)
    rows = [Moved("a", 2, taken), Moved("a", 2, taken), Moved("b", 2, taken), Moved("b", 2, freed)]
    await store.save(connection, rows)
    assert (await store.load_units(connection))["a"] == Capacity(None, 2, 0)
    assert "b" not in await store.load_units(connection), "what nets to nothing is not written"
    with pytest.raises(Stale):
        await store.save(connection, [Moved("a", 2, Change(1))])
    with pytest.raises(Stale):
        await store.save(connection, [Moved("a", 2, Change(-3))])
    await store.save(connection, [Declared("a", 1, None, 5, 2, True, START)])
    await store.save(connection, [Declared("a", 9, None, 4, 2, False, START)])
    assert (await store.load_units(connection))["a"] == Capacity(1, 2, 5)
    row = await connection.fetchrow("SELECT lowered_from FROM units WHERE unit = 'a'")
    assert row is not None
    assert row["lowered_from"] == 2, "what is there stays, and is no excess"
    await store.save(connection, [Moved("a", 2, Change(-1))])
    with pytest.raises(Stale):
        await store.save(connection, [Moved("a", 2, Change(1))])
    assert (await store.load_units(connection))["a"] == Capacity(1, 1, 5)
    await connection.close()


async def test_money_is_reserved_as_places_are(schema: str) -> None:
    connection = await connect(schema, "matching")
    await store.save(connection, [Declared("a", 9, 100, 1, 0, False, START), Moved("a", 9, Change(1, 60))])
    with pytest.raises(Stale):
        await store.save(connection, [Moved("a", 9, Change(1, 41))])
    await store.save(connection, [Moved("a", 9, Change(1, 40)), Moved("a", 9, Change(-1, -60, 60))])
    with pytest.raises(Stale):
        await store.save(connection, [Moved("a", 9, Change(1, 1))])
    assert (await store.load_units(connection))["a"] == Capacity(9, 1, 1, 100, 40, 60)
    await connection.close()


async def test_a_record_shrinks_a_share_and_what_it_leaves_open_is_no_excess(schema: str) -> None:
    connection = await connect(schema, "matching")
    await store.save(connection, [Moved("a", 2, Change(2))])
    # The same batch takes the last place and then misses a clock: the smaller share does not undo the place.
    await store.save(connection, [Moved("b", 2, Change(2)), Moved("b", 1, Change(lapsed=1))])
    await store.save(connection, [Moved("a", 1, Change(lapsed=1))])
    rows = {row["unit"]: row for row in await connection.fetch("SELECT * FROM units")}
    assert (rows["a"]["standard"], rows["a"]["lowered_from"], rows["a"]["lapsed"]) == (1, 2, 1)
    assert (rows["b"]["standard"], rows["b"]["lowered_from"]) == (2, None)
    with pytest.raises(Stale):
        await store.save(connection, [Moved("a", 1, Change(1))])
    await store.save(connection, [Moved("a", 1, Change(answered=REMEMBERED))])
    assert (await store.load_units(connection))["a"].answered == REMEMBERED // 2
    await connection.close()


async def test_a_unit_that_runs_out_is_seen_with_all_that_it_has(schema: str) -> None:
    """Its demands are due at once, also where somebody takes a place there between the look and the write."""
    connection = await connect(schema, "matching")
    one = member(schema, "one")
    await one.loop.turn(accepted(3, 0))
    raced: list[bool] = []

    class Raced(Matching):
        async def save(self, own: Connection, rows: Sequence[Any], world: World) -> None:
            if not raced:
                raced.append(True)
                await member_two.loop.turn(accepted(1, 1))
            await super().save(own, rows, world)

    member_two = member(schema, "two")
    database = Database(schema, "matching", "raced")
    loop = Loop(
        Raced(OneRelease(), national().add_workdays), database, one.loop._publish, lambda: START,
        age_limit_seconds=60, dead_letter_limit=10,
    )  # fmt: skip
    await loop.turn([said_of_unit(0)])
    due = await connection.fetch("SELECT subject FROM deadlines WHERE kind = 're-evaluate'")
    assert len(due) == 4
    (unit,) = [each for each in await store.intakes(connection, START + timedelta(hours=5)) if each.unit == UNIT]
    assert (unit.declared, unit.open, unit.reduced_hours) == (0, 4, 5.0)
    await loop.turn([said_of_unit(400, 2)])
    assert (await connection.fetchval("SELECT until FROM reduced_intake")) == START
    for each in (one, member_two):
        await each.database.close()
    await database.close()
    await connection.close()


def said_of_unit(limit: int, version: int = 1) -> Record:
    data = LimitDeclared(bank="beichen", unit=UNIT, version=version, open_limit=limit)
    cause = Cause(caused_id(UUID(int=4), f"{version}"), "c", None)
    emit = Emit(CAPACITY, data, timed_id(1, "unit"), UNIT, version, key_text=UNIT)
    output = render("intake", emit, 0, cause, START)
    return Record(CAPACITY, 0, version, 0, output.key, output.value, output.headers)


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
