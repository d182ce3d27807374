"""Demands that are handed in: accepted, repeated, merged, corrected or rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.intake.domain.consent import Consent, newer
from services.intake.domain.demand import Demand, Household, place_of_purpose
from services.intake.domain.duplicates import Accepted, Corrected, Merged, Refused, Repeated, judge, moves
from services.intake.domain.moments import end_of
from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.codes import contact_to_confirm, with_code
from services.intake.handlers.ground import ground_of, household_in, rival_of
from services.intake.handlers.offers import Offer, consent_of, demand_of
from services.intake.handlers.reading import Input
from services.intake.handlers.telling import (
    about_demand,
    demand_key,
    household_key,
    refused,
    summary_of,
    verdict,
    wire_problems,
    wire_submitter,
)
from services.intake.store import Freed, Opened, Submission
from shared.contracts import demands
from shared.decision import Deadline, Decision, Emit, Taken, World

CONSENT_EXPIRES = "consent-expires"


def submit(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """What becomes of one submission."""
    event: Input = taken.event
    ground = ground_of(world)
    offer = ground.offers[taken.id]
    place = ground.places.get(event.demand) if event.demand else None
    if offer.problems:
        return refused(taken, offer.problems, speaker, place.household if place else None)
    demand = demand_of(event, offer, ground.terms, world.now)
    household = place.household if place else demand.household
    earlier: Demand | None = world.get(demand_key(household, demand.id)) if place else None
    judged = judge(demand, earlier, rival_of(world, household, place_of_purpose(demand.kind, demand.purpose)))
    if isinstance(judged, Corrected | Merged) and demand.household != household:
        # A later version that leads to somebody else: it was sealed for another household, and is another demand.
        judged = Refused("contradicts-earlier")
    match judged:
        case Accepted():
            return _accept(taken.id, world, offer, judged.demand)
        case Repeated():
            return _repeat(world, offer, judged.demand)
        case Merged():
            return _merge(world, offer, judged, earlier)
        case Corrected():
            assert earlier is not None
            return _correct(world, offer, judged, earlier)
        case Refused():
            return refused(taken, [problem(judged.code, "/data")], speaker, household)


def _accept(cause: UUID, world: World, offer: Offer, demand: Demand) -> Decision:
    household, codes = _to_confirm(cause, world, offer, demand, household_in(world, demand.household))
    household = with_consent(world, offer, household, demand.id)
    data = demands.Accepted(
        summary=summary_of(demand, household),
        sealed=dict(offer.sealed or {}),
        warnings=wire_problems(offer.checked.warnings),
    )
    rows = [
        Submission(demand.id, demand.household, None),
        Opened(demand.household, place_of_purpose(demand.kind, demand.purpose), demand.id),
        *verdict(offer.speaker, "accepted", demand.id),
    ]
    return Decision(
        emits=[about_demand(world, demand, data, offer.speaker), *codes],
        states={household_key(household.id): household, demand_key(household.id, demand.id): demand},
        deadlines=expiry(household),
        rows=rows,
    )


def _to_confirm(
    cause: UUID, world: World, offer: Offer, demand: Demand, household: Household
) -> tuple[Household, list[Emit]]:
    """Where somebody assisted, or nobody knows who typed it, the owner is asked to confirm (本人确认)."""
    contact = contact_to_confirm(offer)
    if not contact or household.contact_confirmed:
        return household, []
    waiting = replace(household, contact=dict(contact))
    return with_code(cause, world, waiting, offer.speaker, demand.simulated)


def _repeat(world: World, offer: Offer, demand: Demand) -> Decision:
    """The state stays, so its revision stays: the event repeats what is known."""
    data = demands.Repeated(summary=summary_of(demand, household_in(world, demand.household)))
    emit = about_demand(world, demand, data, offer.speaker)
    emit = emit._replace(revision=emit.revision - 1)
    return Decision(emits=[emit], outcome="repeated", rows=verdict(offer.speaker, "repeated", demand.id))


def _merge(world: World, offer: Offer, judged: Merged, earlier: Demand | None) -> Decision:
    """The survivor speaks from now on; the alias is kept, so that its own copies are known again."""
    survivor, alias = judged.survivor, judged.alias
    household = with_consent(world, offer, household_in(world, survivor.household))
    by = alias.submitter
    data = demands.Merged(
        summary=summary_of(survivor, household),
        alias=alias.id,
        submitter=wire_submitter(by.partner, by.source_id, by.channel, by.assisted_by),
    )
    rows: list[Any] = [Submission(alias.id, alias.household, survivor.id, new=earlier is None)]
    if earlier is not None and earlier.state == "open":
        rows.append(Freed(earlier.household, place_of_purpose(earlier.kind, earlier.purpose), earlier.id))
    return Decision(
        emits=[about_demand(world, survivor, data, offer.speaker)],
        states={
            household_key(household.id): household,
            demand_key(household.id, survivor.id): survivor,
            demand_key(household.id, alias.id): alias,
        },
        deadlines=expiry(household),
        rows=[*rows, *verdict(offer.speaker, "accepted", alias.id)],
    )


def _correct(world: World, offer: Offer, judged: Corrected, earlier: Demand) -> Decision:
    demand = judged.demand
    household = with_consent(world, offer, household_in(world, demand.household))
    data = demands.Corrected(
        summary=summary_of(demand, household), changed=list(judged.changed), sealed=dict(offer.sealed or {})
    )
    return Decision(
        emits=[about_demand(world, demand, data, offer.speaker)],
        states={household_key(household.id): household, demand_key(household.id, demand.id): demand},
        deadlines=expiry(household),
        rows=[*moved(earlier, demand), *verdict(offer.speaker, "accepted", demand.id)],
    )


def moved(before: Demand, after: Demand) -> list[Any]:
    """The rows of a purpose that changed."""
    if not moves(before, after):
        return []
    return [
        Freed(before.household, place_of_purpose(before.kind, before.purpose), before.id),
        Opened(after.household, place_of_purpose(after.kind, after.purpose), after.id),
    ]


def with_consent(world: World, offer: Offer, household: Household, *more: UUID) -> Household:
    """The household with `more` demands and the consent that came with a submission, if it is the newer one.

    One that the owner has not confirmed waits for the owner's code; where none was sent, it is not taken.
    """
    terms = ground_of(world).terms
    said: Consent = consent_of(offer, terms, world.now)
    after = replace(household, bank_limit=terms.consents[said.version].bank_limit, demands=(*household.demands, *more))
    if household.contact_confirmed or not contact_to_confirm(offer):
        return replace(after, consent=newer(household.consent, said))
    return replace(after, pending=newer(household.pending, said)) if household.contact else after


def expiry(household: Household) -> Sequence[Deadline]:
    """When the household's consent ends."""
    if household.consent is None:
        return ()
    return (Deadline(household.id, household.id, CONSENT_EXPIRES, end_of(household.consent.expires_on)),)
