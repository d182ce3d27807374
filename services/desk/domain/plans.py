"""What people have promised and planned for the campaign, against what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.desk.domain.board import Board, MoneyRow, summed

MEASURES: Mapping[str, Literal["yuan", "number"]] = {
    "granted_yuan": "yuan",
    "drawn_yuan": "yuan",
    "granted_demands": "number",
    "drawn_demands": "number",
    "first_time_demands": "number",
    "visited_households": "number",
}
"""What a bank may promise, and in what it is counted."""
ACTIVITY_KINDS = ("fair", "lecture", "street", "training", "other")
REPORTED: Mapping[str, tuple[bool, bool]] = {
    "applications": (True, True),
    "granted": (True, True),
    "drawn": (True, True),
    "first_time": (True, True),
    "credit_only": (True, True),
    "renewed": (True, True),
    "balance": (True, True),
    "overdue": (True, True),
}
"""What a bank reports of itself each month, and whether it is told in numbers and in money."""
State = Literal["met", "on_course", "behind", "missed"]


@dataclass(frozen=True, slots=True)
class Commitment:
    """承诺: so much of a measure from a day on until another."""

    bank: str
    measure: str
    target: int
    from_day: date
    due_on: date


def reached(board: Board, commitment: Commitment) -> int:
    """How much of it the bank has reached, as counted here."""
    if commitment.measure == "visited_households":
        return sum(row.households for row in board.visits if row.bank == commitment.bank)
    moved = "drawn" if commitment.measure.startswith("drawn") else "granted"
    first = commitment.measure == "first_time_demands"
    rows = [row for row in board.money if row.bank == commitment.bank and _is(row, moved, first)]
    found = summed(rows)
    return found.yuan if MEASURES[commitment.measure] == "yuan" else found.demands


def _is(row: MoneyRow, moved: str, first: bool) -> bool:
    return row.moved == {"drawn": "disbursed"}.get(moved, moved) and (not first or bool(row.first_time))


def state_of(commitment: Commitment, so_far: int, today: date) -> State:
    """Met for good once it is reached. Behind: less than an even pace would have brought by today."""
    if so_far >= commitment.target:
        return "met"
    if today > commitment.due_on:
        return "missed"
    whole = (commitment.due_on - commitment.from_day).days + 1
    gone = min(max((today - commitment.from_day).days, 0), whole)
    return "on_course" if so_far * whole >= commitment.target * gone else "behind"


@dataclass(frozen=True, slots=True)
class ReportedFigure:
    """One line of a bank's own monthly figures."""

    measure: str
    n: int | None
    yuan: int | None


def report_problems(lines: Sequence[tuple[str, object, object]]) -> tuple[list[ReportedFigure], list[tuple[str, str]]]:
    """From (measure, n, yuan) as a spreadsheet has them: the figures, and what is wrong as (measure, problem).

    Problems: `unknown`, `twice`, `not_whole` (a number below zero, a fraction or a text), `empty`.
    """
    figures: list[ReportedFigure] = []
    problems: list[tuple[str, str]] = []
    seen: set[str] = set()
    for measure, n, yuan in lines:
        fault = "unknown" if measure not in REPORTED else "twice" if measure in seen else None
        values = [_whole(value) for value in (n, yuan)]
        if fault is None and -1 in values:
            fault = "not_whole"
        if fault is None and values == [None, None]:
            fault = "empty"
        seen.add(measure)
        if fault:
            problems.append((measure, fault))
        else:
            figures.append(ReportedFigure(measure, *values))
    return figures, problems


def _whole(value: object) -> int | None:
    """None where nothing stands; -1 where it is no whole number of zero or more."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str) and value.strip().replace(",", "").isdecimal():
        return int(value.strip().replace(",", ""))
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
        return -1
    return int(value)
