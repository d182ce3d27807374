"""What some events need beyond the rest of their batch: the vault's word on files, shops and codes, and past visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hmac import compare_digest
from typing import Any, NamedTuple
from uuid import UUID

from services.intake import store
from services.intake.domain.demand import Household
from services.intake.domain.identity import PUBLIC, normal
from services.intake.handlers.codes import HOUSEHOLD, contact_to_confirm
from services.intake.handlers.ground import Ground
from services.intake.handlers.named import named_id
from services.intake.handlers.notices import FORTNIGHT
from services.intake.handlers.reading import Input
from services.intake.handlers.telling import household_key
from shared.contracts import door
from shared.contracts.ids import milliseconds_of
from shared.database import Connection
from shared.decision import World
from shared.vault import Vault, Wanted

PAPERS = frozenset({"evidence-attached", "evidence-read"})
NEED_THE_VAULT = frozenset({"visit-logged", "households-linked"}) | PAPERS
BY_NUMBER = frozenset({"visit-logged", "households-linked"})
"""What names a shop or a company by a number of the register, which ends at the gate."""
CODES = frozenset({"contact-code-asked", "contact-confirmed"})


class Said(NamedTuple):
    """One input of the batch, under the id of its record."""

    id: UUID
    event: Input


def is_to_confirm(event: Input) -> bool:
    """Whether a demand may have to be confirmed by its owner."""
    if event.demand is None or event.data is None:
        return False
    return event.data.assisted_by is not None or (event.speech is not None and event.speech.role == HOUSEHOLD)


def shop_wanted(said: door.VisitLogged | door.HouseholdsLinked, at: int) -> Wanted | None:
    """The household of a visit, by the numbers of the register alone: a telephone may be anybody's; or a company."""
    if isinstance(said, door.HouseholdsLinked):
        code = said.other_credit_code
        return Wanted([("credit_code", normal("credit_code", code))], at) if code else None
    if said.personal is None or said.household is not None:
        return None
    numbers: list[Any] = [(name, normal(name, value)) for name in PUBLIC if (value := getattr(said.personal, name))]
    return Wanted(numbers, at) if numbers else None


async def shops_and_files(connection: Connection, said: Sequence[Said], ground: Ground, vault: Vault) -> None:
    """Households that were visited, who else was there lately, and files that are named."""
    spoken = [one for one in said if one.event.data is not None]
    visits = [one for one in spoken if one.event.what == "visit-logged"]
    named = [one for one in spoken if one.event.what in BY_NUMBER]
    wanted = {one.id: found for one in named if (found := shop_wanted(one.event.data, milliseconds_of(one.id)))}
    ground.shops = dict(zip(wanted, await vault.find_or_create(list(wanted.values())), strict=True))
    visited = [
        *(ground.shops[one.id] for one in visits if one.id in ground.shops),
        *(one.event.data.household for one in visits if one.event.data.household),
    ]
    if visited:
        since = min(one.event.data.on for one in visits) - FORTNIGHT - timedelta(days=1)
        for visit in await store.visits(connection, visited, since):
            ground.visits.setdefault(visit.household, []).append(visit)
    files = [one.event.data.file for one in spoken if one.event.what in PAPERS and one.event.data.file]
    if files:
        ground.files = await vault.files(files)


async def codes(said: Sequence[Said], ground: Ground, world: World, vault: Vault) -> None:
    """New codes, sealed for the contacts that they go to; and whether one that came is the one that was sent."""
    asked: dict[UUID, UUID] = {}
    for one in said:
        offer = ground.offers.get(one.id)
        if offer is not None and offer.household is not None and contact_to_confirm(offer):
            asked[one.id] = offer.household
        elif one.event.what in CODES and one.event.data is not None:
            household = _household_of(one, ground)
            if household is None:
                continue
            if one.event.what == "contact-code-asked":
                asked[one.id] = household
            else:
                ground.confirmed[one.id] = _is_right(one.event.data, world.get(household_key(household)), vault)
    if asked:
        sealer = await vault.sealer(asked.values())
        ground.codes = {
            event: sealer.seal(household, {"code": vault.code(event)})["code"]
            for event, household in asked.items()
            if sealer.has(household)
        }


def _household_of(one: Said, ground: Ground) -> UUID | None:
    event = one.event
    own = event.speech.demand if event.speech else None
    demand = named_id(event.data, event.partner, own)
    place = ground.survivor(demand) if demand else None
    return place.household if place else None


def _is_right(said: door.ContactConfirmed, household: Household | None, vault: Vault) -> bool:
    if household is None or household.code_id is None:
        return False
    return compare_digest(vault.code(household.code_id), said.code)
