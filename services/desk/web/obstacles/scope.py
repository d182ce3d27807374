"""What a report is about: its month, its department, its county; and which of them an officer may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from services.desk.domain.obstacle_report import Line
from services.desk.web.language import Language
from services.desk.web.rendering import Visit
from services.desk.web.wording.words import CHINA
from shared.catalogue import Release
from shared.catalogue.regions import within


@dataclass(frozen=True, slots=True)
class Scope:
    """`month` as YYYY-MM. `area`: where the officer's own house is, and what lies in it; None is everywhere."""

    month: str
    first: datetime
    before: datetime
    begin: datetime
    end: datetime
    department: str | None
    county: str | None
    area: str | None
    fixed: bool
    release: Release | None

    def keeps(self, county: str, line: Line) -> bool:
        """Whether a line of an account belongs to it."""
        return self._lies_here(county) and self.department in (None, self._kind_of(line.authority))

    def holds(self, county: str, obstacle: str) -> bool:
        """Whether what was said of a county's obstacle belongs to it: it is the department's that leads."""
        known = self.release.obstacles.get(obstacle) if self.release else None
        return self._lies_here(county) and self.department in (None, known.lead if known else None)

    def _lies_here(self, county: str) -> bool:
        return self.county in (None, county) and (self.area is None or within(county, self.area))

    def _kind_of(self, authority: str) -> str | None:
        known = self.release.authorities.get(authority) if self.release else None
        return known.kind if known else None

    def read(self, told: str) -> dict[str, Any]:
        """What was said, as plain data."""
        found: dict[str, Any] = msgspec.json.decode(told)
        return found

    def departments(self, release: Release | None, language: Language) -> list[tuple[str, str]]:
        """The kinds of authority that lead in an obstacle, with their names; an office has only its own."""
        if release is None or self.fixed:
            return []
        kinds = sorted({obstacle.lead for obstacle in release.obstacles.values()})
        return [(kind, department_name(release, kind, language)) for kind in kinds]

    def counties(self, release: Release | None) -> list[str]:
        """The counties that can be asked for."""
        teams = (each for each in release.authorities.values() if each.catch_all) if release else ()
        here = {each.region for each in teams if each.level != "province"}
        return sorted(each for each in here if self.area is None or within(each, self.area))

    def name_of(self, release: Release | None, language: Language) -> str:
        """The department's name."""
        if self.department is None or release is None:
            return self.department or ""
        return department_name(release, self.department, language)


def department_name(release: Release, kind: str, language: Language) -> str:
    """What a kind of authority is called: the name of its highest office without the place."""
    offices = [each for each in release.authorities.values() if each.kind == kind]
    if not offices:
        return kind
    highest = min(offices, key=lambda each: (len(each.region.rstrip("0")), each.id))
    return language.of(highest.zh.partition("·")[0], highest.en.partition(",")[0])


def scope_of(visit: Visit) -> Scope:
    """From the address, narrowed to what the officer may see: an office its own line, a team its own county."""
    asked, officer, release = visit.request.query_params, visit.signed_in, visit.office.catalogue()
    month = _month(asked.get("month", ""), month_of(visit.office.clock.now()))
    department, county, area, fixed = asked.get("department") or None, asked.get("county") or None, None, False
    if officer.role == "authority":
        own = release.authorities.get(officer.subject or "") if release else None
        # Where the catalogue does not know the office, nothing is its to see.
        area, fixed = (own.region if own else "-"), own is None or not own.catch_all
        department = (own.kind if own else "-") if fixed else department
    first = date.fromisoformat(f"{month}-01")
    return Scope(
        month,
        _midnight((first - timedelta(32)).replace(day=1)),
        _midnight((first - timedelta(1)).replace(day=1)),
        _midnight(first),
        _midnight((first + timedelta(32)).replace(day=1)),
        department,
        county,
        area,
        fixed,
        release,
    )


def month_of(moment: datetime) -> str:
    """The month where the offices are."""
    return f"{moment.astimezone(CHINA):%Y-%m}"


def months_before(month: str, count: int) -> list[str]:
    """So many months, the newest first."""
    year, number = int(month[:4]), int(month[5:])
    places = (year * 12 + number - 1 - back for back in range(count))
    return [f"{place // 12}-{place % 12 + 1:02d}" for place in places]


def _month(asked: str, otherwise: str) -> str:
    try:
        return f"{date.fromisoformat(f'{asked[:7]}-01'):%Y-%m}"
    except ValueError:
        return otherwise


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)
