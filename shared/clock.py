"""The only source of time. A factor and a start let a month run in minutes; without them it is plain UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

Now = Callable[[], datetime]


def wall() -> datetime:
    """The machine's own time, for what must never be simulated (signatures, sessions)."""
    return datetime.now(UTC)


class Piece(NamedTuple):
    """From the real moment `epoch` on it is `start`, and time runs `factor` times as fast."""

    epoch: datetime
    start: datetime
    factor: float

    def at(self, moment: datetime) -> datetime:
        """The simulated time of a real moment."""
        return self.start + (moment - self.epoch) * self.factor


class Timeline:
    """Time that whoever runs a simulation slows and hurries while services run: a file with a piece on each line.

    A line is `epoch start factor`, times in ISO 8601. The last piece whose epoch has come holds, so one that is written
    a moment ahead begins for every reader at once. Whoever writes replaces the file whole.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[int, int] | None = None
        self._pieces: list[Piece] = []

    def piece(self, moment: datetime) -> Piece:
        """What holds at a real moment."""
        status = self._file.stat()
        written = (status.st_ino, status.st_mtime_ns)
        if written != self._read:
            self._pieces, self._read = _pieces(self._file.read_text("ascii")), written
        begun = [piece for piece in self._pieces if piece.epoch <= moment]
        return (begun or self._pieces[:1])[-1]


def _pieces(text: str) -> list[Piece]:
    lines = (line.split() for line in text.splitlines())
    return [Piece(datetime.fromisoformat(e), datetime.fromisoformat(s), float(f)) for e, s, f in lines]


class Clock:
    """`now()` is `start + (wall - epoch) * factor`: processes with the same three agree without talking.

    With a `timeline` the three come from its file, again and again.
    """

    def __init__(
        self,
        factor: float = 1.0,
        start: datetime | None = None,
        epoch: datetime | None = None,
        timeline: Path | None = None,
    ) -> None:
        self._epoch = epoch or wall()
        self._piece = Piece(self._epoch, start or self._epoch, factor)
        self._plain = factor == 1.0 and self._piece.start == self._epoch
        self._timeline = Timeline(timeline) if timeline else None

    @property
    def factor(self) -> float:
        """How fast time runs now."""
        return self._timeline.piece(wall()).factor if self._timeline else self._piece.factor

    def now(self) -> datetime:
        return self.at(wall())

    def at(self, moment: datetime) -> datetime:
        """The time of this clock at a real moment."""
        if self._timeline:
            return self._timeline.piece(moment).at(moment)
        return moment if self._plain else self._piece.at(moment)

    def in_seconds(self, seconds: float) -> datetime:
        """The moment of this clock that so many real seconds ahead will be, as fast as it runs now."""
        return self.now() + timedelta(seconds=seconds) * self.factor

    def seconds_until(self, when: datetime) -> float:
        """Real seconds until a moment of this clock, as fast as it runs now; never negative."""
        return max((when - self.now()) / timedelta(seconds=1) / self.factor, 0.0)
