"""Escalation as the loop knows it: each event to its decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol
from uuid import UUID

from services.escalation import store
from services.escalation.domain import claims
from services.escalation.domain.case import Basis
from services.escalation.domain.clocks import Workdays
from services.escalation.domain.demand import DemandCases, called_back, claimed, looked_at, obstructed
from services.escalation.domain.directory import Directory, Times
from services.escalation.domain.matter import HouseholdMatters
from services.escalation.domain.refusals import Refusal
from services.escalation.domain.routing import Place
from services.escalation.handlers.table import CALL_BACK, CALLS_BACK, CLAIMS, ENDS_ALL, HANDLED, KEEPS_REMEDIES
from services.escalation.handlers.telling import decision, demand_as_of, obstacles_of, refusal
from shared.catalogue.regions import stem
from shared.catalogue.release import Release
from shared.contracts import demands, referrals
from shared.contracts.clock import EscalationDeadlinePassed
from shared.contracts.ids import caused_id
from shared.database import Connection
from shared.decision import IGNORED, Deadline, Decision, Record, StateKey, Taken, World
from shared.reading import Reader

NAME = "escalation"


class Catalogue(Protocol):
    """Where the releases come from; the newest few are kept, so that a batch decides on the one it began with."""

    @property
    def number(self) -> int: ...

    def release(self, number: int) -> Release | None: ...


def directory_of(release: Release) -> Directory:
    """A release as the decisions see it."""
    campaign = release.campaign
    times = Times(campaign.sign_days, campaign.plan_days, campaign.review_days)
    return Directory(release.authorities, release.obstacles, times, stem)


def demand_of(data: Any) -> UUID:
    """The demand that an event is about, whatever it is called there."""
    match data:
        case demands.Merged():
            return data.alias
        case EscalationDeadlinePassed():
            return data.subject
        case demands.Withdrawn() | referrals.ReferralData():
            return data.summary.demand
    demand: UUID = data.demand
    return demand


def matter_of(household: UUID, obstacle: str) -> UUID:
    """A matter's id: nothing but its household and its obstacle."""
    return caused_id(household, f"matter/{obstacle}")


