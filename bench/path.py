"""`bench path`: from a record in a partner's door to the first answer of matching, and through all five services."""

from __future__ import annotations

import asyncio
import json
import logging
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.measure import Meter, cpu_of, spread
from freshwater.places import CHECKOUT
from freshwater.servers import servers
from freshwater.simulate.doors import Mouth
from freshwater.simulate.partners import HOTLINE
from freshwater.simulate.submissions import submissions
from freshwater.stack import Place, Stack, stack
from shared.broker import consumer_options
from shared.catalogue import load_directory
from shared.contracts.ids import demand_id
from shared.contracts.topics import REFERRALS, SERVICES

PATH = ("intake", "matching")
TO_MATCHING = {f"org.freshwater.referral.{name}.v1" for name in (
    "round-opened", "consent-requested", "facts-requested", "obstructed", "standing", "closed")}  # fmt: skip


class _Answer(msgspec.Struct):
    type: str
    subject: str


_answer = msgspec.json.Decoder(_Answer)


@dataclass(frozen=True, slots=True)
class Passage:
    """One run: demands a second from the first door record to the last answer, and CPU by who used it (µs a demand)."""

    rate: float
    services: dict[str, float]
    broker: float
    database: float
    seconds: float

    @property
    def cores(self) -> float:
        return (sum(self.services.values()) + self.broker + self.database) * self.rate / 1e6


class Watch:
    """Reads the referrals from where they stand now, and remembers when each demand was first answered (ms)."""

    def __init__(self, running: Stack) -> None:
        self._prefix, self._partitions = running.place.prefix, running.settings.keyed_partitions
        self._consumer = AIOKafkaConsumer(**consumer_options(running.settings))
        self.answered: dict[str, int] = {}

    async def start(self) -> None:
        await self._consumer.start()
        places = [TopicPartition(self._prefix + REFERRALS, number) for number in range(self._partitions)]
        self._consumer.assign(places)
        await self._consumer.seek_to_end(*places)

    async def until(self, demands: int, seconds: float) -> None:
        """Wait until so many demands have had their first answer."""
        async with asyncio.timeout(seconds):
            while len(self.answered) < demands:
                for records in (await self._consumer.getmany(timeout_ms=50)).values():
                    for record in records:
                        answer = _answer.decode(record.value)
                        if answer.type in TO_MATCHING:
                            self.answered.setdefault(answer.subject, record.timestamp)

    async def stop(self) -> None:
        await self._consumer.stop()


class Runner:
    """One running stack, and the charge for what passes through it."""

    def __init__(self, running: Stack, meter: Meter) -> None:
        self._running, self._meter, self._sent = running, meter, 0

    def _batch(self, demands: int) -> list[Any]:
        """Valid demands only: what is refused at the gate would make the path look fast."""
        now = self._running.settings.clock().now()
        made: list[Any] = []
        while len(made) < demands:
            chunk = submissions(
                7, range(self._sent, self._sent + demands - len(made)), now, series="B", obstructed=False
            )
            self._sent += demands - len(made)
            made += [each.event for each in chunk if each.source_id.count("-") == 1 and _plain(each.event)]
        seen: dict[str, Any] = {event["data"]["source_id"]: event for event in made}
        return list(seen.values())

    def _cpu(self) -> dict[str, float]:
        return {name: cpu_of(process.pid) for name, process in self._running.services.items()}

    async def burst(self, demands: int) -> Passage:
        """All at once: the door is full before the services see the first."""
        batch = self._batch(demands)
        watch, mouth = Watch(self._running), Mouth(self._running.settings)
        await watch.start()
        await mouth.start()
        try:
            before, others, start = self._cpu(), self._meter.read([]), time.time()
            sending = asyncio.create_task(self._send(mouth, batch))
            await watch.until(int(len(batch) * 0.98), 300)
            await sending
            return self._passage(len(batch), before, others, start, max(watch.answered.values()) / 1000)
        finally:
            await mouth.stop()
            await watch.stop()

    async def _send(self, mouth: Mouth, batch: Sequence[Any]) -> None:
        for first in range(0, len(batch), 2_000):
            await mouth.say(HOTLINE, batch[first : first + 2_000])

    def _passage(
        self, demands: int, before: dict[str, float], others: tuple[float, float, float], start: float, end: float
    ) -> Passage:
        after, now = self._cpu(), self._meter.read([])
        services = {name: (after[name] - before[name]) * 1e6 / demands for name in before}
        broker, database = ((now[place] - others[place]) * 1e6 / demands for place in (1, 2))
        return Passage(demands / (end - start), services, broker, database, end - start)

    async def steady(self, per_second: int, seconds: int) -> tuple[list[float], float]:
        """An even stream: milliseconds from door to first answer of each demand, and the cores that all of it used."""
        batch = self._batch(per_second * seconds)
        watch, mouth = Watch(self._running), Mouth(self._running.settings)
        await watch.start()
        await mouth.start()
        sent: dict[str, float] = {}
        try:
            before, others, start = self._cpu(), self._meter.read([]), time.monotonic()
            waiting = asyncio.create_task(watch.until(int(len(batch) * 0.98), seconds + 60))
            for number, event in enumerate(batch):
                await asyncio.sleep(max(start + number / per_second - time.monotonic(), 0))
                sent[event["data"]["source_id"]] = time.time() * 1000
                await mouth.say(HOTLINE, [event])
            await waiting
            elapsed = time.monotonic() - start
            after, now = self._cpu(), self._meter.read([])
            used = sum(after[name] - before[name] for name in before) + now[1] - others[1] + now[2] - others[2]
            return self._waits(watch, sent), used / elapsed
        finally:
            await mouth.stop()
            await watch.stop()

    def _waits(self, watch: Watch, sent: dict[str, float]) -> list[float]:
        by_demand = {str(demand_id(HOTLINE, source_id)): at for source_id, at in sent.items()}
        return sorted(watch.answered[name] - at for name, at in by_demand.items() if name in watch.answered)


