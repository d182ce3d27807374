"""Chinese working days: holidays, make-up days (调休) and local days, from data; every clock counts in them.

Days count from the working day after receipt, to close of business (17:30, Asia/Shanghai). The State Council publishes
a year only in the November before it: a year without data falls back to weekdays and the holidays whose date never
moves, and is reported, so that a deadline computed in December neither fails nor passes unnoticed.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.errors import FreshwaterError

FOLDER = Path(__file__).resolve().parents[1] / "catalogue" / "workdays"
FIRST_YEAR, LAST_YEAR = 1992, 2099
"""Shanghai has been UTC+8 without summer time since 1992."""
FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
"""Statutory days by the solar calendar: all that is known of a year whose notice is not out."""
_SHANGHAI_SECONDS = 8 * 3600
_CLOSE_SECONDS = 17 * 3600 + 30 * 60
_FIRST = date(FIRST_YEAR, 1, 1).toordinal()
_END = date(LAST_YEAR + 1, 1, 1).toordinal()
_UNIX_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_CLOSE = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC) + timedelta(seconds=_CLOSE_SECONDS - _SHANGHAI_SECONDS)


class WorkdaysError(FreshwaterError):
    """The calendar's data contradict themselves, or a day lies outside of every calendar."""


@dataclass(frozen=True, slots=True)
class Year:
    """One year's notice: which days are free, which weekend days are worked."""

    year: int
    holidays: frozenset[date]
    make_up_days: frozenset[date]


