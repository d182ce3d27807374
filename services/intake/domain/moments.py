"""Times as the gate judges them: what lies in the future, and which day it is where the households are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

SHANGHAI = timedelta(hours=8)
"""China has one time and no summer time since 1992."""
TOLERANCE = timedelta(minutes=10)
"""Clocks of partners run ahead a little."""


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing that the gate is told of is older; a year 1 would also overflow in another time zone."""


def is_too_early(moment: datetime) -> bool:
    return moment < EARLIEST


def is_future(moment: datetime, now: datetime) -> bool:
    return moment > now + TOLERANCE


@lru_cache(maxsize=1_024)
def day_of(moment: datetime) -> date:
    """The day in Shanghai."""
    if is_too_early(moment):
        return EARLIEST.date()
    return (moment.astimezone(UTC) + SHANGHAI).date()


def end_of(day: date) -> datetime:
    """The moment at which a day ends in Shanghai, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) - SHANGHAI
