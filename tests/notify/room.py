"""Notify's loop and its sending on a real database, with time in the hand of the test; the broker is a list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import msgspec

from services.notify.adapters.sending import Sending
from services.notify.adapters.templates import Templates
from services.notify.app import MIGRATIONS
from services.notify.domain.delivery import Ended
from services.notify.domain.links import Links
from services.notify.handlers import Grounds, Manner, Notify
from services.notify.handlers.identity import Encrypts
from services.notify.settings import NotifySettings
from services.notify.store.sending import Begun
from shared.contracts.clock import NotifyDeadlinePassed
from shared.contracts.feedback import EVENTS
from shared.contracts.partners import PartnerRegistered
from shared.contracts.topics import CLOCK
from shared.database import OWN_MIGRATIONS, Database, connect, migrate
from shared.deadlines import due, mark_fired
from shared.decision import Record
from shared.loop import Loop
from shared.rendering import Output
from shared.sweeper import Sweeper
from tests.notify.grounds import shipped
from tests.notify.stage import NOON

FEEDBACK_TYPES = {data.TYPE for data in EVENTS}


def partner(identifier: str, role: str = "bank", **more: Any) -> PartnerRegistered:
    """One that speaks for the institution of its own name."""
    return PartnerRegistered(
        partner=identifier, role=cast(Any, role), name_zh=identifier, name_en=identifier, institution=identifier, **more
    )


@dataclass
class Sender:
    """Sends nothing, and ends every attempt as the test says; keeps what it was given."""

    ends: Callable[[Begun], Ended] = lambda _: Ended("sent")
    got: list[Begun] = field(default_factory=list)

    async def send(self, begun: Begun) -> Ended:
        self.got.append(begun)
        return self.ends(begun)


class Clock:
    """Stands still until somebody moves it."""

    factor = 1.0

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


class Room:
    """`told`: every record that was published, in order. `senders` by channel."""

    def __init__(self, dsn: str) -> None:
        self.dsn, self.clock, self.told = dsn, Clock(), list[Output]()
        self.partners = SimpleNamespace(partners=dict[str, PartnerRegistered](), open_doors=frozenset(), changes=0)
        self.senders: dict[str, Sender] = {name: Sender() for name in ("webhook", "email", "sms", "wechat")}
        self.encrypts: Encrypts | None = None
        self.closed, self._offset = set[str](), 0
        self._database = Database(dsn, "notify", "room")

    async def build(self, *, most_a_day: int = 3, doors: Sequence[str] = ()) -> Room:
        """The schema, and the loop over it."""
        await migrate(self.dsn, "notify", OWN_MIGRATIONS, MIGRATIONS)
        catalogue = SimpleNamespace(number=1, release=lambda number: shipped())
        links = Links("https://notify.example", "a secret of the tests")
        manner = Manner(links, True, timedelta(hours=72), 120, lambda: 1.0, "zh-CN", True, most_a_day)
        grounds = Grounds(cast(Any, catalogue), cast(Any, self.partners), Templates, self.closed, manner)
        self.partners.open_doors = frozenset(doors)
        self._loop = Loop(
            Notify(grounds, self.encrypts),
            self._database,
            self._publish,
            self.clock.now,
            age_limit_seconds=60,
            dead_letter_limit=100,
        )
        return self

    async def close(self) -> None:
        await self._database.close()

    def register(self, *partners: PartnerRegistered) -> None:
        self.partners.partners |= {each.partner: each for each in partners}
        self.partners.changes += 1

    async def _publish(self, outputs: Sequence[Output]) -> None:
        self.told += outputs

    async def publish(self, outputs: Sequence[Output]) -> None:
        """As a publisher does."""
        self.told += outputs

    async def hear(self, *outputs: Output) -> None:
        """One batch of events, as their writers publish them."""
        records = []
        for output in outputs:
            self._offset += 1
            records.append(Record(output.topic, 0, self._offset, 1, output.key, output.value, output.headers))
        await self._loop.turn(records)

    async def pass_time(self, by: timedelta = timedelta(0)) -> None:
        """Move on, and decide all that is due, until nothing is."""
        self.clock.at += by
        sweeper = Sweeper(
            "notify", NotifyDeadlinePassed, self._database, cast(Any, None), cast(Any, self.clock), self.settings()
        )
        while True:
            connection = await self._database.connection()
            async with connection.transaction():
                found = await due(connection, self.clock.now(), 1000)
                await mark_fired(connection, found, self.clock.now())
            if not found:
                return
            await self.hear(*[sweeper._output(each)._replace(topic=CLOCK) for each in found])

    async def send(self) -> None:
        """Send what is due, until nothing begins any more; what is to be tried later stays."""
        sending = Sending(
            cast(Mapping[str, Any], self.senders), cast(Any, self), cast(Any, self.clock), self.closed, self.settings()
        )
        connection = await connect(self.dsn, "notify")
        try:
            while True:
                await sending._record(connection)
                await sending._tend(connection)
                if not await sending._begin(connection):
                    return
                await asyncio.gather(*sending._flying)
        finally:
            await connection.close()
            await sending._database.close()

    def settings(self) -> NotifySettings:
        return NotifySettings(
            postgres=self.dsn,
            actor_secret="a secret of the tests",
            notify_first_pause_seconds=60,
            notify_attempts=3,
        )

    async def rows(self, where: str = "true", *arguments: Any) -> list[Any]:
        connection = await connect(self.dsn, "notify")
        try:
            return await connection.fetch(f"SELECT * FROM deliveries WHERE {where} ORDER BY id", *arguments)
        finally:
            await connection.close()

    async def ways(self, audience: str, template: str) -> list[tuple[str, str]]:
        """Channel and state of a notice, in the order in which it went over them."""
        rows = await self.rows("audience = $1 AND template = $2", audience, template)
        return [(row["channel"], row["state"]) for row in sorted(rows, key=lambda row: row["written_in"])]

    def feedback(self) -> list[tuple[str, Any]]:
        """What the desk hears: the last word of the type, and the data."""
        events = [msgspec.json.decode(output.value or b"") for output in self.told]
        return [(each["type"].split(".")[3], each["data"]) for each in events if each["type"] in FEEDBACK_TYPES]

    async def execute(self, query: str, *arguments: Any) -> None:
        connection = await connect(self.dsn, "notify")
        try:
            await connection.execute(query, *arguments)
        finally:
            await connection.close()


def sealed(*names: str) -> dict[str, str]:
    """Ciphertext as far as these tests look at it."""
    return dict.fromkeys(names, "sealed")


def identifier(text: str) -> UUID:
    return UUID(text)
