"""All cases of one demand: opened and called back by what matching finds, moved by claims and by time.

One case per (demand, obstacle): a later one takes the place of one that has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.escalation.domain.case import (
    HOUSEHOLD_ACTS,
    HOUSEHOLD_TURN,
    Basis,
    Case,
    Fact,
    Happened,
    Step,
    ended,
    step,
)
from services.escalation.domain.claims import Claim, Decide, Resolve, Speaker
from services.escalation.domain.consultation import ruled
from services.escalation.domain.evidence import told_by_facts
from services.escalation.domain.legality import judge
from services.escalation.domain.matter import HouseholdMatters, ending_of, follow
from services.escalation.domain.opening import begin, given_over
from services.escalation.domain.raising import passed
from services.escalation.domain.refusals import Refusal
from services.escalation.domain.waiting import resumed

IdOf = Callable[[str], UUID]


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who handed the demand in; told in every summary."""

    partner: str
    source_id: str
    channel: str = "partner"
    assisted_by: str | None = None


@dataclass(frozen=True, slots=True)
class DemandCases:
    """Escalation's view of one demand. `docking` is the revision of matching's view that was last heard of.

    `authorities`: whether the household's consent lets authorities see it; where not, it is guided and acts itself.
    `exhausted`: all rounds of its docking have been; `released_yuan`: the money that has reached the household since.

    Labels: "open" (an authority has at least one case), "guided" (only the household acts), "settled" (none is open).
    """

    demand: UUID
    household: UUID
    submitter: Submitter
    county: str
    industry: str | None = None
    amount_yuan: int | None = None
    simulated: bool = False
    docking: int = 0
    cases: tuple[Case, ...] = ()
    exhausted: bool = False
    released_yuan: int = 0
    authorities: bool = True

    @property
    def open_cases(self) -> tuple[Case, ...]:
        return tuple(case for case in self.cases if case.is_open)

    @property
    def label(self) -> str:
        open_cases = self.open_cases
        if not open_cases:
            return "settled"
        return "guided" if all(case.stage in HOUSEHOLD_ACTS for case in open_cases) else "open"

    @property
    def owner(self) -> str | None:
        """Whose turn it is: of all open cases, the one that is due first, authorities before the household."""
        waiting = sorted(self.open_cases, key=lambda case: (case.stage in HOUSEHOLD_TURN, due_at(case), case.obstacle))
        if not waiting:
            return None
        return f"household:{self.household}" if waiting[0].stage in HOUSEHOLD_TURN else waiting[0].seat.owner

    def of(self, obstacle: str) -> Case | None:
        return next((case for case in self.cases if case.obstacle == obstacle), None)

    def by_id(self, identifier: UUID) -> Case | None:
        return next((case for case in self.cases if case.id == identifier), None)

    def with_case(self, case: Case) -> DemandCases:
        others = tuple(each for each in self.cases if each.obstacle != case.obstacle)
        return replace(self, cases=tuple(sorted((*others, case), key=lambda each: each.obstacle)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What follows for a demand. `look_at` are (demand, obstacle) whose case is to be looked at now."""

    demand: DemandCases
    matters: HouseholdMatters | None = None
    told: tuple[Happened, ...] = ()
    look_at: tuple[tuple[UUID, str], ...] = field(default=())

    def then(self, moved: Step) -> Outcome:
        return replace(self, demand=self.demand.with_case(moved.case), told=self.told + moved.told)


def due_at(case: Case) -> datetime:
    """Until when an open case is to move."""
    assert case.clock is not None, "an open case has a clock"
    return case.clock.due_at


def obstructed(
    demand: DemandCases,
    matters: HouseholdMatters,
    obstacles: Sequence[str],
    found_at: datetime,
    case_id: IdOf,
    matter_id: IdOf,
    basis: Basis,
) -> Outcome:
    """Matching says what stands in the way: open what is missing, call back what no longer does.

    A consent that has become narrower takes a case from its authority, a wider one gives it there.
    """
    outcome = called_back(demand, obstacles, "no_longer_needed", basis)
    for case in outcome.demand.open_cases:
        if not demand.authorities and case.stage not in HOUSEHOLD_ACTS:
            outcome = outcome.then(step("withdrawn", ended(case, "withdrawn", basis), reason="consent_revoked"))
        elif case.stage == "guided":
            outcome = outcome.then(given_over(case, basis))
    for obstacle in dict.fromkeys(obstacles):
        if not _wants_case(outcome.demand.of(obstacle), found_at):
            continue
        outcome = outcome.then(begin(case_id(obstacle), obstacle, matter_id(obstacle), found_at, basis))
        ending = matters.of(obstacle).ending
        if ending is not None and ending.at >= found_at:
            # It was ended in another demand while this finding was on its way: let the matter take this case along.
            outcome = replace(outcome, look_at=(*outcome.look_at, (demand.demand, obstacle)))
        matters = matters.joined(obstacle, demand.demand)
    return replace(outcome, matters=matters)


def _wants_case(known: Case | None, found_at: datetime) -> bool:
    """Not where one is open, where it cannot be removed, or where the finding is older than its clearing."""
    if known is None or known.stage == "withdrawn":
        return True
    return known.stage == "cleared" and known.ended_at is not None and known.ended_at < found_at


def called_back(demand: DemandCases, keep: Collection[str], reason: str, basis: Basis) -> Outcome:
    """Withdraw every open case whose obstacle is not among those to keep."""
    outcome = Outcome(demand)
    for case in demand.open_cases:
        if case.obstacle not in keep:
            outcome = outcome.then(step("withdrawn", ended(case, "withdrawn", basis), reason=reason))
    return outcome


def claimed(
    demand: DemandCases, matters: HouseholdMatters, case_id: UUID, claim: Claim, speaker: Speaker, basis: Basis
) -> Outcome | Refusal:
    """A claim about one case. Where it ends the case, the household's other demands are looked at too."""
    case = demand.by_id(case_id)
    if case is None:
        return Refusal("no_such_case")
    moved = judge(case, claim, speaker, basis)
    if isinstance(moved, Refusal):
        return moved
    text = claim.evidence if isinstance(claim, Resolve) else getattr(claim, "reason", "")
    return _with_its_matter(Outcome(demand).then(moved), matters, moved, text, basis)


def _with_its_matter(outcome: Outcome, matters: HouseholdMatters, moved: Step, text: str, basis: Basis) -> Outcome:
    """Where a step ended a case, its matter ends too, and the household's other demands are looked at."""
    obstacle = moved.case.obstacle
    ending = ending_of(moved, text, basis)
    if ending is None:
        return outcome
    matters = (outcome.matters or matters).ended(obstacle, ending)
    others = [each for each in matters.of(obstacle).demands if each != outcome.demand.demand]
    look_at = (*outcome.look_at, *((each, obstacle) for each in others))
    return replace(outcome, matters=matters, look_at=look_at)


def informed(demand: DemandCases, matters: HouseholdMatters, facts: Mapping[str, Fact], basis: Basis) -> Outcome:
    """Facts came in by another way than a claim: they may show that obstacles are gone, or answer what was asked."""
    outcome = Outcome(demand)
    for case in demand.open_cases:
        moved = told_by_facts(case, facts, basis)
        if moved.told:
            text = str(moved.told[-1].detail["evidence"])
            outcome = _with_its_matter(outcome.then(moved), matters, moved, text, basis)
    return outcome


def answered(demand: DemandCases, basis: Basis) -> Outcome:
    """The household has sent a paper: whoever waits for it goes on."""
    outcome = Outcome(demand)
    for case in demand.open_cases:
        if case.stage == "waiting":
            outcome = outcome.then(resumed(case, True, basis))
    return outcome


def decided_on(
    demand: DemandCases, matters: HouseholdMatters, obstacle: str, decision: Decide, basis: Basis
) -> Outcome:
    """The county's joint consultation has decided on this obstacle for all its cases."""
    case = demand.of(obstacle)
    if case is None or not case.is_open:
        return Outcome(demand)
    moved = ruled(case, decision, basis)
    return _with_its_matter(Outcome(demand).then(moved), matters, moved, decision.reason, basis)


def looked_at(demand: DemandCases, matters: HouseholdMatters, obstacle: str, basis: Basis) -> Outcome:
    """Its moment has come, or its matter has ended elsewhere."""
    case = demand.of(obstacle)
    if case is None or not case.is_open:
        return Outcome(demand)
    followed = follow(case, matters.of(obstacle), basis)
    return Outcome(demand).then(followed if followed.told else passed(case, basis))
