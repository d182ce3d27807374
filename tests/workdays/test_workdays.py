"""Chinese working days: laws that hold for any calendar, and the days that everybody knows."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.workdays import Calendar, WorkdaysError, Year, load_calendar, national

calm = settings(deadline=None)
"""No limit per example: the machine is shared."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return load_calendar()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


moments = st.datetimes(datetime(2024, 6, 1), datetime(2028, 6, 1), timezones=st.just(UTC))
lengths = st.integers(0, 400)


@calm
@given(start=moments, days=lengths)
def test_the_end_is_close_of_business_of_a_working_day_not_before_the_start(
    calendar: Calendar, start: datetime, days: int
) -> None:
    due = calendar.add_workdays(start, days)
    local = due.astimezone(SHANGHAI)
    assert due.tzinfo is UTC
    assert (local.hour, local.minute, local.second, local.microsecond) == (17, 30, 0, 0)
    assert calendar.is_workday(local.date())
    assert due > start or (days == 0 and due >= start.replace(microsecond=0))


@calm
@given(start=moments, days=st.integers(1, 400))
def test_counting_day_by_day_gives_the_same(calendar: Calendar, start: datetime, days: int) -> None:
    """The naive oracle: walk the calendar from the day after receipt and count."""
    day, left = start.astimezone(SHANGHAI).date(), days
    while left:
        day += timedelta(days=1)
        left -= calendar.is_workday(day)
    assert calendar.add_workdays(start, days).astimezone(SHANGHAI).date() == day


@calm
@given(start=moments, later=st.timedeltas(timedelta(0), timedelta(days=40)), days=lengths, more=st.integers(0, 30))
def test_it_never_runs_backwards(calendar: Calendar, start: datetime, later: timedelta, days: int, more: int) -> None:
    assert calendar.add_workdays(start, days) <= calendar.add_workdays(start + later, days)
    assert calendar.add_workdays(start, days) <= calendar.add_workdays(start, days + more)


@calm
@given(start=moments, days=st.integers(1, 400))
def test_between_undoes_add(calendar: Calendar, start: datetime, days: int) -> None:
    assert calendar.workdays_between(start, calendar.add_workdays(start, days)) == days


@calm
@given(one=moments, two=moments, three=moments)
def test_between_adds_up_and_turns_its_sign(calendar: Calendar, one: datetime, two: datetime, three: datetime) -> None:
    between = calendar.workdays_between
    assert between(one, two) + between(two, three) == between(one, three)
    assert between(one, two) == -between(two, one)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # An ordinary week, before and after close of business: both count from the next working day.
        ("2026-11-24 09:00", 1, "2026-11-25"),
        ("2026-11-24 20:00", 1, "2026-11-25"),
        ("2026-11-27 10:00", 1, "2026-11-30"),
        ("2026-11-28 10:00", 1, "2026-11-30"),
        # National Day 2026: the seven days off, and Saturday the 10th that is worked.
        ("2026-09-30 16:00", 1, "2026-10-08"),
        ("2026-09-30 16:00", 3, "2026-10-10"),
        ("2026-09-30 16:00", 4, "2026-10-12"),
        # The Sunday before the holidays is worked too.
        ("2026-09-18 12:00", 1, "2026-09-20"),
        # National Day and Mid-Autumn 2025: eight days.
        ("2025-09-30 09:00", 1, "2025-10-09"),
        ("2025-09-30 09:00", 3, "2025-10-11"),
        # Spring Festival 2026: nine days, with a worked Saturday on either side.
        ("2026-02-13 09:00", 1, "2026-02-14"),
        ("2026-02-13 09:00", 2, "2026-02-24"),
        ("2026-02-27 09:00", 1, "2026-02-28"),
        # New Year 2026 and the Sunday worked for it.
        ("2025-12-31 09:00", 1, "2026-01-04"),
        # Zero: close of the same day, or of the next working day.
        ("2026-11-24 09:00", 0, "2026-11-24"),
        ("2026-11-24 17:30", 0, "2026-11-24"),
        ("2026-11-24 17:31", 0, "2026-11-25"),
        ("2026-10-03 09:00", 0, "2026-10-08"),
    ],
)
def test_known_days(calendar: Calendar, start: str, days: int, due: str) -> None:
    assert calendar.add_workdays(at(start), days) == at(f"{due} 17:30")


def test_the_day_is_the_day_in_shanghai(calendar: Calendar) -> None:
    """17:00 UTC on Monday is already Tuesday in Shanghai."""
    assert calendar.add_workdays(datetime(2026, 11, 23, 17, 0, tzinfo=UTC), 1) == at("2026-11-25 17:30")


