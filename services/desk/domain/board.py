"""The campaign's figures that are counted at intervals, and what follows from them: clocks, money, obstacles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from services.desk.domain.channels import ChannelRow
from services.desk.domain.league import Part, Record
from services.desk.domain.survival import Spells, together

STAGES = ("accept", "contact", "offer")


class SpellRow(NamedTuple):
    """So many referrals of a unit whose stage ended so (`done`, `cut` or `never`) after so many working days."""

    bank: str
    unit: str
    stage: str
    ended: str
    days: int
    n: int
    late: int


class BankRow(NamedTuple):
    """Parts of a bank's record."""

    bank: str
    accepted: int
    hard: int
    drawn: int
    repaired: int
    stated: int
    stated_offered: int
    verified: int
    verified_offered: int


class MoneyRow(NamedTuple):
    """Money that moved, by what makes a difference; `demands` are counted once."""

    moved: str
    bank: str
    product: str
    policy: str | None
    kind: str
    first_time: bool | None
    n: int
    demands: int
    yuan: int
    weighted_bp: int


class ObstacleRow(NamedTuple):
    """One obstacle in one county: what it blocks now, and what has been cleared."""

    obstacle: str
    county: str
    open: int
    overdue: int
    households: int
    blocked_yuan: int
    cleared: int
    released_yuan: int


class VisitRow(NamedTuple):
    """走访: how many with which result."""

    bank: str | None
    county: str
    result: str
    n: int
    households: int


class DayRow(NamedTuple):
    """How much of something happened on one day (in China): demanded, accepted, offered, declined, lapsed, granted,
    disbursed, visited. `yuan` where it is about money."""

    day: date
    what: str
    n: int
    yuan: int


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """All of it, as of one moment; a board is itself alone, so that what follows from it is worked out once. `took` is
    how many seconds the counting took."""

    at: datetime
    took: float = 0.0
    spells: Sequence[SpellRow] = ()
    banks: Sequence[BankRow] = ()
    declines: Sequence[tuple[str, str, int]] = ()
    stars: Sequence[tuple[str, int, int]] = ()
    reduced: Mapping[str, int] = field(default_factory=dict)
    money: Sequence[MoneyRow] = ()
    obstacles: Sequence[ObstacleRow] = ()
    visits: Sequence[VisitRow] = ()
    days: Sequence[DayRow] = ()
    channels: Sequence[ChannelRow] = ()


def within(days: Iterable[DayRow], first: date, last: date) -> dict[str, tuple[int, int]]:
    """From one day to another, both included: of each thing how many, and how much money."""
    found: dict[str, tuple[int, int]] = {}
    for row in days:
        if first <= row.day <= last:
            n, yuan = found.get(row.what, (0, 0))
            found[row.what] = (n + row.n, yuan + row.yuan)
    return found


def spells_by(rows: Iterable[SpellRow], key: Callable[[SpellRow], str]) -> dict[str, dict[str, Spells]]:
    """By what `key` gives, then by stage."""
    found: dict[str, dict[str, list[Spells]]] = {}
    for row in rows:
        each = Spells(
            {row.days: row.n} if row.ended == "done" else {},
            {row.days: row.n} if row.ended == "cut" else {},
            row.n if row.ended == "never" else 0,
            row.late,
        )
        found.setdefault(key(row), {}).setdefault(row.stage, []).append(each)
    return {name: {stage: together(each) for stage, each in stages.items()} for name, stages in sorted(found.items())}


@lru_cache(maxsize=2)
def by_bank(board: Board) -> dict[str, dict[str, Spells]]:
    """Every bank's stages."""
    return spells_by(board.spells, lambda row: row.bank)


@lru_cache(maxsize=64)
def by_unit(board: Board, bank: str) -> dict[str, dict[str, Spells]]:
    """One bank's stages, unit by unit."""
    return spells_by((row for row in board.spells if row.bank == bank), lambda row: row.unit)


