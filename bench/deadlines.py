"""`bench deadlines`: how many due deadlines a sweeper fires in a second while a million others are open."""

from __future__ import annotations

import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bench.measure import Meter, spread
from bench.subjects import NO_MIGRATIONS
from freshwater.servers import Servers, servers
from shared.broker import Publisher
from shared.clock import Clock
from shared.contracts.clock import EscalationDeadlinePassed
from shared.contracts.ids import demand_id, timed_id
from shared.contracts.topics import CLOCK
from shared.database import OWN_MIGRATIONS, Database, connect, migrate
from shared.settings import Settings
from shared.sweeper import Sweeper

SERVICE, PARTITIONS, AT_ONCE = "escalation", 6, 50_000
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
KINDS = ("FOOD_PERMIT", "FIRE_CHECK", "LIC_EXPIRED", "TAX_OVERDUE")


class Standing(Clock):
    """A clock that stands, so that only what is due at the start is fired."""

    def now(self) -> datetime:
        return NOW


def _rows(first: int, count: int, due_in: float) -> Iterator[tuple[UUID, UUID, str, UUID, datetime, None]]:
    """Deadlines as cases have them: of demands of households, spread over `due_in` days."""
    for number in range(first, first + count):
        household = timed_id(1_795_000_000_000 + number, f"household {number}")
        due = NOW + timedelta(days=due_in) * ((number * 7919 % count + 1) / count)
        yield household, demand_id("bench", str(number)), KINDS[number % len(KINDS)], household, due, None


async def _fill(connection: asyncpg.Connection, first: int, count: int, due_in: float) -> None:
    for start in range(first, first + count, AT_ONCE):
        records = list(_rows(start, min(AT_ONCE, first + count - start), due_in))
        await connection.copy_records_to_table("deadlines", records=records)


async def measure(still_open: int, due: int, repetitions: int) -> None:
    """Print one line per repetition, and the spread at the end."""
    with tempfile.TemporaryDirectory(prefix="freshwater-bench-") as folder:
        async with servers(Path(folder), performance=True) as running:
            rates = await _measured(running, still_open, due, repetitions)
    print(f"\nfired a second with {still_open:,} open (min / median / max)  {spread(rates)}   floor 3,000, aim 10,000")
    print(json.dumps({"open": still_open, "due": due, "fired_per_second": round(statistics.median(rates))}))


async def _measured(running: Servers, still_open: int, due: int, repetitions: int) -> list[float]:
    prefix = f"b{secrets.token_hex(3)}."
    admin = AdminClient({"bootstrap.servers": ",".join(running.kafka), "log_level": 0})
    for future in admin.create_topics([NewTopic(prefix + CLOCK, PARTITIONS, 1)]).values():
        future.result(20)
    settings = Settings(kafka=",".join(running.kafka), postgres=running.postgres, topic_prefix=prefix)
    await migrate(settings.postgres, SERVICE, OWN_MIGRATIONS, NO_MIGRATIONS)
    connection = await connect(settings.postgres, SERVICE)
    await _fill(connection, 0, still_open, 30.0)
    await connection.execute("VACUUM ANALYZE deadlines", timeout=300)
    publisher, database = Publisher(SERVICE, settings), Database(settings.postgres, SERVICE, "bench")
    await publisher.start()
    meter = Meter(running.kafka_server.pid, running.postgres_server.pid)
    try:
        sweeper = Sweeper(SERVICE, EscalationDeadlinePassed, database, publisher, Standing(), settings)
        return [
            await _once(sweeper, connection, meter, due, still_open + number * due) for number in range(repetitions)
        ]
    finally:
        await publisher.stop()
        await database.close()
        await connection.close()


async def _once(sweeper: Sweeper, connection: asyncpg.Connection, meter: Meter, due: int, first: int) -> float:
    """So many come due at once, as on a morning after a holiday; they are fired until none is left."""
    await _fill(connection, first, due, -1.0)
    await connection.execute("CHECKPOINT", timeout=300)
    before, started, fired = meter.read([]), time.monotonic(), 0
    cpu: Any = time.process_time()
    while number := await sweeper.sweep():
        fired += number
    seconds, cpu, after = time.monotonic() - started, time.process_time() - cpu, meter.read([])
    assert fired == due, f"{fired} of {due} were fired"
    broker, database = ((b - a) * 1e6 / fired for a, b in zip(before[1:], after[1:], strict=True))
    print(
        f"{fired / seconds:10,.0f}/s   {fired:,} fired   CPU us each: sweeper {cpu * 1e6 / fired:.0f},"
        f" broker {broker:.0f}, database {database:.0f}",
        flush=True,
    )
    # Handled: the decision on a deadline takes its row away.
    await connection.execute("DELETE FROM deadlines WHERE fired_at IS NOT NULL", timeout=300)
    return fired / seconds
