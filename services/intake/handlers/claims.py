"""Claims: what a bank, an authority or a household says it did. The gate finds the demand, its owner answers."""

from __future__ import annotations

from uuid import UUID

from services.intake.domain.problems import Problem, problem
from services.intake.domain.speaking import Speaker, may_touch
from services.intake.handlers.building import build_claim, reference_of_claim
from services.intake.handlers.ground import demand_in, ground_of
from services.intake.handlers.named import believed_facts, named_demand
from services.intake.handlers.telling import refused, verdict, wire_facts
from services.intake.store import Held, Link
from shared.contracts import actions, door
from shared.contracts.topics import ACTIONS, GATE
from shared.decision import Deadline, Decision, Emit, Taken, World

HELD = "held-claim"


def claim_made(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Passed on to whose it is; held where its referral or case has not been heard of yet."""
    said: door.ClaimMade = taken.event.data
    reference = reference_of_claim(said)
    if reference is None:
        demand = named_demand(door.DemandNamed(demand=said.demand), world, speaker)
        if isinstance(demand, Problem):
            return refused(taken, [demand], speaker)
        return _pass_on(taken, world, speaker, said, demand.id, demand.household)
    link = ground_of(world).links.get(reference)
    return _hold(taken, world, reference) if link is None else about_link(taken, world, speaker, said, link)


def _hold(taken: Taken, world: World, reference: UUID) -> Decision:
    """It may have overtaken the event that tells intake of its referral: the answer waits a little."""
    came_by = GATE if taken.event.speech is not None else taken.event.partner
    held = Held(taken.id, reference, came_by, taken.record.value or b"")
    due = Deadline(reference, taken.id, HELD, world.now + ground_of(world).patience)
    return Decision(rows=[held], deadlines=[due])


def about_link(taken: Taken, world: World, speaker: Speaker, said: door.ClaimMade, link: Link) -> Decision:
    """The claim about a known referral or case, if the speaker may speak of its demand.

    Whether a bank or an authority has it before it, the owning context sees for itself.
    """
    if said.demand is not None and said.demand != link.demand:
        return refused(taken, [problem("reference-differs", "/data/demand")], speaker)
    # A county's session and its items stand for themselves, and are no demand.
    if speaker.role not in ("bank", "authority") and link.demand != link.id:
        demand = demand_in(world, link.demand)
        if demand is None or not may_touch(speaker, demand, ()):
            return refused(taken, [problem("reference-unknown", "/data")], speaker)
    return _pass_on(taken, world, speaker, said, link.demand, link.household)


def _pass_on(
    taken: Taken, world: World, speaker: Speaker, said: door.ClaimMade, demand: UUID, household: UUID
) -> Decision:
    claim = build_claim(said, speaker, demand)
    if not isinstance(claim, actions.Claim):
        return refused(taken, claim, speaker)
    if isinstance(claim, actions.AuthorityResolves):
        facts = believed_facts(claim.facts, speaker, ground_of(world).terms)
        claim = type(claim).model_validate({**claim.model_dump(exclude={"facts"}), "facts": wire_facts(facts)})
    simulated = taken.event.simulated or speaker.simulated
    emit = Emit(ACTIONS, claim, household, demand, 0, speaker.actor, simulated)
    return Decision(emits=[emit], rows=verdict(speaker, "passed_on", demand))
