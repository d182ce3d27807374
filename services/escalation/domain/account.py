"""堵点台账: what each obstacle at each authority of a county comes to, with a median that silence does not improve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from services.escalation.domain.clocks import SHANGHAI, Workdays


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of a county that are alike. `opened_on`: when an authority first had them (None: it never had);
    `net_days` of those that have ended; `paused_days`; `number` of them, their households and their money."""

    obstacle: str
    authority: str
    state: str
    opened_on: date | None
    net_days: int | None
    paused_days: int
    number: int
    yuan: int = 0
    released_yuan: int = 0

    @property
    def is_open(self) -> bool:
        return self.state not in ("cleared", "refused", "withdrawn")


@dataclass(frozen=True, slots=True)
class Line:
    """One obstacle at one authority."""

    obstacle: str
    authority: str
    opened: int
    open: int
    overdue: int
    cleared: int
    median_net_days: int | None
    blocked_yuan: int
    released_yuan: int


def lines(groups: Iterable[Group], now: datetime, workdays: Workdays) -> list[Line]:
    """A line for every (obstacle, authority), the one that blocks most first."""
    together: dict[tuple[str, str], list[Group]] = {}
    for group in groups:
        together.setdefault((group.obstacle, group.authority), []).append(group)
    made = [_line(*key, alike, now, workdays) for key, alike in together.items()]
    return sorted(made, key=lambda line: (-line.blocked_yuan, line.obstacle, line.authority))


def _line(obstacle: str, authority: str, groups: list[Group], now: datetime, workdays: Workdays) -> Line:
    had = [group for group in groups if group.opened_on is not None]
    ended: Counter[int] = Counter()
    censored: Counter[int] = Counter()
    for group in had:
        # What was called back was not done: how long it would have taken is not known.
        done = group.state in ("cleared", "refused")
        (ended if done else censored)[_days(group, now, workdays)] += group.number
    return Line(
        obstacle=obstacle,
        authority=authority,
        opened=sum(group.number for group in had),
        open=sum(group.number for group in groups if group.is_open),
        overdue=sum(group.number for group in groups if group.state == "overdue"),
        cleared=sum(group.number for group in groups if group.state == "cleared"),
        median_net_days=median(ended, censored),
        blocked_yuan=sum(group.yuan for group in groups if group.is_open),
        released_yuan=sum(group.released_yuan for group in groups if group.state == "cleared"),
    )


def _days(group: Group, now: datetime, workdays: Workdays) -> int:
    if group.net_days is not None:
        return group.net_days
    assert group.opened_on is not None
    since = workdays.workdays_between(datetime.combine(group.opened_on, time(12), SHANGHAI), now)
    return max(since - group.paused_days, 0)


def median(ended: Mapping[int, int], censored: Mapping[int, int]) -> int | None:
    """Kaplan-Meier: the first day by which half have ended, where those still open count for as long as they were.

    `ended` and `censored` hold how many by days. None where fewer than half have ended by any day.
    """
    at_risk = sum(ended.values()) + sum(censored.values())
    survival = 1.0
    for day in sorted({*ended, *censored}):
        if at_risk and ended.get(day):
            survival *= 1 - ended[day] / at_risk
            if survival <= 0.5:
                return day
        at_risk -= ended.get(day, 0) + censored.get(day, 0)
    return None
