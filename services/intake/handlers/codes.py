"""The code that goes to the contact of a demand which its owner is to confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from services.intake.domain.codes import VALID
from services.intake.domain.demand import Household
from services.intake.domain.speaking import Speaker
from services.intake.handlers.ground import ground_of
from services.intake.handlers.offers import Offer
from shared.contracts import households
from shared.contracts.topics import HOUSEHOLDS
from shared.decision import Emit, World

CONTACTS = ("phone", "email")
HOUSEHOLD = "household"
"""The role of who fills in the form itself."""


def contact_to_confirm(offer: Offer) -> Mapping[str, str]:
    """The sealed contact of a demand that somebody assisted with, or that came by the public form, where anybody may
    type any telephone; empty where there is nothing to confirm."""
    assisted = offer.checked.content.assisted_by is not None
    if not (assisted or offer.speaker.role == HOUSEHOLD) or offer.sealed is None:
        return {}
    return {name: offer.sealed[name] for name in CONTACTS if name in offer.sealed}


def with_code(
    taken: UUID, world: World, household: Household, speaker: Speaker, simulated: bool
) -> tuple[Household, list[Emit]]:
    """The household that waits for its code, and the event that brings the code to the contact."""
    sealed = ground_of(world).codes.get(taken)
    if sealed is None or not household.contact or household.contact_confirmed:
        return household, []
    after = replace(household, code_id=taken, code_until=world.now + VALID * ground_of(world).pace, code_tries=0)
    data = households.ContactCodeRequested(household=household.id, sealed={**household.contact, "code": sealed})
    return after, [Emit(HOUSEHOLDS, data, household.id, household.id, 0, speaker.actor, simulated)]
