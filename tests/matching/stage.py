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

from services.matching.__main__ import ENTRY
from services.matching.app import process
from services.matching.settings import MatchingSettings
from shared.accounts import accounts
from shared.broker import Publisher, consumer_options
from shared.contracts.envelope import Data
from shared.contracts.ids import caused_id
from shared.contracts.topics import ACTIONS, CAPACITY, CASES, DEMANDS, HOUSEHOLDS, REFERRALS
from shared.database import connect
from shared.decision import Emit
from shared.rendering import Cause, render
from tests.clock import HandClock
from tests.matching.room import DEMAND, HOUSEHOLD, START
from tests.tables import Tables

PARTITIONS = 2
WRITERS = {ACTIONS: "intake", CAPACITY: "intake", CASES: "escalation", DEMANDS: "intake", HOUSEHOLDS: "intake"}


@dataclass
class Stage(Tables):
    """What a test does to the running service, and what it hears of it."""

    schema = "matching"

    settings: MatchingSettings
    clock: HandClock
    publisher: Publisher
    consumer: Any
    heard: list[dict[str, Any]] = field(default_factory=list)
    said: int = 0

    async def say(
        self, topic: str, data: Data, subject: UUID = DEMAND, household: UUID = HOUSEHOLD, **more: Any
    ) -> UUID:
        """Put one event on a topic as its writer would; returns its id."""
        self.said += 1
        cause = Cause(caused_id(household, f"{self.settings.topic_prefix}{self.said}"), "c", None)
        emit = Emit(topic, data, household, subject, self.said, **more)
        output = render(WRITERS[topic], emit, 0, cause, self.clock.now())
        await self.publisher.publish([output])
        return UUID(json.loads(output.value or b"")["id"])

    async def hear(self, condition: Callable[[list[dict[str, Any]]], bool], what: str) -> None:
        """Read on until what was told fulfils a condition."""
        give_up = time.monotonic() + 30
        while not condition(self.heard):
            if time.monotonic() > give_up:
                raise TimeoutError(f"{what} was not heard within 30 s, only {self.names()}")
            for records in (await self.consumer.getmany(timeout_ms=100)).values():
                self.heard += [json.loads(record.value) for record in records]

    async def hear_names(self, *names: str) -> list[dict[str, Any]]:
        """Read until as many events as named were told; they must be these, in this order. Returns and forgets them."""
        await self.hear(lambda heard: len(heard) >= len(names), ", ".join(names))
        assert self.names() == list(names)
        heard, self.heard = self.heard, []
        return heard

    def names(self) -> list[str]:
        return [event["type"].split(".")[3] for event in self.heard]

    async def balanced(self) -> dict[str, Any]:
        """The service's own books, which must agree."""
        connection = await connect(self.settings.postgres, "matching")
        try:
            assert not (await accounts(connection, ENTRY.clocked))["unclocked"]
            assert ENTRY.more is not None
            books = await ENTRY.more(connection)
        finally:
            await connection.close()
        assert (books["units_differing"], books["units_over_limit"]) == (0, 0), books
        assert books["open_referrals"] == books["places_held"]
        return books


@asynccontextmanager
async def running(settings: MatchingSettings) -> AsyncIterator[Stage]:
    """The service started, its topics and its catalogue there before."""
    clock = HandClock(START)
    publisher = Publisher("test", settings)
    consumer = AIOKafkaConsumer(**consumer_options(settings))
    await publisher.start()
    await consumer.start()
    name = settings.topic_prefix + REFERRALS
    consumer.assign([TopicPartition(name, partition) for partition in range(PARTITIONS)])
    try:
        async with process(settings, clock).started():
            yield Stage(settings, clock, publisher, consumer)
    finally:
        await consumer.stop()
        await publisher.stop()
