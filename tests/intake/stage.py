"""Intake on a real broker and two real databases: doors to write to, HTTP to ask, and ears for all that it says."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.intake.adapters.registry import Registry
from services.intake.app import process
from services.intake.settings import IntakeSettings
from shared.broker import Publisher, consumer_options, producer_options
from shared.contracts.envelope import Data
from shared.contracts.ids import caused_id
from shared.contracts.partners import PartnerRegistered
from shared.contracts.topics import CLOCK, GATE_IN, Topic, dead_letters, door_in
from shared.database import connect
from shared.decision import Emit
from shared.rendering import Cause, render
from shared.vault import MasterKeys, Vault
from tests.clock import HandClock
from tests.tables import Tables

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
PARTITIONS = 2
LETTERS = dead_letters("intake")
PARTNERS: tuple[dict[str, Any], ...] = (
    {"partner": "hotline", "role": "publisher", "door": True},
    {"partner": "platform", "role": "publisher", "door": True},
    {"partner": "beichen", "role": "bank", "institution": "beichen", "door": True},
    {"partner": "niulang", "role": "bank", "institution": "niulang"},
    {"partner": "hub", "role": "authority", "units": ["market_regulation-620102"], "door": True},
    {"partner": "desk", "role": "portal"},
    {"partner": "auditor", "role": "auditor"},
)
_EMPTY = """
TRUNCATE journal, states, deadlines, submissions, open_demands, links, sayings, held_claims, limits, requests, verdicts,
         partners, visits, contact_codes
"""
DOORS = (*(each["partner"] for each in PARTNERS if each.get("door")), "stranger")


@dataclass
class Stage(Tables):
    """What a test does to the running service, and what it hears of it."""

    schema = "intake"

    settings: IntakeSettings
    clock: HandClock
    keys: Mapping[str, str]
    vault: Vault
    producer: Any
    publisher: Publisher
    consumer: Any
    http: httpx.AsyncClient
    topics: Sequence[Topic]
    heard: list[dict[str, Any]] = field(default_factory=list)
    letters: list[dict[str, str]] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    said: int = 0

    async def renew(self) -> None:
        """As before the first test: what is on the topics is passed over, for every record has an id of its own."""
        await self.consumer.seek_to_end(*self.consumer.assignment())
        for place in self.consumer.assignment():
            await self.consumer.position(place)
        await self.sql(_EMPTY)
        connection = await connect(self.settings.vault, "vault")
        await connection.execute("TRUNCATE identities, contacts, data_keys, files")
        await connection.close()
        self.clock.moment = START
        self.keys = await register(self.settings, self.publisher, self.vault)
        self.heard, self.letters, self.records = [], [], []

    async def say(self, partner: str, *events: dict[str, Any] | bytes | None) -> None:
        """Put records on a door, in order."""
        topic = self.settings.topic_prefix + door_in(partner)
        for event in events:
            value = (
                event if isinstance(event, bytes) or event is None else json.dumps(event, ensure_ascii=False).encode()
            )
            await self.producer.send_and_wait(topic, value=value, key=None if value is not None else b"-")

    async def tell(self, topic: str, writer: str, data: Data, household: UUID, subject: UUID) -> None:
        """Put an event of another context on its topic."""
        self.said += 1
        cause = Cause(caused_id(household, f"{self.settings.topic_prefix}{self.said}"), "c", None)
        emit = Emit(topic, data, household, subject, self.said)
        await self.publisher.publish([render(writer, emit, 0, cause, self.clock.now())])

    async def hear(self, condition: Callable[[Stage], bool], what: str, seconds: float = 30) -> None:
        """Read on until what was told fulfils a condition."""
        give_up = time.monotonic() + seconds
        while not condition(self):
            if time.monotonic() > give_up:
                raise TimeoutError(f"{what} was not heard in {seconds} s, only {self.names()} and {self.letters}")
            for place, records in (await self.consumer.getmany(timeout_ms=50)).items():
                self._take(place.topic.removeprefix(self.settings.topic_prefix), records)

    def _take(self, topic: str, records: Sequence[Any]) -> None:
        self.records += [part for record in records for part in (record.key, record.value) if part is not None]
        if topic == LETTERS:
            self.letters += [{k: v.decode() for k, v in record.headers if v is not None} for record in records]
        elif topic not in (GATE_IN, CLOCK):
            self.heard += [json.loads(record.value) for record in records]

    async def hear_names(self, *names: str) -> list[dict[str, Any]]:
        """Read until as many events as named were told; they must be these, in any order of partitions."""
        await self.hear(lambda stage: len(stage.heard) >= len(names), ", ".join(names))
        assert sorted(self.names()) == sorted(names)
        return self.heard

    def names(self) -> list[str]:
        return [event["type"].removeprefix("org.freshwater.").rsplit(".", 1)[0] for event in self.heard]

    def only(self, name: str) -> dict[str, Any]:
        """The one event of a name."""
        found = [event for event, known in zip(self.heard, self.names(), strict=True) if known == name]
        assert len(found) == 1, f"{name}: {len(found)} of {self.names()}"
        return found[0]

    async def post(self, path: str, body: Any, partner: str = "platform", **headers: str) -> httpx.Response:
        """A request with a partner's key; `body` is JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        said = {"Authorization": f"Bearer {self.keys[partner]}", "Content-Type": "application/json", **headers}
        return await self.http.post(path, content=content, headers=said)

    async def post_until_sent(self, path: str, body: Any) -> httpx.Response:
        """Again and again while Kafka is away, as a sender does."""
        give_up = time.monotonic() + 30
        while (answer := await self.post(path, body)).status_code == 503:
            assert time.monotonic() < give_up, "Kafka stays away"
            await asyncio.sleep(0.05)
        return answer

    async def receipt(self, location: str, partner: str = "platform") -> dict[str, Any]:
        """What stands under a receipt once it has been decided."""
        give_up = time.monotonic() + 30
        while True:
            answer = await self.http.get(location, headers={"Authorization": f"Bearer {self.keys[partner]}"})
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            if found["status"] not in ("sent", "unsent"):
                return found
            assert time.monotonic() < give_up, f"no verdict in 30 s: {found}"
            await asyncio.sleep(0.02)


