"""Clocks in working days: from the working day after receipt to close of business, with reminders at 50 and 80 %."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Literal, Protocol

SHANGHAI = timezone(timedelta(hours=8))
OFFICE_HOURS = timedelta(hours=8, minutes=30)
"""An office day ends at close of business and began this long before: reminders fall into it."""
SESSION_WEEKDAY = 3
"""County teams sit on Thursdays, so that the week before it is for preparing and the day after it for acting."""
Share = Literal[50, 80]
SHARES: tuple[Share, ...] = (50, 80)


class Workdays(Protocol):
    """The calendar of working days, with holidays and make-up days (调休)."""

    def is_workday(self, day: date) -> bool: ...

    def add_workdays(self, start: datetime, days: int) -> datetime:
        """Close of business of the `days`-th working day after the day of `start`; 0 is the first close at hand."""
        ...

    def workdays_between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start`, up to and including the day of `end`."""
        ...


@dataclass(frozen=True, slots=True)
class Reminder:
    share: Share
    at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """Until when something is to be done, and the reminders not yet given. `overdue`: its first time has run out."""

    due_at: datetime
    reminders: tuple[Reminder, ...] = ()
    overdue: bool = False

    @property
    def next_at(self) -> datetime:
        """The next moment at which something is to be told."""
        return min((reminder.at for reminder in self.reminders), default=self.due_at)

    def told(self, now: datetime) -> tuple[Clock, Share | None]:
        """Without the reminders whose moment has come, and the latest of them: after a pause one is enough."""
        come = [reminder for reminder in self.reminders if reminder.at <= now]
        left = tuple(reminder for reminder in self.reminders if reminder.at > now)
        return replace(self, reminders=left), come[-1].share if come else None


def running(now: datetime, due_at: datetime, workdays: Workdays) -> Clock:
    """A clock from now to a moment, with its reminders."""
    return Clock(due_at, tuple(_reminders(now, due_at, workdays)))


def _reminders(now: datetime, due_at: datetime, workdays: Workdays) -> Iterator[Reminder]:
    days = workdays.workdays_between(now, due_at)
    for share in SHARES:
        whole, part = divmod(days * share, 100)
        # `part` hundredths of the office day behind the whole ones.
        at = workdays.add_workdays(now, whole + 1) - OFFICE_HOURS * ((100 - part) / 100)
        if now < at < due_at:
            yield Reminder(share, at)


def days_after(now: datetime, days: int, workdays: Workdays) -> datetime:
    """Close of business so many working days on; at least one, because counting begins on the day after receipt."""
    return workdays.add_workdays(now, max(days, 1))


def close_of(day: date, workdays: Workdays) -> datetime:
    """Close of business of a day, or of the next working day where it is none."""
    return workdays.add_workdays(datetime.combine(day, time(), SHANGHAI), 0)


def day_of(moment: datetime) -> date:
    """The day of a moment where the offices are."""
    return moment.astimezone(SHANGHAI).date()


def next_session(now: datetime, workdays: Workdays) -> date:
    """The day of the county's next joint consultation (联合会诊): weekly, moved on where it is no working day."""
    today = day_of(now)
    ahead = (SESSION_WEEKDAY - today.weekday()) % 7 or 7
    return day_of(close_of(today + timedelta(days=ahead), workdays))
