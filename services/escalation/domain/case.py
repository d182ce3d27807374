"""A case (会办事项): one obstacle of one demand at one authority, or with its household; its stages and small moves.

guided -> filed -> opened -> signed -> planned -> cleared | refused | withdrawn
                     ^  parked or waiting for the household on the way, transferred or raised (督办) without leaving it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from services.escalation.domain.clocks import Clock, Workdays, days_after, running
from services.escalation.domain.directory import Directory, Level
from services.escalation.domain.routing import Place, Seat

Stage = Literal[
    "guided", "filed", "opened", "signed", "planned", "parked", "waiting", "cleared", "refused", "withdrawn"
]
Breach = Literal["sign", "plan", "solve"]
What = Literal[
    "guided", "filed", "opened", "signed", "planned", "extension-asked", "extended", "extension-denied", "parked",
    "household-asked", "resumed",
    "near-due", "overdue", "raised", "raise-dropped", "transferred", "consultation-opened", "consultation-decided",
    "cleared", "refused", "withdrawn",
]  # fmt: skip
HOUSEHOLD_ACTS: frozenset[Stage] = frozenset({"guided", "filed"})
AUTHORITY_ACTS: frozenset[Stage] = frozenset({"opened", "signed", "planned", "parked"})
HOUSEHOLD_TURN: frozenset[Stage] = HOUSEHOLD_ACTS | {"waiting"}
"""Whose turn it is: while an authority's case waits for the household, the authority's time stands still."""
OPEN: frozenset[Stage] = HOUSEHOLD_TURN | AUTHORITY_ACTS
BREACHES: Mapping[Stage, Breach] = {"opened": "sign", "signed": "plan", "planned": "solve", "parked": "solve"}


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known about a household: value, who said it, as of when, and how surely."""

    value: bool | int | str | list[str]
    source: str
    as_of: date
    assurance: Literal["self", "partner", "register"] = "partner"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft of a 督办 to the next level; `goes_at` is None where only a named person may send it."""

    to: str
    level: Level
    goes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the household owes, since when, and where the case goes on: its stage, and how many working days were left
    of that stage's own time."""

    what: str
    since: datetime
    stage: Stage
    days_left: int


@dataclass(frozen=True, slots=True)
class Case:
    """`since`: when matching found the obstacle. `opened_at`: when an authority first had it; `received_at`: when
    whoever has it now got it. `solve_at`: the statutory end at this authority; `days_left`: the working days of it that
    were left when it was parked or began to wait. `paused_days`: working days on which the household owed something;
    `gross_days` and `net_days` (without those) are kept at its end."""

    id: UUID
    obstacle: str
    matter: UUID
    since: datetime
    seat: Seat
    stage: Stage
    working_days: int
    received_at: datetime
    clock: Clock | None = None
    solve_at: datetime | None = None
    days_left: int | None = None
    promised_on: date | None = None
    extension_until: date | None = None
    extension_asked: bool = False
    extended: bool = False
    transfers: int = 0
    draft: Draft | None = None
    raised: int = 0
    raised_to: str | None = None
    breaches: int = 0
    session_on: date | None = None
    receipt_number: str | None = None
    ended_at: datetime | None = None
    opened_at: datetime | None = None
    waiting: Waiting | None = None
    asked_household: bool = False
    paused_days: int = 0
    gross_days: int | None = None
    net_days: int | None = None

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN

    @property
    def overdue(self) -> bool:
        return self.clock is not None and self.clock.overdue and self.stage in AUTHORITY_ACTS

    @property
    def next_at(self) -> datetime | None:
        """When time itself will move the case next; an open case always has such a moment."""
        if self.clock is None:
            return None
        goes_at = self.draft.goes_at if self.draft else None
        return min(self.clock.next_at, goes_at) if goes_at else self.clock.next_at


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision rests on: the moment, the catalogue's release, the calendar, where the household works, and
    whether its consent lets authorities see what it asks for."""

    now: datetime
    directory: Directory
    workdays: Workdays
    place: Place
    authorities: bool = True

    def after(self, days: int) -> datetime:
        return days_after(self.now, days, self.workdays)

    def clock(self, due_at: datetime) -> Clock:
        """A clock from now; a time that has passed already leaves the next working day."""
        return running(self.now, due_at if due_at > self.now else self.after(1), self.workdays)


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing to tell, with the case as it was right after; `detail` are the fields of its own."""

    what: What
    case: Case
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A case after a move, and what is to be told of it, in order."""

    case: Case
    told: tuple[Happened, ...] = ()


def step(what: What, case: Case, **detail: Any) -> Step:
    """A move that is told by one event."""
    return Step(case, (Happened(what, case, detail),))


def paused(case: Case, basis: Basis) -> int:
    """Working days on which the household owed something, those of now included."""
    now = basis.workdays.workdays_between(case.waiting.since, basis.now) if case.waiting else 0
    return case.paused_days + now


def ended(case: Case, stage: Literal["cleared", "refused", "withdrawn"], basis: Basis) -> Case:
    """No more clock, draft or agenda; what it took is kept."""
    over = replace(case, stage=stage, clock=None, draft=None, session_on=None, extension_until=None, waiting=None)
    over = replace(over, ended_at=basis.now, paused_days=paused(case, basis))
    if case.opened_at is None:
        return over
    gross = basis.workdays.workdays_between(case.opened_at, basis.now)
    return replace(over, gross_days=gross, net_days=max(gross - over.paused_days, 0))


def handed_over(case: Case, seat: Seat, basis: Basis) -> Case:
    """Received by an authority, now: all its clocks start anew; what was transferred, raised, paused stays."""
    solve_at = basis.after(case.working_days)
    sign_at = min(basis.after(basis.directory.times.sign_days), solve_at)
    return replace(
        case,
        seat=seat,
        stage="opened",
        received_at=basis.now,
        opened_at=case.opened_at or basis.now,
        waiting=None,
        asked_household=False,
        paused_days=paused(case, basis),
        clock=basis.clock(sign_at),
        solve_at=solve_at,
        days_left=None,
        promised_on=None,
        extension_until=None,
        draft=None,
        # The next level of another line knows nothing of it yet.
        raised_to=None,
        session_on=None,
    )
