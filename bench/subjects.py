"""What is measured: the loop as services use it, and what it is compared with. Each runs in a process of its own.

    python -m bench.subjects <subject> <records>

It prints one JSON line at the first record taken and one when the last offset is committed, so that start-up is not
in the figures.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker

from shared.broker import Publisher, producer_options
from shared.contracts import demands, feedback
from shared.contracts.clock import NotifyDeadlinePassed
from shared.contracts.topics import DEMANDS, FEEDBACK
from shared.database import Connection
from shared.decision import Deadline, Decision, Emit, Record, StateKey, Taken, World
from shared.process import Parts, Process
from shared.reading import Reader
from shared.settings import Settings
from shared.telemetry import set_up_logging

NO_MIGRATIONS = Path(__file__).parent / "migrations"


def say(word: str) -> None:
    print(json.dumps({"word": word, "at": time.time()}), flush=True)


class Count:
    """Says "first" at the first record, and calls `done` when all have been taken."""

    def __init__(self, total: int) -> None:
        self.left, self._total = total, total

    def take(self, number: int) -> None:
        if self.left == self._total and number:
            say("first")
        self.left -= number


@dataclass(frozen=True, slots=True)
class Seen:
    """A state of ordinary size."""

    count: int
    county: str
    amount_yuan: int
    purpose: str

    @property
    def label(self) -> str:
        return "seen"

    @property
    def owner(self) -> str | None:
        return None


class Forward:
    """A service that answers every demand with one event; `keeping` adds a state and a deadline."""

    name = "notify"
    kinds = {"demand": Seen}
    release = 1

    def __init__(self, count: Count, keeping: bool) -> None:
        self._count, self._keeping = count, keeping
        self._reader = Reader(self.name, {DEMANDS: (demands.Accepted,), "freshwater.clock.v1": (NotifyDeadlinePassed,)})

    def read(self, record: Record) -> Taken | None:
        return self._reader.read(record)

    def keys(self, taken: Taken) -> Sequence[StateKey]:
        if not self._keeping:
            return ()
        return (StateKey(UUID(taken.event.partitionkey), taken.event.data.summary.demand, "demand"),)

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        self._count.take(len(taken))

    def decide(self, taken: Taken, world: World) -> Decision:
        summary = taken.event.data.summary
        told = feedback.Sent(
            delivery=summary.demand,
            demand=summary.demand,
            cause=taken.id,
            cause_type=taken.event.type,
            audience="submitter",
            recipient=summary.submitter.partner,
            channel="door",
            attempt=1,
        )
        emits = (Emit(FEEDBACK, told, summary.household, summary.demand),)
        if not self._keeping:
            return Decision(emits=emits)
        (key,) = self.keys(taken)
        before = world.get(key)
        seen = Seen((before.count if before else 0) + 1, summary.county, summary.amount_yuan or 0, summary.purpose)
        due = Deadline(summary.household, summary.demand, "look", world.now + timedelta(days=3))
        return Decision(emits=emits, states={key: seen}, deadlines=(due,))

    def apply(self, decision: Decision, world: World) -> None:
        """No rows."""

    async def save(self, connection: Connection, rows: Sequence[Any], world: World) -> None:
        """No rows."""

    def seal(self, letter: bytes) -> bytes:
        return letter


async def loop(total: int, keeping: bool) -> None:
    settings, count = Settings(), Count(total)
    parts = Parts(Forward(count, keeping), NO_MIGRATIONS, (DEMANDS,), (FEEDBACK,))
    process = Process(settings, settings.clock(), Publisher("notify", settings), parts)
    async with process.started():
        await _committed(process.consumers[0].committed, total)
        say("last")


async def _committed(committed: Callable[[], Awaitable[int]], total: int) -> None:
    while await committed() < total:  # noqa: ASYNC110  the broker knows it, nothing in here does
        await asyncio.sleep(0.02)


async def floor(total: int) -> None:
    """A bare aiokafka loop: consume, send, wait for the acknowledgements, commit. No validation, no database."""
    settings, count = Settings(), Count(total)
    producer = AIOKafkaProducer(**producer_options(settings))
    consumer = AIOKafkaConsumer(
        settings.topic_prefix + DEMANDS,
        bootstrap_servers=settings.bootstrap,
        group_id=settings.topic_prefix + "floor",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await producer.start()
    await consumer.start()
    out = settings.topic_prefix + FEEDBACK
    while count.left > 0:
        batches = await consumer.getmany(timeout_ms=100, max_records=settings.batch_records)
        futures = [
            await producer.send(out, record.value, record.key, partition=place.partition)
            for place, records in batches.items()
            for record in records
        ]
        await asyncio.gather(*futures)
        count.take(len(futures))
        if futures:
            await consumer.commit()
    say("last")
    await consumer.stop()
    await producer.stop()


async def usual(total: int, workers: int) -> None:
    """FastStream as it is usually written: one message, one INSERT, one publish, acknowledged after."""
    settings, count = Settings(), Count(total)
    pool = await asyncpg.create_pool(settings.postgres, min_size=workers, max_size=workers)
    await pool.execute("CREATE TABLE IF NOT EXISTS usual (id uuid PRIMARY KEY, body jsonb NOT NULL)")
    broker = KafkaBroker(settings.bootstrap, acks="all", enable_idempotence=True, logger=None)
    app = FastStream(broker, logger=None)
    out = settings.topic_prefix + FEEDBACK
    policy = AckPolicy.ACK if workers == 1 else AckPolicy.ACK_FIRST
    more: dict[str, Any] = {} if workers == 1 else {"max_workers": workers}

    subscriber: Any = broker.subscriber(
        settings.topic_prefix + DEMANDS,
        group_id=settings.topic_prefix + "usual",
        auto_offset_reset="earliest",
        ack_policy=policy,
        **more,
    )

    @subscriber  # type: ignore[untyped-decorator]  # FastStream's overloads do not fit **more
    async def handle(event: dict[str, Any]) -> None:
        accepted = demands.Accepted.model_validate(event["data"])
        count.take(1)
        answer = json.dumps({"id": event["id"], "demand": str(accepted.summary.demand), "state": "seen"})
        await pool.execute("INSERT INTO usual VALUES ($1, $2) ON CONFLICT DO NOTHING", UUID(event["id"]), answer)
        await broker.publish(answer.encode(), out, key=event["partitionkey"].encode())
        if count.left <= 0:
            say("last")
            app.exit()

    await app.run()


async def main(subject: str, total: int) -> None:
    # Standard output is for the words that are measured by.
    set_up_logging(subject, "error")
    if subject == "floor":
        await floor(total)
    elif subject in ("loop", "loop_with_state"):
        await loop(total, keeping=subject == "loop_with_state")
    else:
        await usual(total, workers=16 if subject == "usual_16_workers" else 1)
    sys.stdin.readline()  # the CPU of a process that has ended can not be read any more
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
