"""Writes the timeline that services read by FRESHWATER_CLOCK_FILE: simulated time that can be slowed and hurried."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from shared.clock import Clock, Piece, Timeline, wall

AHEAD = timedelta(milliseconds=20)
"""A new piece begins this much later, so that every reader has seen it by then."""


class Pacer:
    """Makes simulated time run: from `start`, or from where it stood when this file was last kept.

    Time stands while nobody runs it. After a kill -9 it goes on from the file's last `keep()`.
    """

    def __init__(
        self, file: Path, factor: float, start: datetime | None = None, real: Callable[[], datetime] = wall
    ) -> None:
        self.file, self.factor, self._real = file, factor, real
        now = real()
        if start is None:
            start = self._stood()
        self._pieces = [Piece(now, start or now, factor)]
        self._write()
        self.clock = Clock(timeline=file)

    def _stood(self) -> datetime | None:
        if not self.file.exists():
            return None
        kept = datetime.fromtimestamp(self.file.stat().st_mtime, tz=self._real().tzinfo)
        return Timeline(self.file).piece(kept).at(kept)

    def run_at(self, factor: float) -> None:
        """From now on time runs so fast."""
        if factor == self.factor:
            self.keep()
            return
        epoch = self._real() + AHEAD
        last = self._pieces[-1]
        # The one before still holds until the new one begins.
        self._pieces = [last, Piece(epoch, last.at(epoch), factor)]
        self.factor = factor
        self._write()

    def keep(self) -> None:
        """Time went on until now: a later run begins here."""
        os.utime(self.file)

    def _write(self) -> None:
        lines = [f"{epoch.isoformat()} {start.isoformat()} {factor!r}\n" for epoch, start, factor in self._pieces]
        new = self.file.with_name(self.file.name + ".new")
        new.write_text("".join(lines), "ascii")
        new.replace(self.file)


def go_on(file: Path) -> None:
    """For who works on an installation that nobody runs: its time goes on from where it stood, as fast as in life.

    The last run may have let it run fast, and been killed days ago.
    """
    if file.exists():
        Pacer(file, 1.0)
