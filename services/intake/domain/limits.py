"""How often somebody may ask: a bucket for each partner, and how many demands one telephone may hand in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

NameT = TypeVar("NameT")
MOST_KEPT = 20_000
"""Of more names the oldest are forgotten: memory is bounded, and who floods under many names meets the bucket."""


@dataclass(slots=True)
class Buckets(Generic[NameT]):
    """Each name may ask `burst` times at once, and `per_second` in the long run. Time is in seconds, of any clock."""

    per_second: float
    burst: float
    _left: dict[NameT, tuple[float, float]] = field(default_factory=dict)

    def take(self, name: NameT, at: float, cost: float = 1.0) -> float:
        """0 where it may ask; else the seconds until it may. What costs more than a burst waits for a full one."""
        left, before = self._left.pop(name, (self.burst, at))
        left = min(self.burst, left + max(at - before, 0.0) * self.per_second)
        needed = min(cost, self.burst)
        allowed = left >= needed
        self._left[name] = (left - cost if allowed else left, at)
        if len(self._left) > MOST_KEPT:
            del self._left[next(iter(self._left))]
        return 0.0 if allowed else (needed - left) / self.per_second


@dataclass(slots=True)
class Phones:
    """So many different demands in an hour under one telephone, known here by its hash alone; a copy is no other."""

    most: int
    seconds: float = 3_600.0
    _asked: dict[str, dict[UUID, float]] = field(default_factory=dict)

    def allows(self, phone: str, demand: UUID, at: float) -> bool:
        asked = self._asked.pop(phone, {})
        recent = {one: when for one, when in asked.items() if at - when < self.seconds}
        allowed = demand in recent or len(recent) < self.most
        if allowed:
            recent.setdefault(demand, at)
        if recent:
            self._asked[phone] = recent
        if len(self._asked) > MOST_KEPT:
            del self._asked[next(iter(self._asked))]
        return allowed