async def register(settings: IntakeSettings, publisher: Publisher, vault: Vault) -> dict[str, str]:
    """The partners of the stage; their keys by id."""
    connection = await connect(settings.postgres, "intake")
    try:
        registry = Registry(connection, publisher.publish, vault.seal_secret, lambda: START)
        keys = {}
        for said in PARTNERS:
            partner = PartnerRegistered(name_zh=said["partner"], name_en=said["partner"], **said)
            shown = await registry.put(partner, key=True)
            keys[shown.partner.partner] = shown.key or ""
        return keys
    finally:
        await connection.close()


@asynccontextmanager
async def running(settings: IntakeSettings, topics: Sequence[Topic]) -> AsyncIterator[Stage]:
    """The service started; its topics, its catalogue and its tables were made before."""
    clock = HandClock(START + timedelta())
    options = {**producer_options(settings), "enable_idempotence": False}
    producer, publisher = AIOKafkaProducer(**options), Publisher("test", settings)
    vault = Vault(settings.vault, MasterKeys.parse(settings.vault_key.get_secret_value()))
    consumer = AIOKafkaConsumer(**consumer_options(settings))
    await vault.start()
    await producer.start()
    await publisher.start()
    await consumer.start()
    listen = [topic for topic in topics if "intake" in topic.writers and topic.name.rpartition("partners")[1] == ""]
    consumer.assign([TopicPartition(topic.name, place) for topic in listen for place in range(topic.partitions)])
    url = f"http://{settings.host}:{settings.intake_port}"
    try:
        async with process(settings, clock).started(), httpx.AsyncClient(base_url=url, timeout=30) as http:
            await _answers(http)
            yield Stage(settings, clock, {}, vault, producer, publisher, consumer, http, topics)
    finally:
        await consumer.stop()
        await publisher.stop()
        await producer.stop()
        await vault.stop()


async def _answers(http: httpx.AsyncClient) -> None:
    give_up = time.monotonic() + 30
    while True:
        try:
            if (await http.get("/health")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < give_up, "HTTP does not answer"
        await asyncio.sleep(0.05)
