"""The owner confirms what somebody else handed in for it: a code to the contact, read out or typed (验证码确认)."""

from __future__ import annotations

from dataclasses import replace

from services.intake.domain.problems import Problem, problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.codes import PAUSE, VALID, with_code
from services.intake.handlers.ground import ground_of, household_in
from services.intake.handlers.households import about
from services.intake.handlers.named import NAMED, named_demand
from services.intake.handlers.telling import household_key, household_summary, refused, repeated, verdict
from shared.contracts import households
from shared.decision import Decision, Taken, World

MOST_TRIES = 5


def ask_code(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """A new code, at most one a minute; the one before ends."""
    demand = named_demand(taken.event.data, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    household = household_in(world, demand.household)
    if household.contact_confirmed:
        return repeated(speaker, demand.id)
    if household.code_until is not None and household.code_until - VALID + PAUSE > world.now:
        return refused(taken, [problem("code-just-sent", NAMED)], speaker, household.id)
    after, emits = with_code(taken.id, world, household, speaker, demand.simulated)
    if not emits:
        return refused(taken, [problem("contact-unknown", NAMED)], speaker, household.id)
    states = {household_key(after.id): after}
    return Decision(emits=emits, states=states, rows=verdict(speaker, "accepted", demand.id))


def confirm(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """The right code within its time; each wrong one counts."""
    demand = named_demand(taken.event.data, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    household = household_in(world, demand.household)
    if household.contact_confirmed:
        return repeated(speaker, demand.id)
    awaited = household.code_until is not None and world.now <= household.code_until
    if not awaited or household.code_tries >= MOST_TRIES or not ground_of(world).confirmed.get(taken.id):
        tried = replace(household, code_tries=household.code_tries + 1)
        wrong = refused(taken, [problem("code-wrong", "/data/code")], speaker, household.id)
        return wrong._replace(states={household_key(tried.id): tried} if awaited else {})
    after = replace(household, contact_confirmed=True, contact={}, code_id=None, code_until=None)
    data = households.ContactConfirmed(summary=household_summary(after))
    return about(world, speaker, after, data, simulated=demand.simulated, demand=demand)
