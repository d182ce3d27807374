"""Five real services over their real tables, and the wires between them as lists: who reads next, how far, is for the
test to say. What Kafka promises is kept and nothing more: the order within a partition, and that everything comes at
least once. What the gate is told by HTTP lands on the same lists."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

from freshwater.books.records import Place
from freshwater.books.subjects import is_door_in
from freshwater.simulate.cast import Cast, players
from freshwater.simulate.diary import Diary
from freshwater.simulate.notices import heard
from freshwater.simulate.partners import HOTLINE
from freshwater.simulate.submissions import cloud_event, submissions
from freshwater.stack import Stack
from services.desk.settings import DeskSettings
from services.desk.web.office import Office
from services.escalation.settings import EscalationSettings
from services.intake.adapters.sending import Sender
from services.intake.settings import IntakeSettings
from services.intake.store.requests import Requests
from services.matching.settings import MatchingSettings
from services.notify.settings import NotifySettings
from shared.catalogue import CatalogueFollower
from shared.clock import Clock
from shared.contracts.topics import GATE_IN, SERVICES, Topic, door_in, partner_of, retry, topics
from shared.database import OWN_MIGRATIONS, Database, connect, migrate
from shared.decision import Record
from shared.entry import Entry
from shared.loop import Loop
from shared.partners import PartnerFollower
from shared.process import Parts, Process
from shared.rendering import Output, headers_of
from shared.settings import Settings
from shared.sweeper import Sweeper
from shared.vault import Opener, Vault
from shared.workdays import national
from tests.clock import HandClock

PARTITIONS = 2
SETTINGS: Mapping[str, type[Settings]] = {
    "intake": IntakeSettings,
    "matching": MatchingSettings,
    "escalation": EscalationSettings,
    "notify": NotifySettings,
    "desk": DeskSettings,
}
NEEDED = (CatalogueFollower, PartnerFollower, Vault, Opener, Requests, Office)
"""What a decision or a page asks; all else that a service starts talks to the world outside."""
KEPT = ("migrations", "partners", "releases", "records")


@dataclass
class Reader:
    """One group of a service: what it reads, how far it is, and the loop that takes it."""

    service: str
    places: Sequence[Place]
    loop: Loop
    position: dict[Place, int] = field(default_factory=dict)


@dataclass
class Town:
    """`logs`: every partition; `readers`: who takes from them; `entries`: what the books ask of each service; `http`:
    their applications and ports, for a test that serves them."""

    clock: HandClock
    listed: Mapping[str, Topic]
    cast: Cast
    logs: dict[Place, list[Record]] = field(default_factory=dict)
    readers: list[Reader] = field(default_factory=list)
    sweepers: list[Sweeper] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    http: dict[str, tuple[Any, int]] = field(default_factory=dict)
    settings: dict[str, Settings] = field(default_factory=dict)
    said: int = 0
    diary: Diary = field(init=False)

    def __post_init__(self) -> None:
        self.diary = Diary(since=self.clock.moment)

    def submit(self, count: int, *, obstructed: bool) -> None:
        """Demands of invented households, with the slips that real submitters make; no two towns have the same."""
        numbers = range(self.said, self.said + count)
        self.said += count
        for each in submissions(7, numbers, self.clock.now(), obstructed=obstructed):
            self._append(Place(door_in(HOTLINE), 0), json.dumps(each.event, ensure_ascii=False).encode())

    async def publish(self, outputs: Sequence[Output]) -> None:
        """What a loop or a sweeper tells. Partners hear it at once, and think about what to say."""
        for output in outputs:
            partitions = self.listed[output.topic].partitions
            partition = 0 if output.partition_key is None else output.partition_key % partitions
            self._append(Place(output.topic, partition), output.value, output.key, output.headers)
            partner = partner_of(output.topic)
            if partner is not None and (notice := heard(output.value or b"")) is not None:
                self.diary.take(partner, notice.time, self.cast.respond(partner, notice))

    def _append(self, place: Place, value: bytes | None, key: bytes | None = None, headers: Any = ()) -> None:
        log = self.logs[place]
        milliseconds = int(self.clock.now().timestamp() * 1000)
        log.append(Record(*place, len(log), milliseconds, key, value, tuple(headers)))

    async def handed_in(self, events: Sequence[tuple[UUID, bytes, str]]) -> bool:
        """What came to the gate by HTTP (receipts, events, their types), where intake's sender would put it."""
        await self.publish([
            Output(GATE_IN, receipt.int & 0xFFFFFFFF, str(receipt).encode(), value, headers_of(kind))
            for receipt, value, kind in events
        ])  # fmt: skip
        return True

    def says(self, partner: str, what: str, data: Mapping[str, Any]) -> None:
        """An event of a partner at its own door."""
        event = cloud_event(f"org.freshwater.door.{what}.v1", data["source_id"], data)
        self._append(Place(door_in(partner), 0), json.dumps(event, default=str).encode())

    def reader(self, service: str) -> Reader:
        """The group of a service that reads what others decided."""
        return next(each for each in self.readers if each.service == service and not is_door_in(each.places[0].topic))

    def waiting(self) -> list[Reader]:
        """Who has something to read."""
        return [each for each in self.readers if self.behind(each)]

    def behind(self, reader: Reader) -> list[Place]:
        """The partitions in which something waits for it."""
        return [place for place in reader.places if reader.position.get(place, 0) < len(self.logs[place])]

    async def turn(self, reader: Reader, chance: Random) -> None:
        """One batch: some of what waits, its partitions in any order. One time in seven its commit is lost, so that
        all of it comes again."""
        places = self.behind(reader)
        chosen = chance.sample(places, chance.randint(1, len(places)))
        ends = {place: chance.randint(reader.position.get(place, 0) + 1, len(self.logs[place])) for place in chosen}
        await self.take(reader, ends, committed=chance.random() > 1 / 7)

    async def take(self, reader: Reader, ends: Mapping[Place, int], *, committed: bool = True) -> None:
        """One batch: the partitions in this order, each up to this offset."""
        batch = [
            record for place, end in ends.items() for record in self.logs[place][reader.position.get(place, 0) : end]
        ]
        await reader.loop.turn(batch)
        if committed:
            reader.position |= ends

    async def tick(self, forward: timedelta) -> None:
        """Time passes: deadlines fire, and partners say what they had in mind."""
        self.clock.moment += forward
        for partner, act in self.diary.due(self.clock.now()):
            event = cloud_event(act.type, act.event_id(), act.data)
            self._append(Place(door_in(partner), 0), json.dumps(event, default=str).encode())
        for sweeper in self.sweepers:
            await sweeper.sweep()

    async def rest(self, chance: Random) -> None:
        """Until nobody has anything to read."""
        while readers := self.waiting():
            await self.turn(chance.choice(readers), chance)


