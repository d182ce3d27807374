"""百业堵点月报: what blocks whom in a month, priced in money, beside the month before.

An account is a snapshot of a county at close of business; what it counts as opened, cleared and released grows from the
campaign's first day on, so a month's share is what came since the last snapshot before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """One obstacle at one authority, as it stood. The median counts open cases for as long as they were open."""

    obstacle: str
    authority: str
    opened: int
    open: int
    overdue: int
    cleared: int
    median_net_days: int | None
    blocked_yuan: int
    released_yuan: int


@dataclass(frozen=True, slots=True)
class Account:
    """A county at its last close of business of a month. `households` by obstacle, over all its authorities."""

    county: str
    households: Mapping[str, int] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One obstacle at one authority in a month. `opened`, `cleared` and `released_yuan` are the month's own; the rest
    is as the month ended, and `…_before` as the month before it did."""

    county: str
    obstacle: str
    authority: str
    households: int
    households_before: int
    opened: int
    open: int
    overdue: int
    cleared: int
    median_net_days: int | None
    median_before: int | None
    blocked_yuan: int
    blocked_before: int
    released_yuan: int
    released_before: int


@dataclass(frozen=True, slots=True)
class Total:
    """All rows together. A household with two obstacles waits in both, and its money with it."""

    households: int
    households_before: int
    open: int
    overdue: int
    blocked_yuan: int
    blocked_before: int
    released_yuan: int
    released_before: int


Keeps = Callable[[str, Line], bool]
_Place = tuple[str, str, str]
_NOTHING = Line("", "", 0, 0, 0, 0, None, 0, 0)


def rows(now: Iterable[Account], before: Iterable[Account], keeps: Keeps, first: Iterable[Account] = ()) -> list[Row]:
    """A row for each kept line at which something waits or has happened, what blocks most money first. `first`: the
    accounts with which the month before began."""
    ends, began = list(now), list(before)
    lines, earlier, older = _by_place(ends, keeps), _by_place(began, keeps), _by_place(first, keeps)
    waiting, waited = _households(ends), _households(began)
    found = []
    for place in lines.keys() | earlier.keys():
        county, obstacle, _ = place
        # A county without an account this month stands as it stood.
        was = earlier.get(place, _NOTHING)
        line = lines.get(place, was)
        if not (line.open or line.blocked_yuan or was.open) and _grown(line) == _grown(was):
            continue
        households = waiting if place in lines else waited
        found.append(
            Row(
                *place,
                households=households.get((county, obstacle), 0),
                households_before=waited.get((county, obstacle), 0),
                opened=max(line.opened - was.opened, 0),
                open=line.open,
                overdue=line.overdue,
                cleared=max(line.cleared - was.cleared, 0),
                median_net_days=line.median_net_days,
                median_before=was.median_net_days,
                blocked_yuan=line.blocked_yuan,
                blocked_before=was.blocked_yuan,
                released_yuan=max(line.released_yuan - was.released_yuan, 0),
                released_before=max(was.released_yuan - older.get(place, _NOTHING).released_yuan, 0),
            )
        )
    return sorted(
        found, key=lambda row: (-row.blocked_yuan, -row.released_yuan, row.county, row.obstacle, row.authority)
    )


def _by_place(accounts: Iterable[Account], keeps: Keeps) -> dict[_Place, Line]:
    return {
        (account.county, line.obstacle, line.authority): line
        for account in accounts
        for line in account.lines
        if keeps(account.county, line)
    }


def _grown(line: Line) -> tuple[int, int, int]:
    """What only grows."""
    return line.opened, line.cleared, line.released_yuan


def _households(accounts: Iterable[Account]) -> dict[tuple[str, str], int]:
    return {(account.county, obstacle): count for account in accounts for obstacle, count in account.households.items()}


def total(found: Iterable[Row]) -> Total:
    """The sums of a report."""
    listed = list(found)
    waiting = {(row.county, row.obstacle): (row.households, row.households_before) for row in listed}
    return Total(
        households=sum(now for now, _ in waiting.values()),
        households_before=sum(before for _, before in waiting.values()),
        open=sum(row.open for row in listed),
        overdue=sum(row.overdue for row in listed),
        blocked_yuan=sum(row.blocked_yuan for row in listed),
        blocked_before=sum(row.blocked_before for row in listed),
        released_yuan=sum(row.released_yuan for row in listed),
        released_before=sum(row.released_before for row in listed),
    )


def heaviest(found: Iterable[Row], most: int) -> list[tuple[str, int]]:
    """The obstacles that block most, with the money of all their rows."""
    blocked: dict[str, int] = {}
    for row in found:
        blocked[row.obstacle] = blocked.get(row.obstacle, 0) + row.blocked_yuan
    ordered = sorted(blocked.items(), key=lambda each: (-each[1], each[0]))
    return [each for each in ordered if each[1]][:most]
