"""How long it takes from a simulated partner's word to the notice that answers it: all the way through the services."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from uuid import UUID

from freshwater.simulate.notices import Act, Notice

ANSWERS: Mapping[str, str] = {
    "bank-accepts": "referral.accepted",
    "authority-resolves": "case.cleared",
}
"""What is said, and the notice that comes back at once where it is allowed."""
SMOOTHING = 0.2
MOST_OPEN = 10_000
"""What was refused is never answered: beyond so many the oldest are forgotten."""


class Trips:
    """Keeps a running mean of real seconds; None before the first answer."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began: dict[tuple[UUID, str], float] = {}
        self.seconds: float | None = None

    def said(self, act: Act) -> None:
        """An act is on its way."""
        answer = ANSWERS.get(str(act.data.get("action")))
        if answer is not None:
            self._began[act.thing, answer] = self._monotonic()
            if len(self._began) > MOST_OPEN:
                self._began.pop(next(iter(self._began)))

    def heard(self, notice: Notice) -> None:
        """A notice has come: perhaps one that was waited for."""
        thing = notice.referral.id if notice.referral else notice.case.id if notice.case else notice.concerns
        began = self._began.pop((thing, notice.name), None) if thing else None
        if began is None:
            return
        took = self._monotonic() - began
        self.seconds = took if self.seconds is None else self.seconds + SMOOTHING * (took - self.seconds)
