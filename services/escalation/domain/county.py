"""What a county keeps of its own: the session of its joint consultation, its common issues, the policies it asked for.

Everything here is about many households at once. What is decided reaches each case by a deadline of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.escalation.domain.claims import Decide

Reason = Literal["breached", "exhausted", "common"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One open case of the county, as the table of cases has it."""

    id: UUID
    household: UUID
    demand: UUID
    obstacle: str
    authority: str
    yuan: int
    breached: bool = False
    exhausted: bool = False
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One obstacle on the agenda. `decided`: what was decided, None as long as nothing was."""

    id: UUID
    obstacle: str
    reasons: tuple[Reason, ...]
    households: int
    demands: int
    blocked_yuan: int
    authorities: tuple[str, ...]
    issue: UUID | None = None
    decided: str | None = None

    def holds(self, case: Listed) -> bool:
        """Whether a case is one of the item's: a common issue takes all of its obstacle."""
        on_agenda = self.issue is not None or case.breached or case.exhausted
        return case.obstacle == self.obstacle and on_agenda


@dataclass(frozen=True, slots=True)
class Session:
    """One weekly joint consultation (联合会诊)."""

    id: UUID
    on: date
    items: tuple[Item, ...]

    def item(self, identifier: UUID) -> Item | None:
        return next((item for item in self.items if item.id == identifier), None)

    def undecided(self, cases: Sequence[Listed]) -> tuple[Item, ...]:
        """Items without a decision that still have open cases: the others have settled themselves."""
        left = (item for item in self.items if item.decided is None)
        return tuple(item for item in left if any(item.holds(case) for case in cases))


@dataclass(frozen=True, slots=True)
class Issue:
    """共性问题: the same obstacle at many households."""

    id: UUID
    obstacle: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A policy that a session asked for under the number of its decision; open until a release names the number."""

    number: str
    obstacle: str
    owner: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """A session's decision as it goes to each case of its item."""

    id: UUID
    county: str
    obstacle: str
    number: str
    at: datetime
    decision: Decide


@dataclass(frozen=True, slots=True)
class County:
    """Labels: "sitting" (a session waits for decisions), "open" (issues or wanted policies), "calm"."""

    county: str
    team: str
    session: Session | None = None
    issues: tuple[Issue, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    decisions: int = 0

    @property
    def label(self) -> str:
        if self.session is not None:
            return "sitting"
        return "open" if self.issues or self.wanted else "calm"

    @property
    def owner(self) -> str | None:
        return None if self.label == "calm" else f"county_team:{self.county}"

    def issue_of(self, obstacle: str) -> Issue | None:
        return next((issue for issue in self.issues if issue.obstacle == obstacle), None)

    def without_issue(self, obstacle: str) -> County:
        return replace(self, issues=tuple(issue for issue in self.issues if issue.obstacle != obstacle))

    def decided(self, item: Item, decision: str) -> County:
        """With an item's decision, and one more number used."""
        assert self.session is not None
        items = tuple(replace(each, decided=decision) if each.id == item.id else each for each in self.session.items)
        return replace(self, session=replace(self.session, items=items), decisions=self.decisions + 1)


@dataclass(frozen=True, slots=True)
class Crowd:
    """All open cases of one obstacle in the county."""

    obstacle: str
    households: int
    demands: int
    yuan: int


def crowds(cases: Iterable[Listed]) -> dict[str, Crowd]:
    """By obstacle: how many households wait, with how much money. Each demand has one case about an obstacle."""
    by_obstacle: dict[str, list[Listed]] = {}
    for case in cases:
        by_obstacle.setdefault(case.obstacle, []).append(case)
    return {
        obstacle: Crowd(obstacle, len({each.household for each in alike}), len(alike), sum(e.yuan for e in alike))
        for obstacle, alike in sorted(by_obstacle.items())
    }
