"""A matter: the same obstacle of one household, over all its demands. Ended in one, it is ended in all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.escalation.domain.case import Basis, Case, Fact, Step, ended, step


@dataclass(frozen=True, slots=True)
class Ending:
    """How an authority ended it: cleared with facts and evidence, or "cannot be removed" with the reason."""

    stage: Literal["cleared", "refused"]
    at: datetime
    text: str
    facts: dict[str, Fact]


@dataclass(frozen=True, slots=True)
class Matter:
    """`demands` are those in which the obstacle ever was a case; one without an open case is passed over."""

    obstacle: str
    demands: tuple[UUID, ...]
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class HouseholdMatters:
    """All matters of one household, as one state: a claim names a case, and its matter shows only after loading."""

    household: UUID
    matters: tuple[Matter, ...] = ()

    @property
    def label(self) -> str:
        return "open" if any(matter.ending is None for matter in self.matters) else "ended"

    @property
    def owner(self) -> None:
        """The cases have owners; a matter is only what they have in common."""
        return None

    @property
    def demands(self) -> tuple[UUID, ...]:
        return tuple(sorted({demand for matter in self.matters for demand in matter.demands}))

    def of(self, obstacle: str) -> Matter:
        return next((each for each in self.matters if each.obstacle == obstacle), Matter(obstacle, ()))

    def joined(self, obstacle: str, demand: UUID) -> HouseholdMatters:
        """With one more demand in a matter."""
        matter = self.of(obstacle)
        return self if demand in matter.demands else self._with(replace(matter, demands=(*matter.demands, demand)))

    def ended(self, obstacle: str, ending: Ending) -> HouseholdMatters:
        return self._with(replace(self.of(obstacle), ending=ending))

    def _with(self, matter: Matter) -> HouseholdMatters:
        others = tuple(each for each in self.matters if each.obstacle != matter.obstacle)
        return replace(self, matters=tuple(sorted((*others, matter), key=lambda each: each.obstacle)))


def ending_of(told: Step, text: str, basis: Basis) -> Ending | None:
    """The ending that a claim's step means for the whole matter; None where it ended nothing."""
    last = told.told[-1] if told.told else None
    if last is None or last.what not in ("cleared", "refused"):
        return None
    stage: Literal["cleared", "refused"] = "cleared" if last.what == "cleared" else "refused"
    return Ending(stage, basis.now, text, dict(last.detail.get("facts", {})))


def follow(case: Case, matter: Matter, basis: Basis) -> Step:
    """End a case as its matter ended, unless the obstacle was found only after that."""
    ending = matter.ending
    if ending is None or not case.is_open or ending.at < case.since:
        return Step(case)
    over = ended(case, ending.stage, basis)
    if ending.stage == "cleared":
        return step("cleared", over, facts=ending.facts, evidence=ending.text, along=True)
    return step("refused", over, reason=ending.text)
