"""An older backup is restored: what had been sent is known to have been sent, and is not sent again."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from tests.loop.test_restore import copy
from tests.notify.outside import Receiver, Receivers
from tests.notify.stage import Stage, until
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


async def rows(stage: Stage) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await stage.sql(ROWS)]
