"""The tables of the monthly obstacle report: for a page, a document and a workbook."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.desk.domain.obstacle_report import Row
from services.desk.web.language import N_
from services.desk.web.tables import Column, Table
from services.desk.web.what_if.rules import Freed
from services.desk.web.wording.words import CHINA, Words
from shared.contracts.county import ItemDecided

_EMPTY = N_("Nothing stood in anybody's way here in this month, or no account has come yet.")


def _before(value: str, words: Words) -> str:
    return words.language.text("before: %(value)s") % {"value": value}


def _office(authority: str, words: Words) -> str:
    """An authority's name without what stands in brackets: a line of the report has little room."""
    return words.name(authority, "authorities").partition("（")[0].partition(" (")[0]


def _days_before(row: Row, words: Words) -> str:
    return _before("–" if row.median_before is None else str(row.median_before), words)


_PLACE = Column(N_("County"), lambda row, words: words.place(row.county))
_OBSTACLE = Column(
    N_("Obstacle"),
    lambda row, words: words.name(row.obstacle, "obstacles"),
    note=lambda row, words: _office(row.authority, words),
)
_MONTH = (
    Column(N_("Open"), lambda row, _: row.open, "number"),
    Column(N_("Overdue"), lambda row, _: row.overdue, "number"),
    Column(N_("New"), lambda row, _: row.opened, "number"),
    Column(N_("Cleared"), lambda row, _: row.cleared, "number"),
)
_HOUSEHOLDS = Column(
    N_("Households"),
    lambda row, _: row.households,
    "number",
    note=lambda row, words: _before(words.number(row.households_before), words),
)
_MEDIAN = Column(N_("Net days"), lambda row, _: row.median_net_days, "number", note=_days_before)
_BLOCKED = Column(
    N_("Money blocked"),
    lambda row, _: row.blocked_yuan,
    "yuan",
    note=lambda row, words: _before(words.money(row.blocked_before), words),
)
_RELEASED = Column(
    N_("Money released"),
    lambda row, _: row.released_yuan,
    "yuan",
    note=lambda row, words: _before(words.money(row.released_before), words),
)
_MAIN = N_("Obstacles by the money that they block")
OBSTACLES = Table(
    "obstacle-report", _MAIN, (_OBSTACLE, _PLACE, _HOUSEHOLDS, *_MONTH, _MEDIAN, _BLOCKED, _RELEASED), empty=_EMPTY
)
WHOLE = Table(
    "obstacle-report",
    _MAIN,
    (
        _PLACE,
        _OBSTACLE,
        Column(N_("Authority"), lambda row, words: words.name(row.authority, "authorities")),
        _HOUSEHOLDS,
        Column(N_("Households, month before"), lambda row, _: row.households_before, "number"),
        *_MONTH,
        _MEDIAN,
        Column(N_("Net days, month before"), lambda row, _: row.median_before, "number"),
        _BLOCKED,
        Column(N_("Money blocked, month before"), lambda row, _: row.blocked_before, "yuan"),
        _RELEASED,
        Column(N_("Money released, month before"), lambda row, _: row.released_before, "yuan"),
    ),
    empty=_EMPTY,
)
"""The same with every figure in a column of its own, to take away."""


def _banks(row: Freed, words: Words) -> str:
    shown = [f"{words.name(bank, 'institutions')} {households}" for bank, households in row.banks[:3]]
    return "; ".join(shown) or "–"


FREED = Table(
    "one-rule-less",
    N_("What one rule less would set free"),
    (
        Column(N_("Obstacle"), lambda row, words: words.name(row.obstacle, "obstacles")),
        Column(N_("If no bank asked for"), lambda row, words: words.name(row.fact, "facts")),
        Column(N_("Households more"), lambda row, _: row.households, "number"),
        Column(N_("They ask for"), lambda row, _: row.yuan, "yuan"),
        Column(N_("Banks that could then take it, with households"), _banks),
    ),
    empty=N_("No product asks for what stands in the way, or matching does not answer now."),
)


@dataclass(frozen=True, slots=True)
class Issue:
    """A common issue or a wanted policy as it stands: `how` is what it is, and later how it ended."""

    county: str
    obstacle: str
    since: datetime
    how: str
    households: int
    blocked_yuan: int
    number: str | None = None
    until: datetime | None = None

    @classmethod
    def begun(cls, county: str, kind: str, at: datetime, said: dict[str, Any]) -> Issue:
        """From the event that told of it."""
        size = (int(said["households"]), int(said["blocked_yuan"]))
        return cls(county, said["obstacle"], at, kind, *size, said.get("number"))

    def over(self, at: datetime, said: dict[str, Any]) -> Issue:
        """From the event that ended it."""
        return replace(self, how=said.get("reason", "policy_issued"), until=at)


ISSUES = Table(
    "common-issues",
    N_("Common issues"),
    (
        Column(N_("Obstacle"), lambda row, words: words.name(row.obstacle, "obstacles")),
        _PLACE,
        Column(N_("Since"), lambda row, _: row.since.astimezone(CHINA).date(), "day"),
        Column(N_("State"), lambda row, _: row.how, "state", label="issue"),
        Column(N_("Number"), lambda row, _: row.number, "code"),
        Column(N_("Households"), lambda row, _: row.households, "number"),
        Column(N_("Money blocked"), lambda row, _: row.blocked_yuan, "yuan"),
    ),
    empty=N_("No obstacle was common to many households of a county."),
)


def _who(row: tuple[datetime, ItemDecided], words: Words) -> str:
    decided = row[1]
    if decided.to:
        return words.name(decided.to, "authorities")
    return words.day(decided.until)


DECIDED = Table(
    "decisions",
    N_("What joint consultations decided"),
    (
        Column(N_("Number"), lambda row, _: row[1].number, "code"),
        Column(N_("Obstacle"), lambda row, words: words.name(row[1].obstacle, "obstacles")),
        Column(N_("County"), lambda row, words: words.place(row[1].county)),
        Column(N_("Decision"), lambda row, _: row[1].decision, "state", label="verdict"),
        Column(N_("To whom, until when"), _who),
        Column(N_("Reason"), lambda row, _: row[1].reason),
        Column(N_("Demands"), lambda row, _: row[1].demands, "number"),
    ),
    empty=N_("Nothing was decided in this month."),
)
