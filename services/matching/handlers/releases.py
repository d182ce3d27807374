"""Releases of the catalogue: compiled before they come into use, and a call to the demands that wait for something."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import timedelta

from services.matching import store
from services.matching.domain.eligibility import Snapshot
from services.matching.handlers.catalogue import rules_of
from services.matching.metrics import CALLED_UP, PRODUCTS
from shared.catalogue.follower import CatalogueFollower
from shared.catalogue.release import Release
from shared.clock import Clock
from shared.contracts.ids import timed_id
from shared.database import LOST, Database
from shared.errors import FreshwaterError
from shared.telemetry import logger

KEPT = 4
RETRY_SECONDS = 1.0


def compiled(release: Release, before: Snapshot | None) -> Snapshot:
    """A release as rules; what it has in common with the one before is taken over."""
    return Snapshot(rules_of(release), before)


class Releases:
    """The compiled releases at hand. `prepare` is the follower's `on_switch`; `run` goes on beside the loop."""

    def __init__(self, follower: CatalogueFollower, database: Database, clock: Clock, per_second: int) -> None:
        self._follower, self._database, self._clock = follower, database, clock
        self._pace = timedelta(seconds=clock.factor / per_second)
        self._snapshots: OrderedDict[int, Snapshot] = OrderedDict()
        self._switched: asyncio.Queue[int] = asyncio.Queue()

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
        self._switched.put_nowait(release.number)

    async def run(self) -> None:
        """After each switch call up the waiting demands; a database that is away is waited for."""
        while True:
            number = await self._switched.get()
            if not await self._called_up(number):
                self._switched.put_nowait(number)
                await asyncio.sleep(RETRY_SECONDS)

    async def _called_up(self, number: int) -> bool:
        now = self._clock.now()
        generation = timed_id(int(now.timestamp() * 1000), f"release {number}")
        try:
            connection = await self._database.connection()
            count = await store.call_up(connection, number, generation, now, self._pace)
        except LOST as error:
            self._database.lost()
            logger.warning("call_up_failed", release=number, error=type(error).__name__)
            return False
        CALLED_UP.inc(count)
        if count:
            logger.info("called_up", release=number, demands=count)
        return True
