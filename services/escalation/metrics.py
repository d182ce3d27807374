"""Escalation's gauges, counted from its table: true after any restart, and no batch counts twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared.metric_list import gauge

CASES = gauge("freshwater_cases")
OVERDUE = gauge("freshwater_cases_overdue")
CATCH_ALL = gauge("freshwater_cases_catch_all")
UNCLOCKED = gauge("freshwater_cases_without_deadline")


class Count(NamedTuple):
    """How many cases are in a state, and how many of them a catch-all has."""

    state: str
    number: int
    catch_all: int


def show(counts: Sequence[Count], unclocked: int) -> None:
    """Set the gauges to what was counted; a state that nothing is in any more goes to 0."""
    CASES.clear()
    for count in counts:
        CASES.labels(count.state).set(count.number)
    OVERDUE.set(sum(count.number for count in counts if count.state == "overdue"))
    CATCH_ALL.set(sum(count.catch_all for count in counts))
    UNCLOCKED.set(unclocked)
