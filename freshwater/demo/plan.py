"""What a demonstration is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from shared.errors import FreshwaterError

MONTH_FACTOR = 120_000.0
"""A working day in less than a second, where the services can follow."""
WATCHED_FACTOR = 1_800.0
"""Half an hour in a second: to look on, and to act oneself on the desk."""
TRICKLE_SECONDS = 3.0
DEFAULT_DEMANDS = 100
AFTER_THE_CAMPAIGN = timedelta(days=300)
"""So long after the campaign's end a run goes on where something is still open; then it ends whatever is left. What
banks can take in a month is limited: tens of thousands of demands stand in line for it until the autumn."""


class DemoProblem(FreshwaterError):
    """What was asked for cannot be shown; the text says what can."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`demands`: how many come at once; `ends`: starts empty and ends by itself; `obstructed`: all meet obstacles;
    `telephones`: text messages have a way out, to telephones that are shown here."""

    demands: int = DEFAULT_DEMANDS
    ends: bool = False
    file: Path | None = None
    mapping: Path | None = None
    scenario: str | None = None
    factor: float = WATCHED_FACTOR
    seed: int = 1
    obstructed: bool = False
    telephones: bool = False
