"""The work that sends: begin attempts, send, publish what came of them, and only then mark it.

It has no input offset, so it publishes under an id made of the delivery and its attempt: a crash between publishing and
marking repeats the same event, a crash between sending and marking repeats the same webhook-id, and mail is held.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.notify.adapters.lanes import Lanes
from services.notify.domain.delivery import Delivery, Ended, Next, Patience, after_attempt, facts_of
from services.notify.metrics import ENDED, LANES_PAUSED, SECONDS, WEBHOOKS_CLOSED
from services.notify.settings import NotifySettings
from services.notify.store import sending as store
from services.notify.store.sending import Begun, EndedAttempt
from shared.broker import Publisher
from shared.clock import Clock, wall
from shared.contracts import feedback
from shared.contracts.ids import caused_id, lowest_at
from shared.contracts.topics import FEEDBACK
from shared.database import LOST, Connection, Database
from shared.decision import Emit
from shared.journal import week_of
from shared.rendering import Cause, Output, render
from shared.telemetry import logger

NAME = "notify"
TEND_SECONDS = 1.0
DRAIN_SECONDS = 5.0
PRUNE_SECONDS = 3600.0
ENDED_PLACE, LEFT_PLACE = 1, 1001
"""Where the ids of events begin: an attempt that ended; one that nobody ended, which may have been told of before."""


class Sender(Protocol):
    """One way out. Never raises for what the other side does; bounded in time."""

    async def send(self, begun: Begun) -> Ended: ...


@dataclass(frozen=True, slots=True)
class _Result:
    begun: Begun
    ended: Ended
    next: Next


class Sending:
    """Sends what waits, for ever. Every member may run one: attempts are begun under a lock."""

    def __init__(
        self,
        senders: Mapping[str, Sender],
        publisher: Publisher,
        clock: Clock,
        closed: set[str],
        settings: NotifySettings,
    ) -> None:
        self._senders, self._publisher, self._clock, self._closed = senders, publisher, clock, closed
        self._database = Database(settings.postgres, NAME, f"{NAME}-{settings.member}-sending")
        self._patience = Patience(
            settings.notify_attempts, settings.notify_first_pause_seconds, settings.notify_longest_pause_seconds
        )
        self._most, self._poll_seconds = settings.notify_most_at_once, settings.sweep_interval_ms / 1000
        self._lease = timedelta(seconds=settings.notify_lease_seconds)
        self._lanes = Lanes(self._patience, settings.notify_lane_width, self._most)
        self._results: list[_Result] = []
        self._flying: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._tended = 0.0
        self._kept, self._prune_at = timedelta(days=settings.journal_days), 0.0

    async def start(self) -> None:
        """Learn which webhooks were closed for good."""
        self._closed.update(await store.closed_webhooks(await self._database.connection()))
        WEBHOOKS_CLOSED.set(len(self._closed))

    async def run(self) -> None:
        """Until cancelled; what is on its way then is waited for, so that it need not be sent again."""
        try:
            while True:
                try:
                    await self._round()
                except LOST as error:
                    self._database.lost()
                    logger.warning("sending_failed", error=type(error).__name__)
                    await asyncio.sleep(self._poll_seconds)
        finally:
            await self._drain()

    async def _round(self) -> None:
        connection = await self._database.connection()
        await self._record(connection)
        if time.monotonic() - self._tended > TEND_SECONDS:
            await self._tend(connection)
            await self._prune(connection)
            self._tended = time.monotonic()
        begun = await self._begin(connection)
        if not begun and not self._results:
            await self._rest()

    async def _begin(self, connection: Connection) -> int:
        if self._lanes.flying >= self._most:
            return 0
        places = self._lanes.places(await store.waiting_lanes(connection))
        places = {lane: count for lane, count in places.items() if lane.partition("/")[0] in self._senders}
        if not places:
            return 0
        machine = wall()
        async with connection.transaction():
            begun = await store.begin(connection, places, self._clock.now(), machine, machine + self._lease)
        for each in begun:
            self._lanes.begun(each.delivery.lane)
            task = asyncio.create_task(self._send(each))
            self._flying.add(task)
            task.add_done_callback(self._flying.discard)
        return len(begun)

    async def _send(self, begun: Begun) -> None:
        delivery, started = begun.delivery, time.monotonic()
        try:
            ended = await self._senders[delivery.channel].send(begun)
        except Exception as error:  # a fault of ours with one message must not stop the others
            logger.exception("attempt_broke", channel=delivery.channel, error=type(error).__name__)
            ended = Ended("unknown", "fault")
        SECONDS.labels(delivery.channel).observe(time.monotonic() - started)
        self._lanes.ended(delivery.lane, ended)
        follows = after_attempt(delivery.id, delivery.channel, delivery.attempt, ended, self._patience)
        self._results.append(_Result(begun, ended, follows))
        self._wake.set()

    async def _record(self, connection: Connection) -> None:
        """Publish, then mark. Results stay in hand until both are done."""
        results = self._results[:]
        if not results:
            return
        machine, now = wall(), self._clock.now()
        outputs = [
            output
            for each in results
            if (output := self._output(each.begun.delivery, each.next, now, ENDED_PLACE)) is not None
        ]
        if outputs:
            await self._publisher.publish(outputs)
        async with connection.transaction():
            await store.end(connection, [_ended(each, machine) for each in results])
            await self._go_on(connection, [(each.begun.delivery, each.next) for each in results], now)
            await self._close_gone(connection, results, machine)
        del self._results[: len(results)]
        for each in results:
            outcome = "retried" if each.next.state == "pending" else each.next.state
            ENDED.labels(each.begun.delivery.audience, each.begun.delivery.channel, outcome).inc()
        LANES_PAUSED.set(self._lanes.paused)

    async def _close_gone(self, connection: Connection, results: Sequence[_Result], machine: datetime) -> None:
        """410: the address itself is told off, so that nothing is ever sent there again."""
        gone = {each.ended.address: each.begun.delivery.recipient for each in results if each.ended.end == "gone"}
        urls = {url: partner for url, partner in gone.items() if url is not None}
        if urls:
            await store.close_webhooks(connection, urls, machine)
            # In place: the decisions look at the same set.
            self._closed.update(urls)
            WEBHOOKS_CLOSED.set(len(self._closed))
            logger.warning("webhook_closed", partners=sorted(urls.values()))

    async def _go_on(self, connection: Connection, over: Sequence[tuple[Delivery, Next]], now: datetime) -> None:
        """What is given up goes on by the next channel that reaches its recipient; the loop decides which."""
        given_up = {
            each.id: caused_id(each.id, f"onward/{each.attempt}")
            for each, follows in over
            if follows.state == "failed" and each.then
        }
        if given_up:
            await store.go_on(connection, given_up, now)

    def _output(self, delivery: Delivery, follows: Next, now: datetime, place: int) -> Output | None:
        """What desk hears, under an id of the delivery and its attempt; of another try to come it hears nothing."""
        facts = facts_of(delivery)
        data: feedback.DeliveryData
        if follows.state == "sent":
            data = feedback.Sent(**facts)
        elif follows.state == "failed":
            data = feedback.Failed(**facts, reason=follows.reason or "given_up")
        elif follows.state == "held":
            data = feedback.Held(**facts)
        else:
            return None
        emit = Emit(FEEDBACK, data, delivery.household, delivery.demand, simulated=delivery.simulated)
        cause = Cause(delivery.id, str(delivery.cause), None)
        return render(NAME, emit, place + delivery.attempt, cause, now)

    async def _tend(self, connection: Connection) -> None:
        """Give up what is no longer worth sending, and hold what nobody finished."""
        machine, now = wall(), self._clock.now()
        async with connection.transaction():
            left = [(each, Next("held", "end_unknown")) for each in await store.abandoned(connection, machine)]
            late = [(each, Next("failed", "expired")) for each in await store.expired(connection, now, machine)]
            over = [*left, *((each, follows) for each, follows in late if each.id not in {row.id for row, _ in left})]
            if not over:
                return
            outputs = [
                output for each, follows in over if (output := self._output(each, follows, now, LEFT_PLACE)) is not None
            ]
            await self._publisher.publish(outputs)
            ended = [
                EndedAttempt(each.id, each.attempt, follows.state, follows.reason, machine) for each, follows in over
            ]
            await store.end(connection, ended)
            await self._go_on(connection, over, now)
        for each, follows in over:
            ENDED.labels(each.audience, each.channel, follows.state).inc()

    async def _prune(self, connection: Connection) -> None:
        """Forget deliveries with the week of the journal that holds their causes, a few at a time."""
        if time.monotonic() >= self._prune_at:
            oldest = lowest_at(week_of(self._clock.now() - self._kept))
            if await store.prune(connection, oldest) < store.AT_ONCE:
                self._prune_at = time.monotonic() + PRUNE_SECONDS

    async def _rest(self) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(self._lanes.rest_seconds(self._poll_seconds)):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _drain(self) -> None:
        if self._flying:
            await asyncio.wait(self._flying, timeout=DRAIN_SECONDS)
        for task in self._flying:
            task.cancel()
        try:
            await self._record(await self._database.connection())
        except LOST:
            logger.warning("sending_not_recorded", attempts=len(self._results))
        await self._database.close()


def _ended(result: _Result, machine: datetime) -> EndedAttempt:
    delivery, follows = result.begun.delivery, result.next
    not_before = machine + timedelta(seconds=follows.pause_seconds)
    return EndedAttempt(delivery.id, delivery.attempt, follows.state, follows.reason, not_before, result.ended.number)