def _plain(event: Any) -> bool:
    return bool(event["data"]["county"] != "110101" and event["data"].get("version", 1) == 1)


async def measure(demands: int, repetitions: int, per_second: int, seconds: int) -> None:
    """Print each run, then the figures; the last line is one JSON object."""
    # A topic that was just made has no leader for a moment; clients say so, and ask again.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    found: dict[str, Any] = {}
    release = load_directory(CHECKOUT / "catalogue")
    for title, names in (("door to first answer (intake, matching)", PATH), ("all five services", SERVICES)):
        with tempfile.TemporaryDirectory(prefix="freshwater-bench-") as folder:
            async with servers(Path(folder), performance=True) as running_servers:
                place = Place(Path(folder))
                async with stack(running_servers, place, release, names=names) as running:
                    meter = Meter(running_servers.kafka_server.pid, running_servers.postgres_server.pid)
                    runner = Runner(running, meter)
                    await runner.burst(500)  # warm: caches, plans, partitions
                    passages = [await runner.burst(demands) for _ in range(repetitions)]
                    found[title] = _report(title, demands, passages)
                    waits, cores = await runner.steady(per_second, seconds)
                    found[f"{title}, {per_second}/s"] = _report_steady(title, per_second, waits, cores)
    print(json.dumps(found, ensure_ascii=False))


def _report(title: str, demands: int, passages: Sequence[Passage]) -> dict[str, Any]:
    print(f"\n{title}: {demands:,} demands at once, {len(passages)} repetitions")
    for each in passages:
        parts = "  ".join(f"{name} {value:.0f}" for name, value in each.services.items())
        print(f"  {each.rate:8,.0f}/s   us a demand: {parts}  broker {each.broker:.0f}  database {each.database:.0f}")
    rates = [each.rate for each in passages]
    print(f"  demands a second, min / median / max: {spread(rates)}")
    return {"per_second": [round(rate) for rate in rates], "median": round(statistics.median(rates))}


def _report_steady(title: str, per_second: int, waits: Sequence[float], cores: float) -> dict[str, Any]:
    quantile = {name: waits[min(int(len(waits) * share), len(waits) - 1)] for name, share in (
        ("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}  # fmt: skip
    print(f"\n{title}: {per_second} demands a second, {len(waits)} measured")
    print("  ms from door to answer: " + "  ".join(f"{name} {value:.0f}" for name, value in quantile.items()))
    print(f"  cores used by everything: {cores:.2f}")
    return {**{name: round(value) for name, value in quantile.items()}, "cores": round(cores, 2)}
