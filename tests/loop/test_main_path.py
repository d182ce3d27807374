"""The loop on a quiet day: every event once, with its journal row, its state and its deadline."""

from __future__ import annotations

from shared.contracts.topics import FEEDBACK
from tests.loop.harness import Stage, until, visit


async def test_every_event_is_taken_once_and_told_once(stage: Stage) -> None:
    await stage.feed([visit(n) for n in range(300)])
    stage.start(0)
    await until(lambda: _taken(stage, 300), what="300 journal rows")
    await until(lambda: _lag_free(stage, 300), what="300 outputs")
    told = await stage.told()
    told.check(300)
    assert len(told.records) == 300, "on a quiet day there are no copies"
    assert tuple((await stage.sql("SELECT sum(revision), count(*) FROM states"))[0]) == (300, 40)
    assert (await stage.sql("SELECT sum(next) FROM offsets WHERE topic = 'freshwater.households.v1'"))[0][0] == 300


async def test_a_copy_is_known_by_its_id_and_changes_nothing(stage: Stage) -> None:
    events = [visit(n) for n in range(50)]
    await stage.feed([*events, *events, *events[:10]])
    stage.start(0)
    await until(lambda: _offsets(stage, 110), what="110 records read")
    told = await stage.told()
    told.check(50)
    assert await stage.taken() == 50


async def test_a_deadline_fires_once_and_goes_with_its_decision(stage: Stage) -> None:
    await stage.feed([visit(n, households=5, visitor="deadline") for n in range(5)])
    stage.start(0)
    handled = "SELECT 1 FROM journal WHERE topic = 'freshwater.clock.v1'"
    await until(lambda: _rows(stage, handled, 5), what="5 clock events")
    assert await stage.sql("SELECT 1 FROM deadlines") == []
    assert len(await stage.read("freshwater.clock.v1")) == 5
    assert len(await stage.read(FEEDBACK)) == 5


async def _taken(stage: Stage, count: int) -> bool:
    return await stage.taken() >= count


async def _offsets(stage: Stage, count: int) -> bool:
    if not await stage.taken():
        return False
    return (await stage.sql("SELECT coalesce(sum(next), 0) FROM offsets"))[0][0] >= count


async def _lag_free(stage: Stage, count: int) -> bool:
    return len((await stage.told()).by_id()) >= count


async def _rows(stage: Stage, query: str, count: int) -> bool:
    return bool(await stage.taken()) and len(await stage.sql(query)) >= count
