"""The only source of time. A factor and a start let a month run in minutes; without them it is plain UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Now = Callable[[], datetime]


def wall() -> datetime:
    """The machine's own time, for what must never be simulated (signatures, sessions)."""
    return datetime.now(UTC)


class Clock:
    """`now()` is `start + (wall - epoch) * factor`: processes with the same three agree without talking."""

    def __init__(self, factor: float = 1.0, start: datetime | None = None, epoch: datetime | None = None) -> None:
        self.factor = factor
        self._epoch = epoch or wall()
        self._start = start or self._epoch

    def now(self) -> datetime:
        if self.factor == 1.0 and self._start == self._epoch:
            return wall()
        return self._start + (wall() - self._epoch) * self.factor

    def seconds_until(self, when: datetime) -> float:
        """Real seconds until a moment of this clock; never negative."""
        return max((when - self.now()) / timedelta(seconds=1) / self.factor, 0.0)
