"""What holds over all demands of a household: consent given and taken back, and erasure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.intake.domain.changes import erased
from services.intake.domain.consent import accepted, new_banks, newer, widened
from services.intake.domain.demand import Demand, Household
from services.intake.domain.problems import Problem, problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.ground import ground_of, household_in
from services.intake.handlers.named import NAMED, freed, named_demand
from services.intake.handlers.offers import reference_of
from services.intake.handlers.submissions import CONSENT_EXPIRES, expiry
from services.intake.handlers.telling import (
    about_household,
    demand_key,
    household_key,
    household_summary,
    refused,
    repeated,
    verdict,
)
from services.intake.store import Erase
from shared.contracts import door, households
from shared.contracts.envelope import Data
from shared.decision import ClearDeadline, Deadline, Decision, Taken, World


def give_consent(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """A consent, or one bank more by a tap."""
    said: door.ConsentGiven = taken.event.data
    terms, demand = ground_of(world).terms, named_demand(said, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    household = household_in(world, demand.household)
    if household.erased:
        return refused(taken, [problem("erased", NAMED)], speaker, household.id)
    consent = newer(household.consent, accepted(reference_of(said.consent), terms, world.now))
    consent = widened(consent, new_banks(consent, said.banks, terms))
    if consent == household.consent:
        return repeated(speaker, demand.id)
    text = terms.consents.get(consent.version)
    after = replace(household, consent=consent, bank_limit=text.bank_limit if text else household.bank_limit)
    data = households.ConsentGiven(summary=household_summary(after), banks=list(said.banks))
    return about(world, speaker, after, data, simulated=demand.simulated, deadlines=expiry(after), demand=demand)


def revoke_consent(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Everything outward stops at once."""
    said: door.ConsentRevoked = taken.event.data
    demand = named_demand(said, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    household = household_in(world, demand.household)
    if household.consent is None and household.pending is None:
        return repeated(speaker, demand.id)
    after = replace(household, consent=None, pending=None)
    data = households.ConsentRevoked(summary=household_summary(after), reason=said.reason)
    simulated, deadlines = demand.simulated, [no_expiry(after)]
    return about(world, speaker, after, data, simulated=simulated, deadlines=deadlines, demand=demand)


def erase_household(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Key, identities, sentences and facts go; what stays is that there was a demand, under ids that lead nowhere."""
    said: door.EraseAsked = taken.event.data
    if said.household is not None and speaker.role == "campaign_office":
        household, demand = household_in(world, said.household), None
    else:
        named = named_demand(said, world, speaker)
        if isinstance(named, Problem):
            return refused(taken, [named], speaker)
        household, demand = household_in(world, named.household), named
    own = (demand.id,) if demand else ()
    if household.erased:
        return repeated(speaker, *own)
    after = replace(household, consent=None, pending=None, erased=True, contact={}, code_id=None)
    data = households.Erased(summary=household_summary(after))
    known = [world.get(demand_key(after.id, each)) for each in {*after.demands, *own}]
    gone = [each for each in known if each is not None]
    simulated = any(each.simulated for each in gone)
    decision = about(world, speaker, after, data, simulated=simulated, deadlines=[no_expiry(after)], demand=demand)
    states = {demand_key(after.id, each.id): erased(each) for each in gone}
    ended = [freed(each) for each in gone if each.state == "open"]
    return decision._replace(states={**decision.states, **states}, rows=[*ended, Erase(after.id), *decision.rows])


def no_expiry(household: Household) -> ClearDeadline:
    return ClearDeadline(household.id, household.id, CONSENT_EXPIRES)


def about(
    world: World,
    speaker: Speaker,
    after: Household,
    data: Data,
    *,
    simulated: bool,
    deadlines: Sequence[Deadline | ClearDeadline] = (),
    demand: Demand | None = None,
) -> Decision:
    """One event about a household that is another now."""
    return Decision(
        emits=[about_household(world, after, data, speaker, simulated)],
        states={household_key(after.id): after},
        deadlines=deadlines,
        rows=verdict(speaker, "accepted", demand.id if demand else None),
    )
