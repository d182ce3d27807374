"""One person, several shops, and shops that change hands: operator changed (变更经营者), households linked (个转企)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.intake.domain.changes import Changed, withdraw
from services.intake.domain.demand import Demand, Household
from services.intake.domain.moments import day_of
from services.intake.domain.problems import Problem, problem
from services.intake.domain.speaking import Speaker, may_touch
from services.intake.handlers.ground import demand_in, ground_of, household_in
from services.intake.handlers.households import about, no_expiry
from services.intake.handlers.named import NAMED, freed, named_demand, other_id
from services.intake.handlers.telling import (
    about_demand,
    about_household,
    demand_key,
    household_key,
    household_summary,
    refused,
    repeated,
    summary_of,
    verdict,
)
from services.intake.store import ShopReleased
from shared.contracts import demands, door, households
from shared.decision import Decision, Taken, World

OTHER = "/data/other_demand"
REASON = "operator-changed"


def change_operator(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Consent and open demands of the one before end; the shop's numbers lead to it no more.

    So the new one's first demand makes a household of its own, with a key of its own, and nothing flows between them.
    """
    said: door.OperatorChanged = taken.event.data
    demand = named_demand(said, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    household = household_in(world, demand.household)
    if household.erased:
        return refused(taken, [problem("erased", NAMED)], speaker, household.id)
    if said.on > day_of(world.now):
        return refused(taken, [problem("in-future", "/data/on")], speaker, household.id)
    after = replace(household, consent=None, pending=None, contact={}, contact_confirmed=False, code_id=None)
    data = households.OperatorChanged(summary=household_summary(after))
    decision = about(
        world, speaker, after, data, simulated=demand.simulated, deadlines=[no_expiry(after)], demand=demand
    )
    ended = [each for each in _of(world, after, demand) if each.state == "open"]
    withdrawn = [_withdrawn(each) for each in ended]
    told = [
        about_demand(world, each, demands.Withdrawn(summary=summary_of(each, after), reason=REASON), speaker)
        for each in withdrawn
    ]
    return decision._replace(
        emits=[*decision.emits, *told],
        states={**decision.states, **{demand_key(after.id, each.id): each for each in withdrawn}},
        rows=[*map(freed, ended), ShopReleased(after.id), *decision.rows],
    )


def _withdrawn(demand: Demand) -> Demand:
    answer = withdraw(demand)
    assert isinstance(answer, Changed)
    return answer.demand


def _of(world: World, household: Household, demand: Demand) -> list[Demand]:
    known = [world.get(demand_key(household.id, each)) for each in {*household.demands, demand.id}]
    return [each for each in known if each is not None]


def link(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Both households hear of the other; nothing that is known of one goes to the other."""
    said: door.HouseholdsLinked = taken.event.data
    demand = named_demand(said, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    other = _other(taken, said, world, speaker)
    if isinstance(other, Problem):
        return refused(taken, [other], speaker, demand.household)
    if other == demand.household:
        return refused(taken, [problem("same-household", OTHER)], speaker, demand.household)
    one, two = household_in(world, demand.household), household_in(world, other)
    if one.erased or two.erased:
        return refused(taken, [problem("erased", NAMED)], speaker, demand.household)
    if two.id in one.linked:
        return repeated(speaker, demand.id)
    pair = [replace(one, linked=(*one.linked, two.id))]
    if two.demands:
        # A company by its code alone is nobody here: there is nobody to tell, and nothing to keep of it.
        pair.append(replace(two, linked=(*two.linked, one.id)))
    emits = [
        about_household(
            world,
            each,
            households.Linked(summary=household_summary(each), other=each.linked[-1], relation=said.relation),
            speaker,
            demand.simulated,
        )
        for each in pair
    ]
    states = {household_key(each.id): each for each in pair}
    return Decision(emits=emits, states=states, rows=verdict(speaker, "accepted", demand.id))


def _other(taken: Taken, said: door.HouseholdsLinked, world: World, speaker: Speaker) -> UUID | Problem:
    """The household of the other demand, where this speaker may speak of it too; or a company's opaque id.

    Whoever speaks through a door of its own gives the code: an opaque id is believed of the gate alone.
    """
    company = said.other_household if taken.event.speech else ground_of(world).shops.get(taken.id)
    if company is not None:
        return company
    demand = demand_in(world, other_id(said, speaker.partner))
    if demand is None or not may_touch(speaker, demand, ground_of(world).parties.get(demand.id, ())):
        return problem("demand-unknown", OTHER)
    return demand.household
