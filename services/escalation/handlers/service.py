"""Escalation as the loop knows it: each event to its decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.escalation import store
from services.escalation.domain import claims
from services.escalation.domain.clocks import Workdays
from services.escalation.domain.county import County
from services.escalation.domain.demand import (
    DemandCases,
    Outcome,
    answered,
    called_back,
    claimed,
    decided_on,
    informed,
    looked_at,
    obstructed,
)
from services.escalation.domain.matter import HouseholdMatters
from services.escalation.domain.refusals import Refusal
from services.escalation.handlers import counties
from services.escalation.handlers.counties import RULING, Ground, key_of
from services.escalation.handlers.grounds import Catalogue, Grounds
from services.escalation.handlers.table import (
    CALL_BACK,
    CALLS_BACK,
    CLAIMS,
    CONSULTS,
    ENDS_ALL,
    HANDLED,
    KEEPS_REMEDIES,
    facts_of,
)
from services.escalation.handlers.telling import decision, demand_as_of, obstacles_of, refusal
from shared.contracts import actions, demands, referrals
from shared.contracts.clock import EscalationDeadlinePassed
from shared.contracts.ids import caused_id
from shared.database import Connection
from shared.decision import IGNORED, Deadline, Decision, Record, StateKey, Taken, World
from shared.reading import Reader

NAME = "escalation"


def demand_of(data: Any) -> UUID:
    """The demand that an event is about, whatever it is called there."""
    match data:
        case demands.Merged():
            return data.alias
        case EscalationDeadlinePassed():
            return data.subject
        case demands.DemandData() | referrals.ReferralData():
            return data.summary.demand
    demand: UUID = data.demand
    return demand


def matter_of(household: UUID, obstacle: str) -> UUID:
    """A matter's id: nothing but its household and its obstacle."""
    return caused_id(household, f"matter/{obstacle}")


def is_of_county(taken: Taken) -> bool:
    """Whether a deadline is a county's own: its subject is its key."""
    data = taken.event.data
    return type(data) is EscalationDeadlinePassed and str(data.subject) == taken.event.partitionkey


