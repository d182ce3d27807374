"""Notify on real servers, fed as the other services feed it, in this process or in one that can be killed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from freshwater.catalogue.release import Standing, compare, records_of
from freshwater.places import CHECKOUT
from freshwater.topics.changes import apply_topics
from services.notify.app import process
from services.notify.settings import NotifySettings
from shared.catalogue import Assembly
from shared.contracts import demands, partners, referrals
from shared.contracts.envelope import Data
from shared.contracts.ids import caused_id, demand_id, partition_of, timed_id
from shared.contracts.topics import CATALOGUE, DEMANDS, PARTNERS, RECEIPTS, REFERRALS, topics
from shared.contracts.values import Consent, Owner, Referral, Submitter
from shared.decision import Emit
from shared.rendering import Cause, Output, render
from shared.vault import MasterKeys, Vault, Wanted
from tests.notify.grounds import shipped
from tests.notify.outside import free_port

MASTER = base64.b64encode(bytes(range(32))).decode()
PARTITIONS = 2
DOORS = ("hotline", "niulang", "zhinu", "jingxiu")
# The messages of the tests must not wait for the morning.
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@dataclass
class Household:
    """A household of the tests, and the demand that it has."""

    id: UUID
    demand: UUID
    source_id: str
    sealed: dict[str, str]


@dataclass
class Stage:
    """Servers, names and keys of one test."""

    kafka: list[str]
    dsn: str
    vault_dsn: str
    prefix: str
    more: dict[str, Any] = field(default_factory=dict)
    vault: Vault = field(init=False)
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)

    async def build(self) -> None:
        wanted = topics(("notify", "intake"), DOORS, PARTITIONS, self.prefix)
        await asyncio.to_thread(apply_topics, self.kafka, wanted, prefix=self.prefix, replication_factor=1)
        await self.send([(self.prefix + CATALOGUE, 0, *record) for record in catalogue()])
        self.vault = Vault(self.vault_dsn, MasterKeys.parse(MASTER))
        await self.vault.start()

    async def stop(self) -> None:
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        await self.vault.stop()

    def values(self) -> dict[str, Any]:
        """Settings by name: a fast sweep, short pauses, and loopback allowed, as a demonstration allows it."""
        epoch = datetime.now(UTC)
        return {
            "kafka": ",".join(self.kafka),
            "postgres": self.dsn,
            "topic_prefix": self.prefix,
            "keyed_partitions": PARTITIONS,
            "session_timeout_ms": 6000,
            "publish_timeout_seconds": 5,
            "sweep_interval_ms": 20,
            "vault": self.vault_dsn,
            "vault_key": MASTER,
            "actor_secret": "a secret of the tests",
            "clock_start": NOON.isoformat(),
            "clock_epoch": epoch.isoformat(),
            "notify_port": free_port(),
            "notify_webhook_http": True,
            "notify_webhook_private": True,
            "notify_webhook_seconds": 2,
            "notify_gateway_seconds": 2,
            "notify_gateway_key": "a key of the tests",
            "notify_smtp_seconds": 1.5,
            "notify_first_pause_seconds": 0.05,
            "notify_longest_pause_seconds": 0.4,
            "notify_lease_seconds": 5,
            **self.more,
        }

    def settings(self) -> NotifySettings:
        return NotifySettings(**self.values())

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[NotifySettings]:
        """Notify in this process."""
        settings = self.settings()
        async with process(settings, settings.clock()).started():
            yield settings

    def start(self) -> subprocess.Popen[bytes]:
        """Notify as a process that can be killed."""
        named = {f"FRESHWATER_{name.upper()}": str(value) for name, value in self.values().items()}
        child = subprocess.Popen(
            [sys.executable, "-m", "services.notify"],
            env={**os.environ, **named},
            cwd=CHECKOUT,
            stderr=None if "FRESHWATER_TEST_LOG" in os.environ else subprocess.DEVNULL,
        )
        self.children.append(child)
        return child

    def kill(self) -> None:
        """Kill -9 whatever runs, at once and from any thread."""
        for child in self.children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)

    async def register(self, partner: str, **values: Any) -> None:
        """Say who a partner is, as intake does; the secret is sealed as the vault seals it."""
        secret = values.pop("secret", None)
        version = self.versions[partner] = self.versions.get(partner, 0) + 1
        sealed = self.vault.seal_secret(partner, secret) if secret else None
        data = partners.PartnerRegistered(
            partner=partner, name_zh=partner, name_en=partner, sealed_secret=sealed, version=version, **values
        )
        emit = Emit(PARTNERS, data, UUID(int=0), partner, version, key_text=partner)
        await self.feed([render("intake", emit, 0, Cause(timed_id(version, partner), partner, None), NOON)])

    async def household(self, number: int, **fields: str) -> Household:
        """A household with a demand; `fields` are its personal data, sealed as intake seals them."""
        source = f"HL-{number:05d}"
        demand = demand_id("hotline", source)
        identifier = timed_id(int(NOON.timestamp() * 1000) + number, f"household {number}")
        if not fields:
            return Household(identifier, demand, source, {})
        wanted = Wanted([("phone", f"1390000{number:04d}")], int(NOON.timestamp() * 1000))
        (identifier,) = await self.vault.find_or_create([wanted])
        sealer = await self.vault.sealer([identifier])
        return Household(identifier, demand, source, sealer.seal(identifier, fields))

    async def feed(self, outputs: Sequence[Output]) -> None:
        """Put records on their topics as their writers would, in order."""
        await self.send(
            [
                (self.prefix + output.topic, _partition(output), output.key, output.value, list(output.headers))
                for output in outputs
            ]
        )

    async def send(self, records: Sequence[tuple[str, int, Any, Any, Any]]) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, enable_idempotence=True, max_batch_size=262_144)
        await producer.start()
        try:
            sent = [
                await producer.send(topic, key=key, value=value, headers=headers, partition=partition)
                for topic, partition, key, value, headers in records
            ]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    async def read(self, topic: str) -> list[Any]:
        """All events that stand on a topic now, in order, copies too."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, enable_auto_commit=False)
        await consumer.start()
        try:
            name = self.prefix + topic
            await consumer._client._wait_on_metadata(name)
            places = [TopicPartition(name, number) for number in consumer.partitions_for_topic(name)]
            consumer.assign(places)
            await consumer.seek_to_beginning()
            ends, found = await consumer.end_offsets(places), []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for batch in (await consumer.getmany(timeout_ms=100)).values():
                    found += [json.loads(record.value) for record in batch]
            return found
        finally:
            await consumer.stop()

    async def sql(self, query: str, *arguments: Any) -> list[Any]:
        """Rows of notify's schema; none before it is there."""
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": "notify"})
        try:
            return await connection.fetch(query, *arguments)
        except asyncpg.UndefinedTableError:
            return []
        finally:
            await connection.close()

    async def states(self, *, channel: str | None = None, audience: str | None = None) -> dict[str, int]:
        """How many deliveries are in which state."""
        rows = await self.sql(
            "SELECT state, count(*) AS n FROM deliveries WHERE ($1::text IS NULL OR channel = $1)"
            " AND ($2::text IS NULL OR audience = $2) GROUP BY state",
            channel,
            audience,
        )
        return {row["state"]: row["n"] for row in rows}

    async def taken(self) -> int:
        rows = await self.sql("SELECT count(*) AS n FROM journal")
        return int(rows[0]["n"]) if rows else 0


