"""What simulated parties have decided to say, and when: a heap in simulated time."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from uuid import UUID

from freshwater.simulate.notices import Act, Response


class Diary:
    """Acts of all parties by the moment at which they are due. Each act is said once, by the partner that decided it.

    `since`: what was due before is taken as said by an earlier run, which read the same notices.
    """

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._numbers = count()
        self._heap: list[tuple[datetime, int, str, Act]] = []
        self._known: set[tuple[UUID, str]] = set()
        self._over: dict[UUID, int] = {}
        self._waiting: Counter[UUID] = Counter()

    def __len__(self) -> int:
        """Acts that will be said unless they are called off before."""
        return self._waiting.total()

    def take(self, partner: str, heard_at: datetime, response: Response) -> None:
        """Enter what follows from a notice that was decided at that moment."""
        for thing in response.over:
            # By the order in which notices come, not by their times: those of one batch are the same.
            self._over[thing] = next(self._numbers)
            self._waiting.pop(thing, None)
        for act in response.acts:
            due, known = heard_at + act.after, (act.thing, act.name)
            if known in self._known:
                continue
            self._known.add(known)
            if due >= self._since:
                heappush(self._heap, (due, next(self._numbers), partner, act))
                self._waiting[act.thing] += 1

    def due(self, now: datetime) -> list[tuple[str, Act]]:
        """What is to be said now, in order; what was called off is dropped."""
        found = []
        while self._heap and self._heap[0][0] <= now:
            _, number, partner, act = heappop(self._heap)
            if number < self._over.get(act.thing, 0):
                continue
            self._waiting[act.thing] -= 1
            if not self._waiting[act.thing]:
                del self._waiting[act.thing]
            found.append((partner, act))
        return found
