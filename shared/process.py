"""The life of a service's process: start in order, turn until told to stop, drain, leave. The same for all five."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import stamina
from aiokafka.errors import KafkaConnectionError
from prometheus_client import start_http_server

from shared import journal
from shared.broker import Publisher
from shared.clock import Clock
from shared.consumer import Consumer, end_process
from shared.contracts.clock import DeadlinePassed
from shared.contracts.topics import partner_of
from shared.database import LOST, OWN_MIGRATIONS, Database, migrate
from shared.dead_letters import topic_of
from shared.decision import Service
from shared.http import serve
from shared.loop import Loop
from shared.replay import Learn, Reads, Replay
from shared.settings import Settings
from shared.subscribing import kafka_broker
from shared.sweeper import Sweeper
from shared.telemetry import YEARS_MISSING, logger, set_up_logging
from shared.tracing import Tracing
from shared.workdays import national

TEND_SECONDS = 5.0
STALLED_AFTER_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Door:
    """Another subscriber of the same service over topics by pattern (intake's doors)."""

    group: str
    pattern: str


@dataclass(slots=True)
class Parts:
    """What a service is made of; its app.py fills this in and nothing else.

    `start` is awaited in order before the first record is read (followers of compacted topics); `background` runs
    beside the loop and ends the process if it ends; `http` is an ASGI application. `tells_partners`: it also writes the
    partners' doors that lead out. `learn`: after an older backup, what else its own topics say of its rows.
    """

    service: Service
    migrations: Path
    topics: Sequence[str]
    writes: Sequence[str]
    passed: type[DeadlinePassed] | None = None
    doors: Door | None = None
    start: Sequence[Callable[[], Awaitable[None]]] = ()
    background: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    stop: Sequence[Callable[[], Awaitable[None]]] = ()
    http: Any = None
    port: int = 0
    tells_partners: bool = False
    learn: Learn | None = None
    on_wake: list[Callable[[datetime], None]] = field(default_factory=list)


class Process:
    """Everything that runs in one process of a service; `run` returns after a signal, drained."""

    def __init__(self, settings: Settings, clock: Clock, publisher: Publisher, parts: Parts) -> None:
        self._settings, self._clock, self._publisher, self._parts = settings, clock, publisher, parts
        self._name = parts.service.name
        self._databases: list[Database] = []
        self.consumers: list[Consumer] = []
        self._tracing = Tracing(self._name, settings.otlp_endpoint) if settings.otlp_endpoint else None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Start, wait for SIGTERM or SIGINT, drain, stop."""
        set_up_logging(self._name, self._settings.log_level)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        async with self.started():
            logger.info("ready", member=self._settings.member, release=self._parts.service.release)
            await self._stopping.wait()

    @contextlib.asynccontextmanager
    async def started(self) -> AsyncIterator[None]:
        """The running service as a context, which is how tests hold it too."""
        await self._prepare()
        broker, self.consumers = self._subscribe()
        tasks = [asyncio.create_task(work) for work in self._work(self.consumers)]
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            await broker.start()
            rest_the_collector()
            yield
        finally:
            await broker.stop()
            for task in tasks:
                task.remove_done_callback(self._ended)
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for stop in self._parts.stop:
                await stop()
            await self._publisher.stop()
            if self._tracing:
                await asyncio.to_thread(self._tracing.stop)
            for database in self._databases:
                with contextlib.suppress(*LOST):
                    await database.close()

    async def _prepare(self) -> None:
        """Schema, this week's journal, producer, followers, and the refill where a backup was restored."""
        national().on_missing = lambda year: YEARS_MISSING.labels(str(year)).inc()
        await migrate(self._settings.postgres, self._name, OWN_MIGRATIONS, self._parts.migrations)
        connection = await self._database().connection()
        await journal.keep_weeks(connection, self._clock.now())
        async for attempt in stamina.retry_context(on=KafkaConnectionError, attempts=None, timeout=120):
            with attempt:
                await self._publisher.start()
        for start in self._parts.start:
            await start()
        if self._settings.metrics_port is not None:
            start_http_server(self._settings.metrics_port, self._settings.host)
        await self._replay()

    def _database(self) -> Database:
        database = Database(self._settings.postgres, self._name, f"{self._name}-{self._settings.member}")
        self._databases.append(database)
        return database

    def _subscribe(self) -> tuple[Any, list[Consumer]]:
        broker = kafka_broker(self._name, self._settings)
        consumers = []
        if self._parts.topics:
            consumers.append(self._consumer(broker, f"freshwater.{self._name}", topics=self._parts.topics))
        if self._parts.doors:
            door = self._parts.doors
            consumers.append(self._consumer(broker, door.group, pattern=door.pattern))
        return broker, consumers

    def _consumer(self, broker: Any, group: str, **subject: Any) -> Consumer:
        database = self._database()
        loop = Loop(
            self._parts.service,
            database,
            self._publisher.publish,
            self._clock.now,
            age_limit_seconds=self._settings.session_timeout_ms / 2000,
            dead_letter_limit=self._settings.dead_letter_limit,
            on_due=self._wake,
            took=self._tracing.took if self._tracing else None,
            next_canary=lambda: self._clock.in_seconds(self._settings.canary_seconds),
        )
        return Consumer(broker, group, loop, database, self._settings, **subject)

    def _wake(self, due_at: datetime) -> None:
        for wake in self._parts.on_wake:
            wake(due_at)

    def _work(self, consumers: Sequence[Consumer]) -> Iterator[Coroutine[Any, Any, None]]:
        if self._parts.passed is not None:
            sweeper = Sweeper(
                self._name, self._parts.passed, self._database(), self._publisher, self._clock, self._settings
            )
            self._parts.on_wake.append(sweeper.wake)
            yield sweeper.run()
        yield self._tend(self._database(), consumers)
        if self._parts.http is not None:
            yield serve(self._parts.http, self._settings.host, self._parts.port, self._settings.http_head_seconds)
        for background in self._parts.background:
            yield background()

    async def _tend(self, database: Database, consumers: Sequence[Consumer]) -> None:
        """Lag, the journal's next weeks and its oldest, and the watch over a consumer that stands still.

        aiokafka's own max_poll_interval is off after one failed fetch (`fetch_context` is not exception safe), so the
        watch is ours: records wait, and no batch was finished for two minutes.
        """
        while True:
            await asyncio.sleep(TEND_SECONDS)
            for consumer in consumers:
                waiting = consumer.observe_lag(self._name)
                if waiting and time.monotonic() - consumer.last_progress > STALLED_AFTER_SECONDS:
                    end_process(RuntimeError(f"{waiting} records wait and none was finished for two minutes"))
            try:
                connection = await database.connection()
                await journal.keep_weeks(connection, self._clock.now())
                await journal.prune(connection, self._clock.now() - timedelta(days=self._settings.journal_days))
            except LOST:
                database.lost()

    async def _replay(self) -> None:
        """Where an older backup was restored, come back to where the groups are before anything else begins."""
        parts = self._parts
        reads = [Reads(f"freshwater.{self._name}", parts.topics)]
        if parts.doors:
            reads.append(Reads(parts.doors.group, pattern=parts.doors.pattern))
        own = {*parts.writes, topic_of(self._name)}

        def ours(topic: str) -> bool:
            return topic in own or (parts.tells_partners and bool(partner_of(topic)) and topic.endswith(".out.v1"))

        replay = Replay(self._settings, self._clock, self._publisher, parts.service, self._database())
        await replay.run(reads, ours, parts.learn)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nothing beside the loop may die in silence."""
        error = None if task.cancelled() else task.exception()
        end_process(error or RuntimeError("a background task ended"))


def rest_the_collector() -> None:
    """A batch makes some ten thousand objects that reference counting frees: looking for cycles among them at every
    seven hundred costs as much as validating them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
