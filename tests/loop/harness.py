"""Feeding the tally, running its members as processes, and reading what came out."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.contracts.households import Visited
from shared.contracts.ids import partition_of, timed_id
from shared.contracts.topics import FEEDBACK, HOUSEHOLDS
from shared.decision import Emit
from shared.rendering import Cause, Output, render

ROOT = Path(__file__).parents[2]
NAMES = ("freshwater.households.v1", "freshwater.clock.v1", "freshwater.notify.retry.v1", "freshwater.feedback.v1")
LETTERS = "freshwater.notify.dlq.v1"
START_MS = 1_790_000_000_000


def visit(number: int, households: int = 40, visitor: str = "v") -> Output:
    """The n-th visit, of one of `households` households; the same number is the same event."""
    household = timed_id(START_MS, f"household {number % households}")
    data = Visited(household=household, visitor=visitor, county="620102", on=date(2026, 11, 24), outcome="demand")
    cause = Cause(timed_id(START_MS + number, f"visit {number}"), str(household), None)
    return render("intake", Emit(HOUSEHOLDS, data, household, household), 0, cause, datetime.now(UTC))


@dataclass
class Stage:
    """The servers, names and settings that one test plays on."""

    kafka: list[str]
    dsn: str
    prefix: str
    log: Path
    partitions: int = 3
    session_ms: int = 6000
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        return {
            **os.environ,
            "FRESHWATER_KAFKA": ",".join(self.kafka),
            "FRESHWATER_POSTGRES": self.dsn,
            "FRESHWATER_TOPIC_PREFIX": self.prefix,
            "FRESHWATER_SESSION_TIMEOUT_MS": str(self.session_ms),
            "FRESHWATER_PUBLISH_TIMEOUT_SECONDS": str(self.session_ms / 1250),
            **more,
        }

    def start(self, member: int | None, **more: str) -> subprocess.Popen[bytes]:
        named = {"FRESHWATER_MEMBER": "none" if member is None else str(member), **more}
        with (self.log / f"{member}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.loop.member"], env=self.environment(**named), cwd=ROOT, stderr=log
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()

    async def feed(self, outputs: Sequence[Output]) -> None:
        """Put records on their topics as intake would, in order."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, enable_idempotence=True)
        await producer.start()
        try:
            futures = []
            for output in outputs:
                key = UUID(output.key.decode()) if output.key and len(output.key) == 36 else UUID(int=0)
                futures.append(
                    await producer.send(
                        self.prefix + output.topic,
                        key=output.key,
                        value=output.value,
                        headers=list(output.headers),
                        partition=partition_of(key, self.partitions),
                    )
                )
            await asyncio.gather(*futures)
        finally:
            await producer.stop()

    async def read(self, topic: str) -> list[Any]:
        """All records that stand on a topic now."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, enable_auto_commit=False)
        await consumer.start()
        try:
            await consumer._client._wait_on_metadata(self.prefix + topic)
            places = [
                TopicPartition(self.prefix + topic, p) for p in consumer.partitions_for_topic(self.prefix + topic)
            ]
            consumer.assign(places)
            await consumer.seek_to_beginning()
            ends, found = await consumer.end_offsets(places), []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for batch in (await consumer.getmany(timeout_ms=100)).values():
                    found += batch
            return found
        finally:
            await consumer.stop()

    async def told(self) -> Told:
        return Told(await self.read(FEEDBACK))

    async def sql(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": "notify"})
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    def said(self, member: int, event: str) -> bool:
        """Whether a member's log holds an event."""
        path = self.log / f"{member}.log"
        return path.exists() and f'"event": "{event}"' in path.read_text("utf-8")

    async def taken(self) -> int:
        """How many events the journal holds; 0 before the schema is there."""
        try:
            return int((await self.sql("SELECT count(*) FROM journal"))[0][0])
        except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, OSError, asyncpg.PostgresError):
            return 0


@dataclass
class Told:
    """What stands on the output topic, seen as its consumers must see it."""

    records: list[Any]

    def by_id(self) -> dict[str, set[bytes]]:
        found: dict[str, set[bytes]] = defaultdict(set)
        for record in self.records:
            found[json.loads(record.value)["id"]].add(record.value)
        return found

    def first_copies(self) -> list[dict[str, Any]]:
        """Each event once, by its first copy, in the order of its partition."""
        seen: dict[str, dict[str, Any]] = {}
        for record in sorted(self.records, key=lambda r: (r.partition, r.offset)):
            event = json.loads(record.value)
            seen.setdefault(event["id"], event)
        return list(seen.values())

    def check(self, expected: int) -> None:
        """Nothing lost, nothing decided twice, first copies in the order of the revision."""
        versions = self.by_id()
        assert len(versions) == expected, f"{expected - len(versions)} of {expected} lost"
        assert all(len(bytes_seen) == 1 for bytes_seen in versions.values()), "an event was decided twice"
        last: dict[str, int] = {}
        for event in self.first_copies():
            count, household = int(event["data"]["fields"][0]), event["subject"]
            assert count == last.get(household, 0) + 1, "a first copy is out of order, or a count was skipped"
            assert int(event["sequence"]) >= count, "a revision is behind its own count"
            last[household] = count


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 60, what: str = "the condition") -> None:
    """Wait for a condition, never for a time."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not met within {seconds} s")
        await asyncio.sleep(0.05)
