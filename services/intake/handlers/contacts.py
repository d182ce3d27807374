"""The owner confirms what somebody else handed in for it: a code to the contact, read out or typed (验证码确认)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from services.intake.domain.codes import MOST_TRIES, PAUSE, VALID
from services.intake.domain.consent import newer
from services.intake.domain.problems import Problem, problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.codes import with_code
from services.intake.handlers.ground import ground_of, household_in
from services.intake.handlers.households import about
from services.intake.handlers.named import NAMED, named_demand
from services.intake.handlers.submissions import expiry
from services.intake.handlers.telling import household_key, household_summary, refused, repeated, verdict
from shared.contracts import door, households
from shared.contracts.topics import HOUSEHOLDS
from shared.decision import Decision, Emit, Taken, World


def ask_code(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """A new code, at most one a minute; the one before ends."""
    said: door.ContactCodeAsked = taken.event.data
    if taken.event.speech is not None and said.household is not None and said.sealed is not None:
        return _for_a_telephone(said.household, said.sealed, speaker)
    demand = named_demand(taken.event.data, world, speaker)
    if isinstance(demand, Problem):
        return refused(taken, [demand], speaker)
    household = household_in(world, demand.household)
    if household.contact_confirmed:
        return repeated(speaker, demand.id)
    if household.code_until is not None and household.code_until - (VALID - PAUSE) * ground_of(world).pace > world.now:
        return refused(taken, [problem("code-just-sent", NAMED)], speaker, household.id)
    after, emits = with_code(taken.id, world, household, speaker, demand.simulated)
    if not emits:
        return refused(taken, [problem("contact-unknown", NAMED)], speaker, household.id)
    states = {household_key(after.id): after}
    return Decision(emits=emits, states=states, rows=verdict(speaker, "accepted", demand.id))


def _for_a_telephone(household: UUID, sealed: Mapping[str, str], speaker: Speaker) -> Decision:
    """The gate's HTTP has made this code, and will itself look whether it comes back: nothing is kept of it here."""
    data = households.ContactCodeRequested(household=household, sealed=dict(sealed))
    emit = Emit(HOUSEHOLDS, data, household, household, 0, speaker.actor, speaker.simulated)
    return Decision(emits=[emit], rows=verdict(speaker, "passed_on"))


def confirm(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """The right code within its time; each wrong one counts. What was brought for the owner holds from here on."""
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
    consent = newer(household.consent, household.pending) if household.pending else household.consent
    after = replace(
        household, contact_confirmed=True, contact={}, code_id=None, code_until=None, consent=consent, pending=None
    )
    data = households.ContactConfirmed(summary=household_summary(after))
    return about(world, speaker, after, data, simulated=demand.simulated, deadlines=expiry(after), demand=demand)
