"""What a demonstration is asked to do, and the scenarios that it knows by name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from shared.errors import FreshwaterError

MONTH_FACTOR = 120_000.0
"""A working day in less than a second, where the services can follow."""
WATCHED_FACTOR = 1_800.0
"""Half an hour in a second: to look on, and to act oneself on the desk."""
TRICKLE_SECONDS = 3.0
DEFAULT_DEMANDS = 100
AFTER_THE_CAMPAIGN = timedelta(days=90)
"""So long after the campaign's end a run goes on where something is still open; then it ends whatever is left."""


class DemoProblem(FreshwaterError):
    """What was asked for cannot be shown; the text says what can."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`demands`: how many come at once; `ends`: starts empty and ends by itself; `obstructed`: all meet obstacles."""

    demands: int = DEFAULT_DEMANDS
    ends: bool = False
    file: Path | None = None
    mapping: Path | None = None
    scenario: str | None = None
    factor: float = WATCHED_FACTOR
    seed: int = 1
    obstructed: bool = False


SCENARIOS = {
    "obstacles": "200 demands whose licence has lapsed: no bank takes them before an office has acted",
    "month": "2000 demands and the whole service month",
}


def planned(plan: Plan) -> Plan:
    """The plan with its scenario filled in. Raises DemoProblem."""
    if plan.scenario is None:
        return plan
    if plan.scenario == "obstacles":
        return replace(plan, ends=True, obstructed=True)
    if plan.scenario == "month":
        return replace(plan, ends=True)
    known = "; ".join(f"{name} ({what})" for name, what in SCENARIOS.items())
    raise DemoProblem(f"there is no scenario {plan.scenario!r}; there are: {known}")
