"""What wakes the sweeper, and which deadlines are the present ones within a batch. No server is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.clock import Clock
from shared.contracts.clock import NotifyDeadlinePassed
from shared.deadlines import Deadlines, Place
from shared.decision import ClearDeadline, Deadline
from shared.settings import Settings
from shared.sweeper import Sweeper

PLACE = Place(UUID(int=1), UUID(int=2), "look")
FIRST, SECOND = UUID(int=3), UUID(int=4)
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "factor", "woken"),
    [(0, 1, True), (0.5, 1, True), (60, 1, False), (60, 1_000, True), (60_000, 10, False)],
)
def test_only_what_is_due_before_the_next_round_wakes_the_sweeper(seconds: float, factor: float, woken: bool) -> None:
    """Else every batch that sets a deadline of next week would be followed by a look for what is due now."""
    settings, clock = Settings(sweep_interval_ms=1_000), Clock(factor, NOW, datetime.now(UTC))
    nobody: Any = None
    sweeper = Sweeper("notify", NotifyDeadlinePassed, nobody, nobody, clock, settings)
    sweeper.wake(clock.now() + timedelta(seconds=seconds))
    assert sweeper._wake.is_set() == woken


def test_within_a_batch_the_newest_setting_is_the_present_one() -> None:
    deadlines, setting = Deadlines(), Deadline(*PLACE, NOW)
    assert not deadlines.is_current(PLACE, FIRST)
    deadlines.apply(FIRST, [setting])
    assert deadlines.is_current(PLACE, FIRST)
    deadlines.apply(SECOND, [setting])
    assert (deadlines.is_current(PLACE, FIRST), deadlines.is_current(PLACE, SECOND)) == (False, True)
    deadlines.handled(PLACE)
    assert not deadlines.is_current(PLACE, SECOND)
    deadlines.apply(FIRST, [setting, ClearDeadline(*PLACE)])
    assert not deadlines.is_current(PLACE, FIRST)
