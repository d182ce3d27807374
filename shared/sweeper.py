"""Time is just another publisher: what is due goes to the clock topic, and only then is marked as fired."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from shared import deadlines
from shared.broker import Publisher
from shared.clock import Clock
from shared.contracts.clock import DeadlinePassed
from shared.contracts.ids import timed_id
from shared.database import LOST, Database
from shared.deadlines import Due
from shared.decision import Emit
from shared.rendering import Cause, Output, render
from shared.settings import Settings
from shared.telemetry import FIRED, SWEEPER_BEAT, logger

CLOCK_TOPIC = "freshwater.clock.v1"
AT_ONCE = 1000


class Sweeper:
    """Publishes the due deadlines of one service. Every member may run one: rows are locked while they are fired."""

    def __init__(
        self,
        service: str,
        passed: type[DeadlinePassed],
        database: Database,
        publisher: Publisher,
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._service, self._passed, self._database = service, passed, database
        self._publisher, self._clock = publisher, clock
        self._interval = settings.sweep_interval_ms / 1000
        self._canary_seconds = settings.canary_seconds
        self._wake = asyncio.Event()

    def wake(self, due_at: datetime) -> None:
        """Something was set: where it is due before the next round, do not wait for that."""
        if due_at <= self._clock.in_seconds(self._interval):
            self._wake.set()

    async def run(self) -> None:
        """Sweep for ever; a database that is away is waited for."""
        planted = not self._canary_seconds
        while True:
            try:
                if not planted:
                    await self._plant()
                    planted = True
                fired = await self.sweep()
                SWEEPER_BEAT.labels(self._service).set(time.time())
            except LOST as error:
                self._database.lost()
                logger.warning("sweep_failed", error=type(error).__name__)
                fired = 0
            if fired < AT_ONCE:
                await self._rest()

    async def sweep(self) -> int:
        """Fire what is due, at most a thousand; returns how many."""
        connection = await self._database.connection()
        now = self._clock.now()
        if not await deadlines.any_due(connection, now):
            return 0
        async with connection.transaction():
            found = await deadlines.due(connection, now, AT_ONCE)
            if found:
                await self._publisher.publish([self._output(due) for due in found])
                await deadlines.mark_fired(connection, found, now)
        FIRED.labels(self._service).inc(len(found))
        return len(found)

    async def _plant(self) -> None:
        due_at = self._clock.in_seconds(self._canary_seconds)
        await deadlines.plant_canary(await self._database.connection(), due_at)

    def _output(self, due: Due) -> Output:
        """The id is made from the row, so that a crash between publishing and marking repeats the same event."""
        data = self._passed(subject=due.subject, kind=due.kind, generation=due.generation, due_at=due.due_at)
        name = f"{self._service}/{due.subject}/{due.kind}/{due.generation}"
        cause = Cause(timed_id(int(due.due_at.timestamp() * 1000), name), str(due.subject), None)
        return render(self._service, Emit(CLOCK_TOPIC, data, due.household, due.subject), 0, cause, due.due_at)

    async def _rest(self) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(self._interval):
                await self._wake.wait()
        except TimeoutError:
            pass
