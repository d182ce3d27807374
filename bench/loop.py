"""`bench loop`: the loop against a bare forward loop (the floor) and against FastStream as it is usually written."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
from aiokafka import AIOKafkaProducer
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bench.measure import Meter, Run, paired, run, run_group, spread
from freshwater.servers import Servers, servers
from shared.contracts.demands import Accepted, DemandSummary
from shared.contracts.ids import demand_id, partition_of, timed_id
from shared.contracts.topics import CLOCK, DEMANDS, FEEDBACK
from shared.contracts.values import Fact, Submitter
from shared.decision import Emit
from shared.rendering import Cause, render

PARTITIONS = 6
SUBJECTS = {"floor": 1.0, "loop": 1.0, "loop_with_state": 1.0, "usual": 0.03, "usual_16_workers": 0.05}
START_MS = 1_795_000_000_000


def demand(number: int) -> tuple[UUID, bytes, list[tuple[str, bytes | None]]]:
    """The n-th demand as intake would tell it: household, bytes, headers."""
    household = timed_id(START_MS + number // 2, f"bench {number // 2}")
    summary = DemandSummary(
        demand=demand_id("bench", str(number)),
        household=household,
        state="open",
        purpose="stock",
        county="620102",
        amount_yuan=80_000,
        industry="6210",
        facts={"operating_months": Fact(value=26, source="bench", as_of=date(2026, 11, 1))},
        submitter=Submitter(partner="bench", source_id=str(number)),
        received_at=datetime(2026, 11, 24, tzinfo=UTC),
        simulated=True,
    )
    cause = Cause(timed_id(START_MS + number, str(number)), str(summary.demand), None)
    output = render(
        "intake", Emit(DEMANDS, Accepted(summary=summary), household, summary.demand, 1), 0, cause, datetime.now(UTC)
    )
    return household, output.value or b"", list(output.headers)


async def preload(bootstrap: list[str], topic: str, records: int) -> int:
    """Write the input once; returns the bytes of one event."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", max_batch_size=262_144, linger_ms=20)
    await producer.start()
    size = 0
    try:
        futures = []
        for number in range(records):
            household, value, headers = demand(number)
            size = len(value)
            key, partition = str(household).encode(), partition_of(household, PARTITIONS)
            futures.append(await producer.send(topic, value, key, partition=partition, headers=headers))
        await asyncio.gather(*futures)
    finally:
        await producer.stop()
    return size


class Bench:
    """One broker and database; every run gets an output topic and a database of its own, and the same input."""

    def __init__(self, running: Servers, records: int) -> None:
        self._servers, self._records, self._filled = running, records, False
        self._admin = AdminClient({"bootstrap.servers": ",".join(running.kafka), "log_level": 0})
        self._meter = Meter(running.kafka_server.pid, running.postgres_server.pid)

    async def run(self, subject: str, share: float, *, members: int = 1, rows: int = 0) -> Run:
        """One measured run. The input is written anew for each: a group has to start at its beginning."""
        prefix, records = f"b{secrets.token_hex(3)}.", int(self._records * share)
        wanted = [NewTopic(prefix + name, PARTITIONS, 1) for name in (DEMANDS, FEEDBACK, CLOCK)]
        for future in self._admin.create_topics(wanted).values():
            future.result(20)
        await preload(self._servers.kafka, prefix + DEMANDS, records)
        dsn = await self._database(prefix.strip("."), rows)
        try:
            environment = {
                "FRESHWATER_KAFKA": ",".join(self._servers.kafka),
                "FRESHWATER_POSTGRES": dsn,
                "FRESHWATER_TOPIC_PREFIX": prefix,
                "FRESHWATER_LOG_LEVEL": "error",
            }
            if members == 1:
                return await run(subject, records, environment, self._meter)
            return await run_group(subject, records, environment, self._meter, members, lambda: self._committed(prefix))
        finally:
            self._admin.delete_topics([topic.topic for topic in wanted])
            await self._execute(f'DROP DATABASE "{prefix.strip(".")}" WITH (FORCE)')

    def _committed(self, prefix: str) -> int:
        """As the group itself would ask: the admin's question was seen to end the process after a broker's start."""
        options = {"bootstrap.servers": ",".join(self._servers.kafka), "group.id": f"{prefix}freshwater.notify"}
        consumer = Consumer({**options, "log_level": 0})
        try:
            places = [TopicPartition(prefix + DEMANDS, number) for number in range(PARTITIONS)]
            return sum(max(place.offset, 0) for place in consumer.committed(places, 10))
        finally:
            consumer.close()

    async def _database(self, name: str, rows: int) -> str:
        if rows and not self._filled:
            await self._execute('CREATE DATABASE "filled"')
            await _fill(self._dsn("filled"), rows)
            self._filled = True
        await self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{"filled" if rows else "template1"}"')
        await self._execute("CHECKPOINT")
        return self._dsn(name)

    def _dsn(self, database: str) -> str:
        return f"{self._servers.postgres.rpartition('/')[0]}/{database}"

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._servers.postgres)
        await connection.execute(statement, timeout=300)
        await connection.close()