def _partition(output: Output) -> int:
    if output.key is None or output.topic in (PARTNERS, RECEIPTS):
        return 0
    return partition_of(UUID(output.key.decode()), PARTITIONS)


@cache
def catalogue() -> list[Any]:
    """The shipped catalogue as its first release, record by record: (key, value, headers)."""
    changes = compare(shipped(), Standing(Assembly(), None))
    return list(records_of(shipped(), changes, NOON))


def summary_of(of: Household) -> dict[str, Any]:
    return {
        "demand": of.demand,
        "household": of.id,
        "county": "620102",
        "submitter": Submitter(partner="hotline", source_id=of.source_id),
    }


def accepted(of: Household, boxes: Sequence[str] = ("banks", "authorities", "messages"), at: datetime = NOON) -> Output:
    """The demand passed the gate."""
    consent = Consent(version="v1", boxes=list(boxes), given_at=NOON, expires_on=date(2027, 11, 1), evidence="form")  # type: ignore[arg-type]
    summary = demands.DemandSummary(
        **summary_of(of),
        state="open",
        amount_yuan=180_000,
        term_months=12,
        industry="H6210",
        consent=consent,
        received_at=NOON,
    )
    return event(DEMANDS, demands.Accepted(summary=summary, sealed=of.sealed), of, "accepted", at)


def round_opened(of: Household, *banks: str) -> Output:
    """It was referred to banks."""
    return event(REFERRALS, referrals.RoundOpened(**docking(of, banks), round=1, opened=ids(of, banks)), of, "opened")


def bank_accepts(of: Household, bank: str) -> Output:
    """One of them accepts."""
    data = referrals.Accepted(**docking(of, (bank,)), referral=ids(of, (bank,))[0], bank=bank, unit=f"{bank}-620102")
    return event(REFERRALS, data, of, f"accepted by {bank}")


def docking(of: Household, banks: Sequence[str]) -> Mapping[str, Any]:
    found = [
        Referral(
            id=identifier,
            bank=bank,
            unit=f"{bank}-620102",
            product="niulang-noodle",
            round=1,
            state="open",
            due_at=datetime(2026, 11, 25, 9, 30, tzinfo=UTC),
        )
        for identifier, bank in zip(ids(of, banks), banks, strict=True)
    ]
    owner = Owner(kind="bank", id=banks[0])
    return {
        "summary": referrals.ReferralSummary(
            **summary_of(of), state="referred", round=1, referrals=found, owner=owner, amount_yuan=180_000
        )
    }


def ids(of: Household, banks: Sequence[str]) -> list[UUID]:
    return [caused_id(of.id, f"referral/{bank}") for bank in banks]


def event(topic: str, data: Data, of: Household, name: str, at: datetime = NOON) -> Output:
    """An event of a household; the same name is the same event."""
    subject = of.demand if hasattr(data, "summary") and hasattr(data.summary, "demand") else of.id
    emit = Emit(topic, data, of.id, subject, 1, simulated=True)
    return render("intake", emit, 0, Cause(caused_id(of.id, f"{data.TYPE}/{name}"), str(of.demand), None), at)


async def until(condition: Callable[[], Awaitable[bool]], what: str, seconds: float = 30) -> None:
    """Wait for a condition, never for a time."""
    deadline = time.monotonic() + seconds
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        await asyncio.sleep(0.02)
