"""A clock that a test turns by hand."""

from __future__ import annotations

from datetime import datetime

from shared.clock import Clock


class HandClock(Clock):
    """Stands still until it is turned."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self.moment = moment

    def now(self) -> datetime:
        return self.moment