async def _fill(dsn: str, rows: int) -> None:
    """Journal and states as a campaign leaves them: time-first ids before those of the run."""
    from bench.subjects import NO_MIGRATIONS, Seen
    from shared.database import OWN_MIGRATIONS, connect, migrate
    from shared.journal import COLUMNS

    await migrate(dsn, "notify", OWN_MIGRATIONS, NO_MIGRATIONS)
    connection = await connect(dsn, "notify")
    body = msgspec.msgpack.encode(Seen(1, "620102", 80_000, "stock"))
    now = datetime.now(UTC)
    for start in range(0, rows, 50_000):
        numbers = range(start, min(start + 50_000, rows))
        ids = [timed_id(START_MS - rows + n, f"old {n}") for n in numbers]
        await connection.copy_records_to_table(
            "journal",
            records=[
                (i, DEMANDS, 0, n, "old", str(i), "decided", now, 1, 1, None, bytes(600))
                for i, n in zip(ids, numbers, strict=True)
            ],
            columns=COLUMNS,
        )
        await connection.copy_records_to_table("states", records=[(i, i, "demand", 1, "seen", None, body) for i in ids])
    await connection.execute("VACUUM ANALYZE", timeout=300)
    await connection.execute("CHECKPOINT", timeout=300)
    await connection.close()


async def measure(records: int, repetitions: int, old_rows: int, only: set[str]) -> None:
    """Print one line per run and the paired ratios at the end."""
    # A topic that was just made has no leader for a moment; clients say so, and ask again.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="freshwater-bench-") as folder:
        async with servers(Path(folder), performance=True) as running:
            bench, runs = Bench(running, records), dict[str, list[Run]]()
            print(
                f"{records:,} events of {len(demand(1)[1])} bytes, {PARTITIONS} partitions, {repetitions} repetitions"
            )
            # The broker's first hundred thousand records cost it three times as much as the next: nobody's own cost.
            await bench.run("floor", 1.0)
            for repetition in range(1, repetitions + 1):
                for subject, share in SUBJECTS.items():
                    if not only or subject in only:
                        _keep(runs, subject, await bench.run(subject, share), repetition)
                if not only or "two" in only:
                    _keep(runs, "loop x 2 members", await bench.run("loop", 1.0, members=2), repetition)
                if old_rows and (not only or "old" in only):
                    name = f"loop_with_state at {old_rows:,} rows"
                    _keep(runs, name, await bench.run("loop_with_state", 1.0, rows=old_rows), repetition)
            _summary(runs, old_rows)


def _keep(runs: dict[str, list[Run]], name: str, done: Run, repetition: int) -> None:
    runs.setdefault(name, []).append(done)
    print(
        f"{repetition}  {name:36} {done.rate:10,.0f}/s   client {done.client:7.1f}  broker {done.broker:7.1f}"
        f"  database {done.database:7.1f}  total {done.total:7.1f} us/event",
        flush=True,
    )


RATIOS = (
    ("loop", "floor", "total", "CPU per event, loop without state / bare forward loop", "<= 2.0"),
    ("loop_with_state", "floor", "total", "CPU per event, loop with state and deadline / bare forward loop", "<= 3.0"),
    ("loop", "usual", "rate", "rate, loop / FastStream as usually written", ">= 30"),
    ("loop", "usual_16_workers", "rate", "rate, loop / the same with 16 workers", ">= 12"),
    ("loop x 2 members", "loop", "rate", "rate, two members / one", ">= 1.7"),
)


def _summary(runs: dict[str, list[Run]], old_rows: int) -> None:
    print("\nratio (paired inside a repetition)                                    min / median / max      floor")
    more = (
        (
            "loop_with_state at " + f"{old_rows:,} rows",
            "loop_with_state",
            "rate",
            "rate, with old rows / empty",
            ">= 0.85",
        ),
    )
    found = {}
    for one, other, what, name, wanted in (*RATIOS, *more):
        if one in runs and other in runs:
            values = paired(runs, one, other, what)
            found[name] = values
            print(f"{name:68}  {spread(values):24} {wanted}")
    print(json.dumps({name: [round(value, 3) for value in values] for name, values in found.items()}))
