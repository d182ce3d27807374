"""Clocks: from the working day after receipt, over 国庆 and its make-up days, with reminders in office hours."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.escalation.domain.clocks import SHANGHAI, close_of, day_of, next_session, running
from shared.workdays import national
from tests.escalation.places import at, basis, begun

DAYS = national()
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 6, 1)).map(lambda moment: moment.replace(tzinfo=SHANGHAI))


def test_the_sign_clock_over_national_day() -> None:
    """Received on the last day before 国庆 2026 (1 to 7 October): due on the 8th, the first working day after it."""
    case = begun("FOOD", at(9, 30))
    assert case.clock is not None
    assert case.clock.due_at == at(10, 8, 17).replace(minute=30)


def test_a_make_up_saturday_counts() -> None:
    """Three working days from 8 October 2026: the 9th, Saturday the 10th (调休), Monday the 12th."""
    case = begun("TAX", at(10, 8))
    assert case.solve_at == at(10, 12, 17).replace(minute=30)


def test_a_year_without_data_falls_back_and_does_not_fail() -> None:
    """2027 has no notice yet: weekdays, and the holidays whose date never moves."""
    before = DAYS.years_missing[2027]
    case = begun("FOOD", at(12, 30))
    assert case.clock is not None
    assert day_of(case.clock.due_at) == date(2026, 12, 31)
    assert case.solve_at is not None
    assert day_of(case.solve_at) == date(2027, 1, 28)
    assert DAYS.years_missing[2027] > before, "and it is reported"


@pytest.mark.parametrize(
    ("days", "fifty", "eighty"),
    [
        (1, at(11, 25, 13).replace(minute=15), at(11, 25, 15).replace(minute=48)),
        (20, at(12, 9, 9), at(12, 17, 9)),
    ],
)
def test_reminders_fall_at_50_and_80_percent_of_the_office_time(days: int, fifty: datetime, eighty: datetime) -> None:
    now = at(11, 24)
    clock = running(now, basis(now).after(days), DAYS)
    assert [reminder.at for reminder in clock.reminders] == [fifty, eighty]


@given(now=MOMENTS, days=st.integers(1, 60))
def test_reminders_come_in_order_before_the_end_and_in_office_hours(now: datetime, days: int) -> None:
    due = DAYS.add_workdays(now, days)
    clock = running(now, due, DAYS)
    moments = [reminder.at for reminder in clock.reminders]
    assert [reminder.share for reminder in clock.reminders] == [50, 80]
    assert [now, *moments, due] == sorted({now, *moments, due})
    for moment in moments:
        local = moment.astimezone(SHANGHAI)
        assert DAYS.is_workday(local.date())
        assert (
            timedelta(hours=9)
            <= local - local.replace(hour=0, minute=0, second=0, microsecond=0)
            <= timedelta(hours=17.5)
        )


def test_after_a_pause_one_reminder_is_enough() -> None:
    now = at(11, 24)
    clock = running(now, basis(now).after(20), DAYS)
    left, share = clock.told(at(12, 18))
    assert share == 80
    assert left.reminders == ()
    assert left.next_at == clock.due_at


@given(now=MOMENTS)
def test_a_session_is_on_a_working_day_within_the_fortnight(now: datetime) -> None:
    day = next_session(now, DAYS)
    assert DAYS.is_workday(day)
    assert day_of(now) < day <= day_of(now) + timedelta(days=18)
    assert close_of(day, DAYS) > now


def test_the_session_moves_on_over_a_holiday() -> None:
    """Thursday 1 October 2026 is a holiday: the county sits on the 8th."""
    assert next_session(at(9, 28), DAYS) == date(2026, 10, 8)
