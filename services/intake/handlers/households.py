"""What holds over all demands of a household: consent given and taken back, and erasure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
from shared.decision import ClearDeadline, Decision, Taken, World


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
    return _household(world, speaker, demand, after, data, deadlines=expiry(after))


def revoke_consent(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Everything outward stops at once."""
    said: door.ConsentRevoked = taken.event.data
    demand = named_demand(said, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    household = household_in(world, demand.household)
    if household.consent is None:
        return repeated(speaker, demand.id)
    after = replace(household, consent=None)
    data = households.ConsentRevoked(summary=household_summary(after), reason=said.reason)
    return _household(world, speaker, demand, after, data, deadlines=[_no_expiry(after)])


def erase_household(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Key, identities, sentences and facts go; what stays is that there was a demand, under ids that lead nowhere."""
    demand = named_demand(taken.event.data, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    household = household_in(world, demand.household)
    if household.erased:
        return repeated(speaker, demand.id)
    after = replace(household, consent=None, erased=True)
    data = households.Erased(summary=household_summary(after))
    decision = _household(world, speaker, demand, after, data, deadlines=[_no_expiry(after)])
    known = [world.get(demand_key(after.id, each)) for each in {*after.demands, demand.id}]
    gone = [each for each in known if each is not None]
    states = {demand_key(after.id, each.id): erased(each) for each in gone}
    ended = [freed(each) for each in gone if each.state == "open"]
    return decision._replace(states={**decision.states, **states}, rows=[*ended, Erase(after.id), *decision.rows])


def _no_expiry(household: Household) -> ClearDeadline:
    return ClearDeadline(household.id, household.id, CONSENT_EXPIRES)


def _household(
    world: World, speaker: Speaker, demand: Demand, after: Household, data: Data, *, deadlines: Any
) -> Decision:
    return Decision(
        emits=[about_household(world, after, data, speaker, demand.simulated)],
        states={household_key(after.id): after},
        deadlines=deadlines,
        rows=verdict(speaker, "accepted", demand.id),
    )
