"""What is said of a demand that is named: facts, other wishes, withdrawal, revival."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.intake.domain.changes import Changed, adjust, revive, supply, withdraw
from services.intake.domain.demand import Demand, place_of_purpose
from services.intake.domain.facts import RANK, Fact, assurance_of, stated
from services.intake.domain.moments import day_of
from services.intake.domain.problems import Problem, problem
from services.intake.domain.speaking import Speaker, may_touch
from services.intake.domain.terms import Terms
from services.intake.handlers.ground import demand_in, ground_of, household_in, rival_of
from services.intake.handlers.reading import what_of
from services.intake.handlers.submissions import moved
from services.intake.handlers.telling import (
    about_demand,
    demand_key,
    refused,
    repeated,
    summary_of,
    verdict,
)
from services.intake.store import Freed, Opened
from shared.contracts import demands, door, values
from shared.contracts.envelope import Data
from shared.contracts.ids import demand_id
from shared.decision import Decision, Taken, World

NAMED = "/data/demand"
NAMING = frozenset(what_of(data) for data in door.EVENTS if issubclass(data, door.DemandNamed))
"""What names a demand, by the last part of its type."""


def named_id(said: door.DemandNamed, partner: str, own: UUID | None) -> UUID | None:
    """Which demand is meant: by its id, by the sender's own number, or the household's own."""
    if said.demand is not None:
        return said.demand
    return demand_id(partner, said.demand_source_id) if said.demand_source_id is not None else own


def other_id(said: door.HouseholdsLinked, partner: str) -> UUID | None:
    """The second demand of a link, named in the same two ways."""
    if said.other_demand is not None:
        return said.other_demand
    return demand_id(partner, said.other_source_id) if said.other_source_id is not None else None


def named_demand(said: door.DemandNamed, world: World, speaker: Speaker) -> Demand | Problem:
    """The demand that is named, where this speaker may speak of it; to others there is none."""
    identifier = named_id(said, speaker.partner, speaker.demand)
    if identifier is None:
        return problem("demand-not-named", NAMED)
    demand = demand_in(world, identifier)
    if demand is None or not may_touch(speaker, demand, ground_of(world).parties.get(demand.id, ())):
        return problem("demand-unknown", NAMED)
    return demand


def supply_facts(taken: Taken, world: World, speaker: Speaker) -> Decision:
    said: door.FactsSupplied = taken.event.data
    demand = named_demand(said, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    facts = believed_facts(said.facts, speaker, ground_of(world).terms)
    return _changed(taken, world, speaker, demand, supply(demand, facts, "/data/facts"), demands.FactsSupplied)


def adjust_demand(taken: Taken, world: World, speaker: Speaker) -> Decision:
    said: door.DemandAdjusted = taken.event.data
    demand = named_demand(said, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    facts = stated(said.facts, speaker.role, speaker.partner, day_of(world.now), ground_of(world).terms)
    answer = adjust(demand, said.amount_yuan, said.term_months, facts)
    return _changed(taken, world, speaker, demand, answer, demands.Adjusted)


def _changed(
    taken: Taken,
    world: World,
    speaker: Speaker,
    before: Demand,
    answer: Changed | Problem,
    tell: type[demands.FactsSupplied] | type[demands.Adjusted],
) -> Decision:
    """A demand that has become another, told once; what was known already is not told again."""
    if isinstance(answer, Problem):
        return refused(taken, [answer], speaker, before.household)
    if not answer.names:
        return repeated(speaker, before.id)
    after = answer.demand
    rows = moved(before, after)
    if rows and rival_of(world, after.household, place_of_purpose(after.kind, after.purpose)) is not None:
        return refused(taken, [problem("purpose-taken", "/data")], speaker, before.household)
    data = tell(summary=summary_of(after, household_in(world, after.household)), changed=list(answer.names))
    return Decision(
        emits=[about_demand(world, after, data, speaker)],
        states={demand_key(after.household, after.id): after},
        rows=[*rows, *verdict(speaker, "accepted", after.id)],
    )


def believed_facts(said: Mapping[str, values.Fact], speaker: Speaker, terms: Terms) -> dict[str, Fact]:
    """Facts with the assurance that this speaker can give, at most what it claims; the source is who says it here."""
    believed = {}
    for name, fact in said.items():
        most = assurance_of(name, speaker.role, terms)
        claimed = fact.assurance if "assurance" in fact.model_fields_set else most
        surety = min(most, claimed, key=RANK.__getitem__)
        believed[name] = Fact(fact.value, speaker.partner, fact.as_of, surety)
    return believed


def withdraw_demand(taken: Taken, world: World, speaker: Speaker) -> Decision:
    said: door.DemandWithdrawn = taken.event.data
    before = named_demand(said, world, speaker)
    if isinstance(before, Problem):
        return refused(taken, [before], speaker)
    answer = withdraw(before)
    if isinstance(answer, Problem):
        return refused(taken, [answer], speaker, before.household)
    if not answer.names:
        return repeated(speaker, before.id)
    after = answer.demand
    data = demands.Withdrawn(summary=summary_of(after, household_in(world, after.household)), reason=said.reason)
    rows = [freed(before)] if before.state == "open" else []
    return Decision(
        emits=[about_demand(world, after, data, speaker)],
        states={demand_key(after.household, after.id): after},
        rows=[*rows, *verdict(speaker, "accepted", after.id)],
    )


def freed(demand: Demand) -> Freed:
    return Freed(demand.household, place_of_purpose(demand.kind, demand.purpose), demand.id)


def revive_demand(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """A tap: what is dormant goes on, what was withdrawn or has ended opens again."""
    before = named_demand(taken.event.data, world, speaker)
    if isinstance(before, Problem):
        return refused(taken, [before], speaker)
    purpose = place_of_purpose(before.kind, before.purpose)
    answer = revive(before, rival_of(world, before.household, purpose), NAMED)
    if isinstance(answer, Problem):
        return refused(taken, [answer], speaker, before.household)
    after = answer.demand
    summary = summary_of(after, household_in(world, after.household))
    reopened = bool(answer.names)
    data: Data = demands.Reopened(summary=summary) if reopened else demands.Revived(summary=summary)
    opened = [Opened(after.household, purpose, after.id)] if reopened else []
    return Decision(
        emits=[about_demand(world, after, data, speaker)],
        states={demand_key(after.household, after.id): after},
        rows=[*opened, *verdict(speaker, "accepted", after.id)],
    )