class Escalation:
    """The service as the loop knows it."""

    name = NAME
    kinds: Mapping[str, type] = {"demand": DemandCases, "matters": HouseholdMatters, "county": County}

    def __init__(self, catalogue: Catalogue, workdays: Workdays) -> None:
        self._catalogue, self._grounds = catalogue, Grounds(catalogue, workdays)
        self._reader = Reader(NAME, HANDLED)
        self._decisions: dict[type, Callable[[Taken, World], Decision]] = {
            **dict.fromkeys(CALLS_BACK, self._household_gone),
            **dict.fromkeys(CLAIMS, self._claimed),
            **dict.fromkeys((*KEEPS_REMEDIES, *ENDS_ALL), self._docking_moved),
            referrals.Obstructed: self._obstructed,
            demands.Withdrawn: self._demand_gone,
            demands.Merged: self._demand_gone,
            demands.FactsSupplied: self._informed,
            demands.EvidenceAttached: self._informed,
            referrals.Disbursed: self._money_came,
            **dict.fromkeys(CONSULTS, self._consulted),
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
        if is_of_county(taken):
            return (StateKey(household, household, "county"),)
        own = (StateKey(household, demand_of(data), "demand"), matters)
        if type(data) is referrals.Obstructed:
            return (*own, key_of(data.summary.county))
        return (*own, StateKey(household, household, "county")) if type(data) in CONSULTS else own

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        """What the counties of the batch look like, where one of them is to decide, and what has been decided."""
        ground = world.extra = Ground()
        county_keys = {key for each in taken for key in self.keys(each)[-1:] if key.kind == "county"}
        wanted = [each for each in taken if is_of_county(each) or type(each.event.data) in CONSULTS]
        if wanted:
            known = sorted({state.county for key in county_keys if (state := world.get(key))})
            ground.listed = await store.listed(connection, known)
            if any(getattr(each.event.data, "kind", None) == counties.DAY for each in wanted):
                ground.groups = await store.groups(connection, known)
        if places := set(self._ruled(taken, world)):
            ground.rulings = await store.rulings(connection, places)

    def _ruled(self, taken: Sequence[Taken], world: World) -> Iterator[store.Place]:
        for each in taken:
            data = each.event.data
            if type(data) is EscalationDeadlinePassed and data.kind.startswith(RULING):
                demand: DemandCases | None = world.get(self.keys(each)[0])
                if demand is not None:
                    yield demand.county, data.kind.removeprefix(RULING)

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
        return decision(taken, world, before, called_back(before, (), reason, self._grounds.basis(before, world)))

    def _obstructed(self, taken: Taken, world: World) -> Decision:
        """Matching has found what stands in the way."""
        data, docking = taken.event.data, int(taken.event.sequence)
        key, matters_key, _ = self.keys(taken)
        before: DemandCases | None = world.get(key)
        if docking < before.docking if before else not data.obstacles:
            return IGNORED
        rounds = self._grounds.directory(world.release).times.rounds
        demand = demand_as_of(data.summary, docking, before, rounds)
        demand = replace(demand, authorities=data.authorities)
        outcome = obstructed(
            demand,
            world.get(matters_key) or HouseholdMatters(key.household),
            data.obstacles,
            taken.event.time,
            lambda obstacle: caused_id(taken.id, obstacle),
            lambda obstacle: matter_of(key.household, obstacle),
            self._grounds.basis(demand, world),
        )
        made = decision(taken, world, before, outcome)
        return made._replace(deadlines=[*made.deadlines, *counties.begin(demand.county, world)])

    def _docking_moved(self, taken: Taken, world: World) -> Decision:
        """Matching has gone on: only what its remedies still name matters, or nothing does any more."""
        data, docking = taken.event.data, int(taken.event.sequence)
        key, _ = self.keys(taken)
        before: DemandCases | None = world.get(key)
        if before is None or docking < before.docking:
            return IGNORED
        demand = demand_as_of(data.summary, docking, before, self._grounds.directory(world.release).times.rounds)
        ends = ENDS_ALL.get(type(data))
        keep, reason = ((), ends(data)) if ends else (obstacles_of(data.summary), "no_longer_needed")
        return decision(taken, world, before, called_back(demand, keep, reason, self._grounds.basis(demand, world)))

    def _claimed(self, taken: Taken, world: World) -> Decision:
        said: Any = taken.event.data
        key, matters_key, *_ = self.keys(taken)
        before: DemandCases | None = world.get(key)
        if before is None:
            # The gate knows every case by its number: only a claim that never passed it can come here.
            return Decision(outcome="refused")
        speaker = claims.Speaker(
            said.role, frozenset(said.speaks_for), said.person, said.partner == before.submitter.partner
        )
        matters = world.get(matters_key) or HouseholdMatters(key.household)
        claim = CLAIMS[type(said)](said)
        outcome = claimed(before, matters, said.case, claim, speaker, self._grounds.basis(before, world))
        if isinstance(outcome, Refusal):
            return refusal(taken, world, before, outcome)
        return decision(taken, world, before, outcome, actor=taken.event.actor)

    def _time_passed(self, taken: Taken, world: World) -> Decision:
        if is_of_county(taken):
            return counties.time_passed(taken, world, lambda code: self._grounds.basis_at(code, None, world))
        key, matters_key = self.keys(taken)
        kind = taken.event.data.kind
        before: DemandCases | None = world.get(key)
        if before is None:
            return Decision()
        # Never judged before it was due, whatever the clocks of two processes say.
        basis = replace(self._grounds.basis(before, world), now=max(world.now, taken.event.data.due_at))
        if kind.startswith(CALL_BACK):
            return decision(taken, world, before, called_back(before, (), kind.removeprefix(CALL_BACK), basis))
        matters = world.get(matters_key) or HouseholdMatters(key.household)
        if kind.startswith(RULING):
            obstacle = kind.removeprefix(RULING)
            ruling = world.extra.rulings.get((before.county, obstacle))
            if ruling is None:
                return Decision()
            return decision(taken, world, before, decided_on(before, matters, obstacle, ruling.decision, basis))
        return decision(taken, world, before, looked_at(before, matters, kind, basis), again=kind)

    def _informed(self, taken: Taken, world: World) -> Decision:
        """Facts or a paper came in at the gate."""
        key, matters_key = self.keys(taken)
        data, before = taken.event.data, world.get(key)
        if before is None or before.label == "settled":
            return IGNORED
        basis = self._grounds.basis(before, world)
        if isinstance(data, demands.EvidenceAttached):
            return decision(taken, world, before, answered(before, basis))
        if data.cleared_by is not None:
            return IGNORED
        facts = facts_of({name: data.summary.facts[name] for name in data.changed if name in data.summary.facts})
        matters = world.get(matters_key) or HouseholdMatters(key.household)
        return decision(taken, world, before, informed(before, matters, facts, basis))

    def _money_came(self, taken: Taken, world: World) -> Decision:
        """What an obstacle's removal has released is counted where it was removed."""
        key, _ = self.keys(taken)
        before: DemandCases | None = world.get(key)
        if before is None:
            return IGNORED
        after = replace(before, released_yuan=max(before.released_yuan, taken.event.data.summary.disbursed_yuan))
        return decision(taken, world, before, Outcome(after))

    def _consulted(self, taken: Taken, world: World) -> Decision:
        """A county's team speaks: of one case, or of its session as a whole."""
        *_, county_key = self.keys(taken)
        known: County | None = world.get(county_key)
        if known is not None:
            said: Any = taken.event.data
            speaker = claims.Speaker(said.role, frozenset(said.speaks_for), said.person)
            return counties.claimed(taken, known, world, speaker, self._grounds.basis_at(known.county, None, world))
        if type(taken.event.data) is actions.ConsultationDecides:
            return self._claimed(taken, world)
        return Decision(outcome="refused")