class Escalation:
    """The service as the loop knows it."""

    name = NAME
    kinds: Mapping[str, type] = {"demand": DemandCases, "matters": HouseholdMatters}

    def __init__(self, catalogue: Catalogue, workdays: Workdays) -> None:
        self._catalogue, self._workdays = catalogue, workdays
        self._reader = Reader(NAME, HANDLED)
        self._directory: tuple[int, Directory] | None = None
        self._decisions: dict[type, Callable[[Taken, World], Decision]] = {
            **dict.fromkeys(CALLS_BACK, self._household_gone),
            **dict.fromkeys(CLAIMS, self._claimed),
            **dict.fromkeys((*KEEPS_REMEDIES, *ENDS_ALL), self._docking_moved),
            referrals.Obstructed: self._obstructed,
            demands.Withdrawn: self._demand_gone,
            demands.Merged: self._demand_gone,
            EscalationDeadlinePassed: self._time_passed,
        }

    @property
    def release(self) -> int:
        return self._catalogue.number

    def read(self, record: Record) -> Taken | None:
        return self._reader.read(record)

    def keys(self, taken: Taken) -> Sequence[StateKey]:
        household, data = UUID(taken.event.partitionkey), taken.event.data
        matters = StateKey(household, household, "matters")
        if type(data) in CALLS_BACK:
            return (matters,)
        return (StateKey(household, demand_of(data), "demand"), matters)

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        """Nothing but states is needed."""

    def decide(self, taken: Taken, world: World) -> Decision:
        return self._decisions[type(taken.event.data)](taken, world)

    def apply(self, decision: Decision, world: World) -> None:
        """The table of cases is never read by a decision."""

    async def save(self, connection: Connection, rows: Sequence[Any], world: World) -> None:
        await store.save(connection, rows)

    def seal(self, letter: bytes) -> bytes:
        """Nothing that comes here holds personal data in clear."""
        return letter

    def _household_gone(self, taken: Taken, world: World) -> Decision:
        """Its cases are called back one demand at a time, each by a deadline that is due now."""
        (key,) = self.keys(taken)
        matters: HouseholdMatters | None = world.get(key)
        kind = CALL_BACK + CALLS_BACK[type(taken.event.data)]
        if matters is None:
            return IGNORED
        return Decision(deadlines=[Deadline(key.household, each, kind, world.now) for each in matters.demands])

    def _demand_gone(self, taken: Taken, world: World) -> Decision:
        key, _ = self.keys(taken)
        before: DemandCases | None = world.get(key)
        if before is None:
            return IGNORED
        reason = "merged" if isinstance(taken.event.data, demands.Merged) else "demand_withdrawn"
        return decision(taken, world, before, called_back(before, (), reason, self._basis(before, world)))

    def _obstructed(self, taken: Taken, world: World) -> Decision:
        """Matching has found what stands in the way."""
        data, docking = taken.event.data, int(taken.event.sequence)
        key, matters_key = self.keys(taken)
        before: DemandCases | None = world.get(key)
        if docking < before.docking if before else not data.obstacles:
            return IGNORED
        demand = demand_as_of(data.summary, docking, before.cases if before else ())
        outcome = obstructed(
            demand,
            world.get(matters_key) or HouseholdMatters(key.household),
            data.obstacles,
            taken.event.time,
            lambda obstacle: caused_id(taken.id, obstacle),
            lambda obstacle: matter_of(key.household, obstacle),
            self._basis(demand, world),
        )
        return decision(taken, world, before, outcome)

    def _docking_moved(self, taken: Taken, world: World) -> Decision:
        """Matching has gone on: only what its remedies still name matters, or nothing does any more."""
        data, docking = taken.event.data, int(taken.event.sequence)
        key, _ = self.keys(taken)
        before: DemandCases | None = world.get(key)
        if before is None or docking < before.docking:
            return IGNORED
        demand = demand_as_of(data.summary, docking, before.cases)
        ends = ENDS_ALL.get(type(data))
        keep, reason = ((), ends(data)) if ends else (obstacles_of(data.summary), "no_longer_needed")
        return decision(taken, world, before, called_back(demand, keep, reason, self._basis(demand, world)))

    def _claimed(self, taken: Taken, world: World) -> Decision:
        said: Any = taken.event.data
        key, matters_key = self.keys(taken)
        before: DemandCases | None = world.get(key)
        if before is None:
            # The gate knows every case by its number: only a claim that never passed it can come here.
            return Decision(outcome="refused")
        speaker = claims.Speaker(
            said.role, frozenset(said.speaks_for), said.person, said.partner == before.submitter.partner
        )
        matters = world.get(matters_key) or HouseholdMatters(key.household)
        claim = CLAIMS[type(said)](said)
        outcome = claimed(before, matters, said.case, claim, speaker, self._basis(before, world))
        if isinstance(outcome, Refusal):
            return refusal(taken, world, before, outcome)
        return decision(taken, world, before, outcome, actor=taken.event.actor)

    def _time_passed(self, taken: Taken, world: World) -> Decision:
        key, matters_key = self.keys(taken)
        kind = taken.event.data.kind
        before: DemandCases | None = world.get(key)
        if before is None:
            return Decision()
        # Never judged before it was due, whatever the clocks of two processes say.
        basis = replace(self._basis(before, world), now=max(world.now, taken.event.data.due_at))
        if kind.startswith(CALL_BACK):
            return decision(taken, world, before, called_back(before, (), kind.removeprefix(CALL_BACK), basis))
        outcome = looked_at(before, world.get(matters_key) or HouseholdMatters(key.household), kind, basis)
        return decision(taken, world, before, outcome, again=kind)

    def _basis(self, demand: DemandCases, world: World) -> Basis:
        return Basis(
            world.now, self._directory_at(world.release), self._workdays, Place(demand.county, demand.industry)
        )

    def _directory_at(self, number: int) -> Directory:
        if self._directory is None or self._directory[0] != number:
            release = self._catalogue.release(number)
            if release is None:
                raise LookupError(f"release {number} of the catalogue is not at hand any more")
            self._directory = number, directory_of(release)
        return self._directory[1]
