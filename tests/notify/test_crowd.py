"""A thousand recipients of which ten hang: the others hear as soon as if all were well."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import msgspec

from services.notify.adapters.sending import Sending
from services.notify.app import MIGRATIONS
from services.notify.domain.delivery import Content, Delivery, Ended
from services.notify.settings import NotifySettings
from services.notify.store.rows import save
from services.notify.store.sending import Begun
from shared.clock import Clock, wall
from shared.contracts.ids import timed_id
from shared.database import OWN_MIGRATIONS, connect, migrate
from tests.databases import Databases

RECIPIENTS, HANGING, EACH = 1_000, 10, 2
TO_WHO_HANGS = 40
"""So much waits for each that hangs that all together could fill every place at once (256 of 400)."""
HANG_SECONDS, ANSWER_SECONDS = 4.0, 0.01
TRIES = 3
"""The machine may be busy with something else in one of two runs, not in all."""


class Crowd:
    """Answers soon, or not before it is given up; `heard` are the seconds after which each of the others had it."""

    def __init__(self, hanging: int) -> None:
        self._hanging, self._start = hanging, time.monotonic()
        self.heard: list[float] = []
        self.hung = 0

    async def send(self, begun: Begun) -> Ended:
        if int(begun.delivery.recipient) < self._hanging:
            self.hung += 1
            await asyncio.sleep(HANG_SECONDS)
            return Ended("failed", "timeout", whole_lane=True)
        await asyncio.sleep(ANSWER_SECONDS)
        self.heard.append(time.monotonic() - self._start)
        return Ended("sent")


class Published:
    """A broker that has everything at once."""

    async def publish(self, outputs: Any) -> None:
        await asyncio.sleep(0)


def waiting(number: int, recipient: int) -> Delivery:
    now = wall()
    identifier = timed_id(int(now.timestamp() * 1000), f"{recipient}/{number}")
    return Delivery(
        identifier, identifier, "org.freshwater.referral.lapsed.v1", identifier, UUID(int=number), "bank",
        str(recipient), "webhook", f"webhook/{recipient:04d}", "lapsed", "zh-CN", "pending", 0, now, now,
        now + timedelta(days=1), content=msgspec.msgpack.encode(Content(body=b"{}")),
    )  # fmt: skip


async def ninety_ninth(dsn: str, hanging: int) -> float:
    """The seconds after which 99 of 100 deliveries to those who do not hang had come."""
    settings = NotifySettings(postgres=dsn, actor_secret="s")
    connection = await connect(dsn, "notify")
    await connection.execute("TRUNCATE deliveries")
    counts = [TO_WHO_HANGS if recipient < hanging else EACH for recipient in range(RECIPIENTS)]
    rows = [waiting(number, recipient) for recipient, count in enumerate(counts) for number in range(count)]
    async with connection.transaction():
        await save(connection, rows)
    await connection.close()
    crowd, wanted = Crowd(hanging), EACH * (RECIPIENTS - hanging)
    sending = Sending({"webhook": crowd}, cast(Any, Published()), Clock(), set(), settings)
    task = asyncio.create_task(sending.run())
    try:
        async with asyncio.timeout(60):
            while len(crowd.heard) < wanted:  # noqa: ASYNC110 - the crowd tells by a list
                await asyncio.sleep(0.01)
    finally:
        for each in sending._flying:
            each.cancel()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert crowd.hung >= hanging, "those who hang were tried too"
    return sorted(crowd.heard)[wanted * 99 // 100 - 1]


async def test_ten_of_a_thousand_hang_and_the_others_hear_in_time(databases: Databases) -> None:
    dsn = await databases.fresh()
    try:
        await migrate(dsn, "notify", OWN_MIGRATIONS, MIGRATIONS)
        ratios = []
        for _ in range(TRIES):
            well = await ninety_ninth(dsn, 0)
            ratios.append(await ninety_ninth(dsn, HANGING) / well)
            if ratios[-1] <= 2:
                break
    finally:
        await databases.drop(dsn)
    assert min(ratios) <= 2, ratios