def test_a_year_without_data_falls_back_and_is_reported() -> None:
    told: list[int] = []
    calendar = load_calendar(on_missing=told.append)
    # Thursday, 31 December 2026: Friday is New Year's Day in any year, Monday a weekday like all others.
    assert calendar.add_workdays(at("2026-12-31 10:00"), 1) == at("2027-01-04 17:30")
    assert calendar.years_missing == Counter({2027: 1})
    assert told == [2027]
    assert calendar.is_workday(date(2027, 2, 9))
    assert not calendar.is_workday(date(2027, 1, 1))
    assert calendar.years_missing == Counter({2027: 3})
    calendar.workdays_between(at("2026-12-01 10:00"), at("2027-01-05 10:00"))
    assert calendar.years_missing == Counter({2027: 4})


def test_what_rests_on_known_years_is_not_reported() -> None:
    calendar = load_calendar()
    calendar.add_workdays(at("2025-01-01 10:00"), 1)
    calendar.add_workdays(at("2026-12-24 10:00"), 5)
    calendar.workdays_between(at("2025-01-01 00:00"), at("2026-12-31 23:59"))
    assert not calendar.years_missing


def test_local_days_go_before_the_nation(tmp_path: Path) -> None:
    (tmp_path / "2026.yaml").write_text(
        "year: 2026\nholidays: [{en: National Day, from: 2026-10-01, to: 2026-10-07}]\nmake_up_days: [2026-10-10]\n"
    )
    (tmp_path / "local.yaml").write_text("holidays: [2026-10-10, 2026-12-07]\nworkdays: [2026-10-02, 2026-12-12]\n")
    calendar = load_calendar(tmp_path)
    worked = {
        day: calendar.is_workday(date.fromisoformat(day))
        for day in ("2026-10-10", "2026-12-07", "2026-10-02", "2026-12-12")
    }
    assert worked == {"2026-10-10": False, "2026-12-07": False, "2026-10-02": True, "2026-12-12": True}


def test_local_days_hold_in_a_year_without_data() -> None:
    calendar = Calendar([], local_holidays=[date(2027, 3, 2)], local_workdays=[date(2027, 10, 1), date(2027, 3, 6)])
    days = [date(2027, 3, 1), date(2027, 3, 2), date(2027, 10, 1), date(2027, 3, 6)]
    assert [calendar.is_workday(day) for day in days] == [True, False, True, True]


def test_years_with_a_gap_report_only_the_gap() -> None:
    years = [Year(year, frozenset(), frozenset()) for year in (2024, 2026)]
    calendar = Calendar(years)
    calendar.add_workdays(at("2024-03-01 10:00"), 5)
    assert not calendar.years_missing
    calendar.workdays_between(at("2024-03-01 10:00"), at("2026-03-01 10:00"))
    assert calendar.years_missing == Counter({2025: 1})


def test_wrong_data_are_refused_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "2026.yaml").write_text(
        "year: 2025\n"
        "holidays:\n  - {en: A, from: 2026-10-01, to: 2026-10-30}\n  - {en: B, from: 2027-01-01, to: 2027-01-01}\n"
        "  - {en: C, from: 2026-05-09, to: 2026-05-09}\n  - {en: D, from: soon, to: 2026-05-05}\n"
        "make_up_days: [2026-05-08, 2026-05-09]\n"
    )
    with pytest.raises(WorkdaysError) as refused:
        load_calendar(tmp_path)
    for said in (
        "says year 2025",
        "A lasts more than 15 days",
        "2027-01-01 is not in 2026",
        "2026-05-08 is a make-up day, but no weekend day",
        "2026-05-09 is both a holiday and a make-up day",
        "'soon' is not a date",
    ):
        assert said in str(refused.value)


def test_impossible_questions_are_errors(calendar: Calendar) -> None:
    with pytest.raises(ValueError, match="offset"):
        calendar.add_workdays(datetime(2026, 11, 24), 1)
    with pytest.raises(ValueError, match="forward"):
        calendar.add_workdays(at("2026-11-24 10:00"), -1)
    with pytest.raises(WorkdaysError):
        calendar.is_workday(date(1990, 1, 1))
    with pytest.raises(WorkdaysError):
        calendar.add_workdays(at("2099-12-31 10:00"), 5)


def test_the_shipped_years_have_the_days_that_the_state_council_gave(calendar: Calendar) -> None:
    """Make-up days pay for the days that a notice adds: what is left free are the statutory days."""
    assert calendar.known_years >= {2025, 2026}
    for year, working_days in ((2025, 248), (2026, 248)):
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
        assert sum(calendar.is_workday(day) for day in days) == working_days


def test_one_calendar_serves_the_process() -> None:
    assert national() is national()
