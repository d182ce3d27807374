"""Lanes: one way to one recipient each. What fails on one never slows another; a lane that fails is given a rest."""

from __future__ import annotations

import time
from dataclasses import dataclass

from services.notify.domain.delivery import Ended, Patience
from services.notify.domain.timing import pause


@dataclass(slots=True)
class Lane:
    """How many attempts are on their way, and how often the lane failed since it last worked."""

    flying: int = 0
    failures: int = 0
    rests_until: float = 0.0


class Lanes:
    """What this process knows of each lane. `width` attempts at once on one, `most` on all together."""

    def __init__(self, patience: Patience, width: int, most: int) -> None:
        self._patience, self._width, self._most = patience, width, most
        self._lanes: dict[str, Lane] = {}
        self.flying = 0

    def places(self, waiting: list[str]) -> dict[str, int]:
        """How many attempts each waiting lane may begin. One that failed gets a single one, to see whether it works."""
        now, left = time.monotonic(), self._most - self.flying
        found: dict[str, int] = {}
        for name in waiting:
            lane = self._lanes.get(name)
            free = self._width if lane is None else self._free(lane, now)
            if free > 0 and left > 0:
                found[name] = min(free, left)
                left -= found[name]
        return found

    def _free(self, lane: Lane, now: float) -> int:
        if now < lane.rests_until:
            return 0
        return (1 if lane.failures else self._width) - lane.flying

    def begun(self, name: str) -> None:
        self._lanes.setdefault(name, Lane()).flying += 1
        self.flying += 1

    def ended(self, name: str, ended: Ended) -> None:
        """An attempt is over; a failure of the whole lane lets it rest, longer each time."""
        lane = self._lanes[name]
        lane.flying -= 1
        self.flying -= 1
        if ended.whole_lane:
            self._failed(name, lane, ended)
        elif ended.end == "sent":
            lane.failures = 0
        if not lane.flying and not lane.failures:
            del self._lanes[name]

    def _failed(self, name: str, lane: Lane, ended: Ended) -> None:
        """What flew together and fails together is one failure: eight at once must not be a rest of minutes."""
        now, patience = time.monotonic(), self._patience
        if now >= lane.rests_until:
            lane.failures += 1
            rest = pause(name, lane.failures, patience.first_seconds, patience.longest_seconds)
            lane.rests_until = now + rest
        lane.rests_until = max(lane.rests_until, now + (ended.retry_after or 0.0))

    def rest_seconds(self, longest: float) -> float:
        """How long until the first resting lane may be tried again, at most `longest`."""
        now = time.monotonic()
        rests = [lane.rests_until - now for lane in self._lanes.values() if lane.rests_until > now]
        return min([*rests, longest])

    @property
    def paused(self) -> int:
        now = time.monotonic()
        return sum(lane.rests_until > now for lane in self._lanes.values())
