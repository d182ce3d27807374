"""The simulation as it runs: it listens at the doors, decides, and says in simulated time what was decided."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from freshwater.simulate.cast import Cast
from freshwater.simulate.diary import Diary
from freshwater.simulate.doors import Ears, Mouth
from freshwater.simulate.notices import Act, Heard, Response
from freshwater.simulate.submissions import cloud_event
from freshwater.simulate.trips import Trips
from shared.clock import Clock

TICK_SECONDS = 0.02


class Voice(Protocol):
    """A way by which a partner without a door speaks."""

    async def say(self, partner: str, events: list[Mapping[str, Any]]) -> int: ...


@dataclass(slots=True)
class Tally:
    """What the simulation has heard and said so far."""

    heard: int = 0
    said: int = 0


class Simulation:
    """Plays a cast. `run` goes on until it is cancelled."""

    def __init__(self, cast: Cast, clock: Clock, ears: Ears, mouth: Mouth, http: Voice | None = None) -> None:
        self._cast, self._clock, self._ears, self._mouth, self._http = cast, clock, ears, mouth, http
        self._diary = Diary(since=clock.now())
        self._saying = 0
        self.tally = Tally()
        self.trips = Trips()

    @property
    def planned(self) -> int:
        """Acts that are decided and not yet said."""
        return len(self._diary) + self._saying

    async def behind(self) -> int:
        """Notices not yet heard, and acts that are being said at this moment."""
        return await self._ears.behind() + self._saying

    async def run(self) -> None:
        """Listen and speak. Raises KafkaError where the broker is away for long."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._speak())

    async def _listen(self) -> None:
        while True:
            for partner, heard in await self._ears.listen():
                self.hear(partner, heard)

    def hear(self, partner: str, heard: Heard) -> None:
        """Take one notice, by whatever way it came."""
        self.tally.heard += 1
        self.trips.heard(heard.data)
        self._diary.take(partner, heard.time, self._cast.respond(partner, heard))

    def plan(self, partner: str, now: datetime, response: Response) -> None:
        """What a partner will say of itself, and not because it has heard of anything."""
        self._diary.take(partner, now, response)

    async def _speak(self) -> None:
        while True:
            if due := self._diary.due(self._clock.now()):
                await self._say(due)
            await asyncio.sleep(TICK_SECONDS)

    async def _say(self, due: list[tuple[str, Act]]) -> None:
        """Each partner's acts in their order, all partners at once."""
        by_partner: dict[str, list[Mapping[str, Any]]] = {}
        for partner, act in due:
            by_partner.setdefault(partner, []).append(cloud_event(act.type, act.event_id(), act.data))
            self.trips.said(act)
        self._saying = len(due)
        ways = [self._way(partner).say(partner, events) for partner, events in by_partner.items()]
        self.tally.said += sum(await asyncio.gather(*ways))
        self._saying = 0

    def _way(self, partner: str) -> Voice:
        if self._cast.players[partner].door or self._http is None:
            return self._mouth
        return self._http
