"""The whole service on a real broker and database, with a clock that the test turns by hand."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.escalation.app import process
from services.escalation.settings import EscalationSettings
from shared.broker import Publisher, consumer_options
from shared.contracts.envelope import Data
from shared.contracts.ids import caused_id
from shared.contracts.topics import ACTIONS, CASES, DEMANDS, HOUSEHOLDS, REFERRALS
from shared.decision import Emit
from shared.rendering import Cause, Output, render
from tests.clock import HandClock
from tests.escalation.places import START
from tests.escalation.room import HOUSEHOLD
from tests.tables import Tables

PARTITIONS = 2
WRITERS = {REFERRALS: "matching", ACTIONS: "intake", DEMANDS: "intake", HOUSEHOLDS: "intake"}


@dataclass
class Stage(Tables):
    """What a test does to the running service, and what it hears of it."""

    schema = "escalation"

    settings: EscalationSettings
    clock: HandClock
    publisher: Publisher
    consumer: Any
    heard: list[dict[str, Any]] = field(default_factory=list)
    of_county: list[dict[str, Any]] = field(default_factory=list)
    said: int = 0
    docking: int = 0

    async def say(self, topic: str, data: Data, subject: UUID, household: UUID = HOUSEHOLD) -> UUID:
        """Put one event on a topic as its writer would; returns its id."""
        output = self.written(topic, data, subject, household)
        await self.publisher.publish([output])
        return UUID(json.loads(output.value or b"")["id"])

    def written(self, topic: str, data: Data, subject: UUID, household: UUID = HOUSEHOLD) -> Output:
        """The next event, as its writer would put it on its topic."""
        self.said += 1
        self.docking += 1
        cause = Cause(caused_id(household, f"{self.settings.topic_prefix}{self.said}"), "c", None)
        emit = Emit(topic, data, household, subject, self.docking, actor="authority:desk-620102:p-1")
        return render(WRITERS[topic], emit, 0, cause, self.clock.now())

    async def hear(self, condition: Callable[[list[dict[str, Any]]], bool], what: str) -> None:
        """Read on until what was told fulfils a condition."""
        give_up = time.monotonic() + 30
        while not condition(self.heard):
            if time.monotonic() > give_up:
                raise TimeoutError(f"{what} was not heard within 30 s, only {self.names()}")
            for records in (await self.consumer.getmany(timeout_ms=100)).values():
                told = [json.loads(record.value) for record in records]
                self.heard += [event for event in told if "summary" in event["data"]]
                self.of_county += [event for event in told if "summary" not in event["data"]]

    async def hear_names(self, *names: str) -> list[dict[str, Any]]:
        """Read until as many events as named were told; they must be these, in this order."""
        await self.hear(lambda heard: len(heard) >= len(names), ", ".join(names))
        assert self.names() == list(names)
        return self.heard

    def names(self) -> list[str]:
        return [event["type"].split(".")[3] for event in self.heard]


@asynccontextmanager
async def running(settings: EscalationSettings) -> AsyncIterator[Stage]:
    """The service started, its topics and its catalogue there before."""
    clock = HandClock(START)
    publisher = Publisher("test", settings)
    consumer = AIOKafkaConsumer(**consumer_options(settings))
    await publisher.start()
    await consumer.start()
    name = settings.topic_prefix + CASES
    consumer.assign([TopicPartition(name, partition) for partition in range(PARTITIONS)])
    try:
        async with process(settings, clock).started():
            yield Stage(settings, clock, publisher, consumer)
    finally:
        await consumer.stop()
        await publisher.stop()
