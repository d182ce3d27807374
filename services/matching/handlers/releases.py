"""Releases of the catalogue: compiled before they come into use, and a call to the demands that wait for something."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from services.matching import store
from services.matching.domain.demand import Demand
from services.matching.domain.docking import local_day
from services.matching.domain.eligibility import Snapshot
from services.matching.domain.touching import Touches, anything, by_days, by_limit, by_release, nothing
from services.matching.handlers.catalogue import rules_of
from services.matching.metrics import CALLED_UP, PRODUCTS
from shared.catalogue.follower import CatalogueFollower
from shared.catalogue.release import Release
from shared.clock import Clock
from shared.contracts.ids import timed_id
from shared.database import LOST, Connection, Database
from shared.errors import FreshwaterError
from shared.telemetry import logger

KEPT = 4
LOOK_SECONDS = 1.0


def compiled(release: Release, before: Snapshot | None) -> Snapshot:
    """A release as rules; what it has in common with the one before is taken over."""
    return Snapshot(rules_of(release), before)


class Releases:
    """The compiled releases at hand. `prepare` is the follower's `on_switch`; `run` goes on beside the loop."""

    def __init__(self, follower: CatalogueFollower, database: Database, clock: Clock, per_second: int) -> None:
        self._follower, self._database, self._clock = follower, database, clock
        self._pace = timedelta(seconds=clock.factor / per_second)
        self._snapshots: OrderedDict[int, Snapshot] = OrderedDict()
        self._switched: list[int] = []
        self._asked_on: date | None = None

    @property
    def number(self) -> int:
        """The release in use; 0 before the first."""
        return self._follower.number

    def snapshot(self, number: int) -> Snapshot:
        """The rules of a release that is in use or was until just now."""
        found = self._snapshots.get(number)
        if found is None:
            raise FreshwaterError(f"release {number} of the catalogue is not at hand: the batch waits for one")
        return found

    async def prepare(self, release: Release) -> None:
        """Compile it before anything is decided by it."""
        before = next(reversed(self._snapshots.values()), None)
        self._snapshots[release.number] = await asyncio.to_thread(compiled, release, before)
        while len(self._snapshots) > KEPT:
            self._snapshots.popitem(last=False)
        PRODUCTS.set(len(release.products))
        self._switched.append(release.number)

    async def run(self) -> None:
        """Ask for what has changed, and do what is asked; a database that is away is waited for."""
        while True:
            try:
                await self._turn()
            except LOST as error:
                self._database.lost()
                logger.warning("call_up_failed", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def _turn(self) -> None:
        connection, now = await self._database.connection(), self._clock.now()
        while self._switched:
            await store.ask_for_release(connection, self._switched[0], now)
            self._switched.pop(0)
        today = local_day(now)
        if today != self._asked_on:
            await store.ask_for_days(connection, today, now)
            self._asked_on = today
        async with connection.transaction():
            calls = await store.open_calls(connection)
            if calls:
                await self._call_up(connection, calls, now)

    async def _call_up(self, connection: Connection, calls: Sequence[store.Call], now: datetime) -> None:
        """One leader, one look at all who wait: each is due again, paced, whom any of these changes can touch."""
        touches = [await asyncio.to_thread(self._touches, call, local_day(now)) for call in calls]
        counts, touched = [0] * len(calls), list[tuple[UUID, UUID]]()
        if any(each is not nothing for each in touches):
            async for some in store.waiting(connection):
                for demand, by in await asyncio.to_thread(_touched, some, touches):
                    touched.append((demand.household, demand.id))
                    for place in by:
                        counts[place] += 1
        generation = timed_id(int(now.timestamp() * 1000), "/".join(f"{kind} {name}" for kind, name in calls))
        await store.call_up(connection, touched, generation, now, self._pace)
        for call, count in zip(calls, counts, strict=True):
            await store.done(connection, call, now, count)
            logger.info("called_up", change=call.kind, name=call.name, demands=count)
        CALLED_UP.inc(len(touched))

    def _touches(self, call: store.Call, today: date) -> Touches:
        """What one call is about. Where the release before is no longer at hand, all who wait are called up."""
        newest = next(reversed(self._snapshots.values()))
        if call.kind == "days":
            since, until = call.name.split("/")
            return by_days(newest.rules, date.fromisoformat(since), date.fromisoformat(until))
        if call.kind == "limit":
            bank, unit, _ = call.name.split("/")
            return by_limit(newest, bank, unit, today)
        number = int(call.name)
        before = max((each for each in self._snapshots if each < number), default=None)
        if before is None or number not in self._snapshots:
            return anything
        return by_release(self._snapshots[before].rules, self._snapshots[number].rules, today)


def _touched(demands: Sequence[Demand], touches: Sequence[Touches]) -> list[tuple[Demand, list[int]]]:
    """Whom any of the changes can touch, and which of them."""
    found = [(demand, [place for place, each in enumerate(touches) if each(demand)]) for demand in demands]
    return [(demand, by) for demand, by in found if by]