def records(board: Board) -> list[Record]:
    """What every bank did, for the league table."""
    stages = by_bank(board)
    rows = {row.bank: row for row in board.banks}
    return [_record(board, bank, stages.get(bank, {}), rows.get(bank)) for bank in sorted({*stages, *rows})]


def _record(board: Board, bank: str, stages: Mapping[str, Spells], row: BankRow | None) -> Record:
    row = row or BankRow(bank, 0, 0, 0, 0, 0, 0, 0, 0)
    return Record(
        bank,
        stages,
        {code: n for each, code, n in board.declines if each == bank},
        hard=Part(row.hard, row.accepted),
        repaired=Part(row.repaired, row.drawn),
        stated=Part(row.stated_offered, row.stated),
        verified=Part(row.verified_offered, row.verified),
        stars={stars: n for each, stars, n in board.stars if each == bank},
        reduced_hours=board.reduced.get(bank, 0),
    )


@dataclass(frozen=True, slots=True)
class Sum:
    """How much money, in how many pieces; `rate_bp` is the average, weighted by money."""

    n: int = 0
    demands: int = 0
    yuan: int = 0
    weighted_bp: int = 0

    @property
    def rate_bp(self) -> int | None:
        return round(self.weighted_bp / self.yuan) if self.yuan and self.weighted_bp else None


def summed(rows: Iterable[MoneyRow]) -> Sum:
    n = demands = yuan = weighted = 0
    for row in rows:
        n, demands, yuan, weighted = n + row.n, demands + row.demands, yuan + row.yuan, weighted + row.weighted_bp
    return Sum(n, demands, yuan, weighted)


def summed_by(rows: Iterable[MoneyRow], key: Callable[[MoneyRow], str | None]) -> dict[str, Sum]:
    """Most money first; what `key` gives None for is left out."""
    found: dict[str, list[MoneyRow]] = {}
    for row in rows:
        name = key(row)
        if name is not None:
            found.setdefault(name, []).append(row)
    sums = {name: summed(group) for name, group in found.items()}
    return dict(sorted(sums.items(), key=lambda item: (-item[1].yuan, item[0])))


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of the obstacle map."""

    open: int = 0
    households: int = 0
    blocked_yuan: int = 0


@dataclass(frozen=True, slots=True)
class Map:
    """Obstacle by county, priced in the money that waits; dearest first both ways. A demand with two obstacles waits
    in two squares, so lines must not be added up."""

    counties: Sequence[str]
    lines: Sequence[tuple[str, ObstacleRow, Sequence[Cell]]]
    dearest: int


def obstacle_map(rows: Sequence[ObstacleRow]) -> Map:
    """`lines`: obstacle, its sums over all counties, and a cell per county."""
    by_county: dict[str, int] = {}
    by_obstacle: dict[str, list[ObstacleRow]] = {}
    for row in rows:
        by_county[row.county] = by_county.get(row.county, 0) + row.blocked_yuan
        by_obstacle.setdefault(row.obstacle, []).append(row)
    counties = sorted(by_county, key=lambda county: (-by_county[county], county))
    lines = [(obstacle, _all_of(group), _cells(group, counties)) for obstacle, group in by_obstacle.items()]
    lines.sort(key=lambda line: (-line[1].blocked_yuan, line[0]))
    return Map(counties, lines, max((row.blocked_yuan for row in rows), default=0))


def _all_of(rows: Sequence[ObstacleRow]) -> ObstacleRow:
    sums = [sum(values) for values in zip(*(row[2:] for row in rows), strict=True)]
    return ObstacleRow(rows[0].obstacle, "", *sums)


def _cells(rows: Sequence[ObstacleRow], counties: Sequence[str]) -> list[Cell]:
    found = {row.county: Cell(row.open, row.households, row.blocked_yuan) for row in rows}
    return [found.get(county, Cell()) for county in counties]


def common_issues(rows: Iterable[ObstacleRow], households: int) -> list[ObstacleRow]:
    """共性问题: the same obstacle stops at least so many households of one county; the dearest first."""
    common = [row for row in rows if row.households >= households]
    return sorted(common, key=lambda row: (-row.blocked_yuan, row.obstacle, row.county))