@asynccontextmanager
async def town_of(stack: Stack, start: datetime) -> AsyncIterator[Town]:
    """The services of a stack that was set up and not started, in this process."""
    doors = [partner.partner for partner in stack.partners if partner.door]
    listed = {each.name: each for each in topics(SERVICES, doors, PARTITIONS)}
    played = [player for player in players(stack.partners) if player.door]
    town = Town(HandClock(start), listed, Cast(7, stack.release, national(), played))
    town.logs = {Place(name, number): [] for name, each in listed.items() for number in range(each.partitions)}
    parts: list[Parts] = []
    databases: list[Database] = []
    try:
        for name in SERVICES:
            settings = settings_of(stack, name)
            with patch.object(Sender, "send", lambda _, events: town.handed_in(events)):
                made = _parts(name, settings, town.clock)
            parts.append(made)
            town.http[name], town.settings[name] = (made.http, made.port), settings
            await migrate(settings.postgres, name, OWN_MIGRATIONS, made.migrations)
            for start_it in _needed(made.start):
                await start_it()
            _settle_in(town, made, settings, databases)
        yield town
    finally:
        for made in parts:
            for stop in _needed(made.stop):
                await stop()
        for database in databases:
            await database.close()


def settings_of(stack: Stack, name: str) -> Settings:
    """What the environment of a service's process would say."""
    with patch.dict("os.environ", {**stack.environment(name), "FRESHWATER_KEYED_PARTITIONS": str(PARTITIONS)}):
        return SETTINGS[name]()


def _parts(name: str, settings: Settings, clock: Clock) -> Parts:
    process: Process = import_module(f"services.{name}.app").process(settings, clock)
    return process._parts


def _needed(calls: Iterable[Any]) -> list[Any]:
    return [call for call in calls if isinstance(getattr(call, "__self__", None), NEEDED)]


def _settle_in(town: Town, parts: Parts, settings: Settings, databases: list[Database]) -> None:
    name = parts.service.name
    inner = [place for place in town.logs if place.topic in parts.topics and place.topic != retry(name)]
    doors = [place for place in town.logs if is_door_in(place.topic)]
    for places in [inner, doors] if parts.doors else [inner]:
        database = Database(settings.postgres, name, f"{name}-town")
        databases.append(database)
        now = town.clock.now
        loop = Loop(parts.service, database, town.publish, now, age_limit_seconds=60, dead_letter_limit=1000)
        town.readers.append(Reader(name, places, loop))
    if parts.passed is not None:
        database = Database(settings.postgres, name, f"{name}-town-sweeper")
        databases.append(database)
        publisher: Any = town
        town.sweepers.append(Sweeper(name, parts.passed, database, publisher, town.clock, settings))
    entry: Entry = import_module(f"services.{name}.__main__").ENTRY
    town.entries[name] = replace(entry, settings=settings)


async def forget(town: Town, dsn: str) -> None:
    """As on the first day: empty logs and tables. Who the partners are, and the vault's keys, stay."""
    for name in SERVICES:
        connection = await connect(dsn, name)
        try:
            rows = await connection.fetch(
                "SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
                "WHERE nspname = $1 AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> ALL($2::text[])",
                name,
                KEPT,
            )
            if rows:
                await connection.execute(f"TRUNCATE {', '.join(row[0] for row in rows)}")
        finally:
            await connection.close()
    for log in town.logs.values():
        log.clear()
    for reader in town.readers:
        reader.position.clear()
    town.diary = Diary(since=town.clock.moment)
