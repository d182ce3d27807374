"""What notify knows of its deliveries: again after an older backup, and no longer than the journal."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from services.notify.store.sending import prune
from shared.contracts.ids import lowest_at
from shared.database import connect
from shared.journal import WEEK, week_of
from tests.loop.test_restore import copy
from tests.notify.outside import Receiver, Receivers
from tests.notify.stage import NOON, Stage, until
from tests.notify.test_failures import banks_with_webhooks, demands_of

ROWS = 'SELECT id, state, attempt, reason, endings, channel, "then" FROM deliveries ORDER BY id'


async def test_after_an_older_backup_nothing_is_sent_again(stage: Stage, receivers: Receivers) -> None:
    banks = await banks_with_webhooks(stage, receivers)
    asked = 0

    async def answers_the_second_time(receiver: Receiver, identifier: str) -> Response:
        nonlocal asked
        asked += 1
        return Response(status_code=200 if asked > 2 else 503)

    async def refuses(receiver: Receiver, identifier: str) -> Response:
        return Response(status_code=400)

    banks["zhinu"].answer, banks["jingxiu"].answer = answers_the_second_time, refuses

    async def over() -> bool:
        ended = await stage.sql("SELECT FROM deliveries WHERE channel = 'webhook' AND state <> 'pending'")
        return len(ended) == 6 and not await stage.sql("SELECT FROM deadlines WHERE kind = 'onward'")

    async with stage.running():
        await demands_of(stage, 2)
        await until(over, "all of it has ended")
    before, got = await rows(stage), {name: len(each.got) for name, each in banks.items()}
    told = await stage.read("freshwater.feedback.v1")
    await copy(None, stage.dsn)

    async with stage.running():
        assert await rows(stage) == before

    assert {name: len(each.got) for name, each in banks.items()} == got
    assert await stage.read("freshwater.feedback.v1") == told


async def test_deliveries_are_forgotten_with_the_week_of_their_causes(stage: Stage) -> None:
    """A year and a half later, by the clock: the journal's week has gone, and what had ended goes with it."""
    async with stage.running():
        await stage.register("niulang", role="bank", institution="niulang", door=True)
        await demands_of(stage, 2)

        async def told() -> bool:
            return len(await stage.sql("SELECT FROM deliveries WHERE channel = 'door'")) >= 2

        await until(told, "the door has heard")
    connection = await connect(stage.dsn, "notify")
    try:
        there = await connection.fetch("SELECT id, state FROM deliveries")
        await connection.execute("UPDATE deliveries SET state = 'pending' WHERE id = $1", there[0]["id"])
        kept = lowest_at(week_of(NOON))
        assert await prune(connection, kept) == 0
        assert await prune(connection, lowest_at(week_of(NOON) + WEEK)) == len(there) - 1
        assert [row["id"] for row in await connection.fetch("SELECT id FROM deliveries")] == [there[0]["id"]]
    finally:
        await connection.close()


async def rows(stage: Stage) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await stage.sql(ROWS)]