class Calendar:
    """Working days of all years, precomputed: every question is a look-up in two arrays.

    `years_missing` counts the answers that rest on a year without data; `on_missing` is told of each such year.
    """

    def __init__(
        self,
        years: Iterable[Year],
        local_holidays: Iterable[date] = (),
        local_workdays: Iterable[date] = (),
        on_missing: Callable[[int], None] | None = None,
    ) -> None:
        known = {year.year: year for year in years}
        self.known_years = frozenset(known)
        self.years_missing: Counter[int] = Counter()
        self.on_missing = on_missing
        # _rank[i]: working days before day i; _days[k]: the k-th working day. Days count from FIRST_YEAR's first.
        self._rank, self._days = _tables(known, frozenset(local_holidays), frozenset(local_workdays))
        self._sure_from, self._sure_to = _longest_run(self.known_years)

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day."""
        index = _index(day.toordinal())
        self._rest_on(index, index)
        return self._rank[index + 1] > self._rank[index]

    def add_workdays(self, start: datetime, days: int) -> datetime:
        """Close of business of the `days`-th working day after the day (in Shanghai) of `start`, in UTC.

        0 is close of business of the same day, or of the next working day where that has passed or is none.
        Raises ValueError for a naive time or a negative number.
        """
        if days < 0:
            raise ValueError(f"{days} working days: a clock only runs forward")
        index, second = _shanghai(start)
        if days == 0 and second <= _CLOSE_SECONDS and self._rank[index + 1] > self._rank[index]:
            place = self._rank[index]
        else:
            place = self._rank[index + 1] + (days or 1) - 1
        if place >= len(self._days):
            raise WorkdaysError(f"{days} working days from {start:%Y-%m-%d} reach beyond {LAST_YEAR}")
        due = self._days[place]
        self._rest_on(index, due)
        return _FIRST_CLOSE + timedelta(due)

    def workdays_between(self, start: datetime, end: datetime) -> int:
        """Working days after the day of `start`, up to and including the day of `end` (both in Shanghai).

        Undoes `add_workdays` for one day or more; negative where `end` lies before `start`.
        """
        first, last = _shanghai(start)[0], _shanghai(end)[0]
        self._rest_on(min(first, last), max(first, last))
        return self._rank[last + 1] - self._rank[first + 1]

    def _rest_on(self, first: int, last: int) -> None:
        """Report each year between two days of which nothing is known."""
        if self._sure_from <= first and last < self._sure_to:
            return
        for year in range(date.fromordinal(first + _FIRST).year, date.fromordinal(last + _FIRST).year + 1):
            if year not in self.known_years:
                self.years_missing[year] += 1
                if self.on_missing:
                    self.on_missing(year)


def _index(ordinal: int) -> int:
    if not _FIRST <= ordinal < _END:
        raise WorkdaysError(f"{date.fromordinal(ordinal)} lies outside {FIRST_YEAR} to {LAST_YEAR}")
    return ordinal - _FIRST


def _shanghai(moment: datetime) -> tuple[int, int]:
    """The day in Shanghai, and the seconds since its midnight."""
    if moment.tzinfo is None:
        raise ValueError("a time without an offset: every time here is aware")
    day, second = divmod(int(moment.timestamp()) + _SHANGHAI_SECONDS, 86_400)
    return _index(day + _UNIX_EPOCH), second


def _tables(
    known: Mapping[int, Year], holidays: frozenset[date], workdays: frozenset[date]
) -> tuple[array[int], array[int]]:
    free = set(holidays)
    worked = set(workdays)
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        if year in known:
            free |= known[year].holidays - workdays
            worked |= known[year].make_up_days - holidays
        else:
            free |= {date(year, month, day) for month, day in FIXED_HOLIDAYS} - workdays
    free_ordinals, worked_ordinals = {day.toordinal() for day in free}, {day.toordinal() for day in worked}
    rank, days = array("i", [0]), array("i")
    for ordinal in range(_FIRST, _END):
        # Ordinal 1 was a Monday: 6 and 0 are the weekend.
        if ordinal in worked_ordinals or (ordinal % 7 not in (0, 6) and ordinal not in free_ordinals):
            days.append(ordinal - _FIRST)
        rank.append(len(days))
    return rank, days


def _longest_run(years: frozenset[int]) -> tuple[int, int]:
    """The newest unbroken run of known years, as days: within it nothing needs to be reported."""
    if not years:
        return 0, 0
    first = last = max(years)
    while first - 1 in years:
        first -= 1
    return date(first, 1, 1).toordinal() - _FIRST, date(last + 1, 1, 1).toordinal() - _FIRST


def load_calendar(folder: Path = FOLDER, on_missing: Callable[[int], None] | None = None) -> Calendar:
    """Read `<year>.yaml` and `local.yaml`. Raises WorkdaysError with all that is wrong in them."""
    faults: list[str] = []
    years = [_year(file, faults) for file in sorted(folder.glob("[0-9]*.yaml"))]
    local = _plain(folder / "local.yaml") if (folder / "local.yaml").is_file() else {}
    holidays = _dates(local.get("holidays"), "local.yaml", "holidays", faults)
    workdays = _dates(local.get("workdays"), "local.yaml", "workdays", faults)
    faults += [f"local.yaml: {day} is both a holiday and a workday" for day in sorted(holidays & workdays)]
    if faults:
        raise WorkdaysError("; ".join(faults))
    return Calendar(years, holidays, workdays, on_missing)


@cache
def national() -> Calendar:
    """The calendar that ships with the catalogue; one per process, because its tables are made once."""
    return load_calendar()


def _plain(file: Path) -> Mapping[str, Any]:
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise WorkdaysError(f"{file.name} is not YAML: {error}") from error
    return found if isinstance(found, dict) else {}


def _year(file: Path, faults: list[str]) -> Year:
    raw = _plain(file)
    year = int(file.stem) if file.stem.isdigit() else 0
    holidays: set[date] = set()
    for span in raw.get("holidays") or []:
        ends = _dates([span.get("from"), span.get("to")], file.name, str(span.get("en")), faults)
        if len(ends) and max(ends) - min(ends) > timedelta(days=15):
            faults.append(f"{file.name}: {span.get('en')} lasts more than 15 days")
            continue
        holidays |= {min(ends) + timedelta(days=n) for n in range((max(ends) - min(ends)).days + 1)} if ends else set()
    make_up_days = _dates(raw.get("make_up_days"), file.name, "make_up_days", faults)
    faults += [f"{file.name}: says year {raw.get('year')}"] if raw.get("year") != year else []
    faults += [f"{file.name}: {day} is not in {year}" for day in sorted(holidays | make_up_days) if day.year != year]
    weekdays = sorted(day for day in make_up_days if day.weekday() < 5)
    faults += [f"{file.name}: {day} is a make-up day, but no weekend day" for day in weekdays]
    faults += [f"{file.name}: {day} is both a holiday and a make-up day" for day in sorted(holidays & make_up_days)]
    return Year(year, frozenset(holidays), frozenset(make_up_days))


def _dates(rows: Any, file: str, name: str, faults: list[str]) -> set[date]:
    found = rows if isinstance(rows, list) else []
    faults += [f"{file}: {name}: {row!r} is not a date like 2026-10-01" for row in found if type(row) is not date]
    return {row for row in found if type(row) is date}
