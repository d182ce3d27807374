"""Lets simulated time run as fast as the services can follow, and says when all is done.

In life a month takes a month. Here a working day passes in a second or two, and a machine that is busy would make banks
late that were not: so time slows down while records wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException

from freshwater.demo.lag import Lag
from freshwater.timeline import Pacer

TICK_SECONDS = 0.15
LITTLE, MUCH = 300, 3_000
"""Records that wait: up to the first time runs at its full pace, from the second on it nearly stands."""
TRIP_HOURS = 6.0
"""So much simulated time may pass between a partner's word and the answer to it: a fraction of the shortest clock."""
SLOWEST = 60.0
SAFE = 3_600.0
"""An hour in a second: no clock is that short, so nobody need be asked before time runs so."""
FASTER = 1.4
"""By so much the pace grows from one look to the next, at most."""
IDLE = 3.0
"""So much faster still where nobody has anything to do before the next deadline."""
QUIET_TICKS = 4
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Tick:
    """What was seen at one look: simulated time, records that wait, how fast time runs."""

    now: datetime
    waiting: int
    factor: float


class Pace:
    """`most`: simulated seconds in one real second where nobody is behind.

    `others`: records that somebody beside the services has not taken; `trip`: the real seconds that a word and its
    answer take now, None where that is not known yet; `planned`: what the simulated partners still mean to say.
    """

    def __init__(
        self,
        pacer: Pacer,
        lag: Lag,
        others: Callable[[], Awaitable[int]],
        trip: Callable[[], float | None],
        planned: Callable[[], int],
        most: float,
    ) -> None:
        self._pacer, self._lag, self._others, self._most = pacer, lag, others, most
        self._trip, self._planned = trip, planned
        self._resting = False
        self.last = Tick(pacer.clock.now(), 0, pacer.factor)
        self._ticked = asyncio.Event()

    async def waiting(self) -> int:
        """Records that a service, or one of the simulated partners, has not taken."""
        return max((await self._lag.behind()).values(), default=0) + await self._others()

    async def run(self) -> None:
        """Adjust the pace until cancelled. Raises what Kafka says where it does not answer for long."""
        answered = time.monotonic()
        while True:
            try:
                await self.tick()
                answered = time.monotonic()
            except (KafkaError, KafkaException, TimeoutError):
                # A broker that is busy or coming back: time nearly stands until it can be asked again.
                self._pacer.run_at(min(SLOWEST, self._most))
                if time.monotonic() - answered > PATIENCE_SECONDS:
                    raise
            await asyncio.sleep(TICK_SECONDS)

    async def tick(self) -> Tick:
        waiting = await self.waiting()
        if self._resting:
            return self.last
        idle = not waiting and not self._planned() and self._trip() is not None
        wanted = self._most * IDLE if idle else factor_for(waiting, self._trip(), self._most)
        self._pacer.run_at(min(wanted, max(self._pacer.factor * FASTER, SAFE)))
        self.last = Tick(self._pacer.clock.now(), waiting, self._pacer.factor)
        self._ticked.set()
        self._ticked = asyncio.Event()
        return self.last

    async def room(self, most: int) -> None:
        """Wait until at most so many records wait: for whoever brings in more than the services take."""
        while self.last.waiting > most:
            await self._ticked.wait()

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Inside the block time nearly stands, as it does before a person who reads and fills in."""
        self._resting = True
        self._pacer.run_at(1.0)
        try:
            yield
        finally:
            self._resting = False

    async def rest(self, longest_seconds: float) -> bool:
        """Let time nearly stand until nothing moves any more; False where it still does at the end."""
        self._resting = True
        self._pacer.run_at(1.0)
        end, quiet, before = time.monotonic() + longest_seconds, 0, None
        while time.monotonic() < end:
            written = await asyncio.to_thread(self._lag.written)
            quiet = quiet + 1 if written == before and await self.waiting() == 0 else 0
            if quiet >= QUIET_TICKS:
                return True
            before = written
            await asyncio.sleep(TICK_SECONDS)
        return False


def factor_for(waiting: int, trip_seconds: float | None, most: float) -> float:
    """Full pace while little waits and answers come soon, then less and less."""
    share = min(max((MUCH - waiting) / (MUCH - LITTLE), 0.0), 1.0)
    by_trip = TRIP_HOURS * 3600 / trip_seconds if trip_seconds else most
    return max(min(most * share, by_trip), min(SLOWEST, most))
