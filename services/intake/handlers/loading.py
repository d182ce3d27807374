"""All that a batch needs to know, each table in one query; the vault finds households and seals in one step before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.intake import store
from services.intake.domain.demand import Household
from services.intake.domain.speaking import CLAIM, may_say, through_door
from services.intake.handlers import lookups
from services.intake.handlers.building import reference_of_claim
from services.intake.handlers.following import Followed, links_of
from services.intake.handlers.ground import Ground, ground_of, speaker_of
from services.intake.handlers.lookups import Said
from services.intake.handlers.named import NAMING, named_id, other_id
from services.intake.handlers.offers import Offer, offer_of, wanted_of, with_household
from services.intake.handlers.partners import partner_of_body
from services.intake.handlers.reading import Input, read_door
from services.intake.handlers.sayings import saying_id
from services.intake.handlers.telling import demand_key, household_key
from services.intake.store import Held
from shared.contracts.clock import IntakeDeadlinePassed
from shared.database import Connection
from shared.decision import StateKey, Taken, World
from shared.states import States
from shared.telemetry import logger
from shared.vault import Vault

ENDING = frozenset({"erase-asked", "operator-changed"})
"""What concerns every demand of a household."""


class Loader:
    """Fills the world of one batch; holds nothing of it itself, because doors and inner topics load at once."""

    def __init__(self, vault: Vault, states: States) -> None:
        self._vault, self._states = vault, states

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        ground = ground_of(world)
        said = [Said(one.id, one.event) for one in taken if isinstance(one.event, Input)]
        said += await _held(connection, taken, ground)
        if not said:
            return
        await _partners(connection, said, ground)
        await _references(connection, said, ground)
        spoken = {found for one in said for found in _demands_of(one.event, ground)}
        await _places(connection, spoken, ground)
        ground.speakers = {one.id: speaker_of(one.event, ground) for one in said}
        await self._offers(said, ground, world)
        whats = {one.event.what for one in said}
        if whats & lookups.NEED_THE_VAULT:
            await lookups.shops_and_files(connection, said, ground, self._vault)
        await self._states_of(connection, said, spoken, ground, world)
        if whats & lookups.CODES or any(lookups.is_to_confirm(one.event) for one in said):
            await lookups.codes(said, ground, world, self._vault)

    async def _offers(self, said: Sequence[Said], ground: Ground, world: World) -> None:
        """Check what is handed in; find or make its households and seal its identity, for all of the batch at once."""
        sound: list[tuple[Said, Offer]] = []
        for one in said:
            event, speaker = one.event, ground.speakers[one.id]
            if event.demand is None or event.data is None or speaker is None or may_say(speaker.role, event.what, ""):
                continue
            try:
                offer = ground.offers[one.id] = offer_of(event, speaker, ground.terms, world.now)
            except Exception as error:
                # Without its offer this one event can not be decided and becomes a dead letter; the batch goes on.
                logger.error("not_examined", event_id=str(one.id), error=type(error).__name__)
                continue
            if offer.personal is not None and not offer.problems:
                sound.append((one, offer))
        if sound:
            await self._seal(sound, ground, world)

    async def _seal(self, sound: Sequence[tuple[Said, Offer]], ground: Ground, world: World) -> None:
        """A household that has come before learns from a later version only, and never after it was erased."""
        at = int(world.now.timestamp() * 1000)
        known = {
            one.id: place.household for one, _ in sound if (place := ground.places.get(one.event.demand or one.id))
        }
        alive = await self._vault.sealer(known.values())
        wanted = {
            one.id: wanted_of(one.event, offer, at, known.get(one.id), world.told.get(one.id))
            for one, offer in sound
            if one.id not in known or (offer.checked.content.version > 1 and alive.has(known[one.id]))
        }
        households = await self._vault.find_or_create(list(wanted.values()))
        found = dict(zip(wanted, households, strict=True))
        sealer = await self._vault.sealer(households)
        for one, offer in sound:
            personal, household = offer.personal or {}, found.get(one.id)
            sealed = sealer.seal(household, personal) if household else {}
            fingerprint = self._vault.fingerprint(personal)
            ground.offers[one.id] = with_household(offer, household or known[one.id], sealed, fingerprint)

    async def _states_of(
        self, connection: Connection, said: Sequence[Said], spoken: Iterable[UUID], ground: Ground, world: World
    ) -> None:
        """States of all demands and households that are spoken of, and of what is open in those households."""
        places = [place for found in spoken if (place := ground.places.get(found))]
        places += [place for one in places if one.survivor and (place := ground.survivor(one.demand))]
        households = {place.household for place in places}
        households |= {offer.household for offer in ground.offers.values() if offer.household}
        households |= {one.event.data.household for one in said if is_erasure(one.event) and one.event.data.household}
        if not households:
            return
        ground.open = await store.open_demands(connection, list(households))
        if any(speaker and speaker.role in ("bank", "authority") for speaker in ground.speakers.values()):
            await _parties(connection, said, households, ground)
        keys: dict[StateKey, None] = dict.fromkeys(household_key(one) for one in households)
        keys |= dict.fromkeys(demand_key(place.household, place.demand) for place in places)
        keys |= dict.fromkeys(demand_key(household, demand) for (household, _), demand in ground.open.items())
        await self._load(connection, keys, world)
        if any(one.event.what in ENDING for one in said):
            await self._load(connection, _all_of(households, world), world)

    async def _load(self, connection: Connection, keys: Iterable[StateKey], world: World) -> None:
        await self._states.load(connection, [key for key in keys if key not in world.states], world)


async def _held(connection: Connection, taken: Sequence[Taken], ground: Ground) -> list[Said]:
    """Claims that waited for what the batch tells of, or that have waited too long; as what they said."""
    followed = [one.event for one in taken if isinstance(one.event, Followed)]
    references = [link.id for event in followed for link in links_of(event)]
    others = [one.event.data for one in taken if not isinstance(one.event, Input | Followed)]
    ids = [data.subject for data in others if isinstance(data, IntakeDeadlinePassed)]
    if not references and not ids:
        return []
    found: list[Held] = await store.held(connection, references, ids)
    if not found:
        return []
    ground.held = {held.id: held for held in found}
    for event in followed:
        ground.links |= {link.id: link for link in links_of(event)}
    return [Said(held.id, read_door(held.partner, held.value)) for held in found]


async def _partners(connection: Connection, said: Sequence[Said], ground: Ground) -> None:
    names = sorted({one.event.partner for one in said if one.event.speech is None})
    if names:
        bodies = await store.partner_bodies(connection, names)
        ground.partners = {partner.id: partner for partner in map(partner_of_body, bodies)}
        ground.voices = {name: through_door(partner) for name, partner in ground.partners.items()}


async def _references(connection: Connection, said: Sequence[Said], ground: Ground) -> None:
    """Links of claims, what was said before under the same number, versions of limits."""
    others = [one.event for one in said if one.event.demand is None and one.event.data is not None]
    if not others:
        return
    ground.sayings = await store.sayings(connection, [saying_id(event) for event in others])
    claims = [event.data for event in others if event.what == CLAIM]
    if references := [found for claim in claims if (found := reference_of_claim(claim))]:
        ground.links |= await store.links(connection, references)
    if units := [event.data.unit for event in others if event.what == "limit-declared"]:
        ground.limits = await store.limits(connection, units)


async def _places(connection: Connection, spoken: set[UUID], ground: Ground) -> None:
    """Where these demands are, and their survivors, and theirs."""
    asked: set[UUID] = set()
    wanted = spoken
    while wanted:
        ground.places |= await store.places(connection, list(wanted))
        asked |= wanted
        wanted = {place.survivor for place in ground.places.values() if place.survivor} - asked


async def _parties(connection: Connection, said: Sequence[Said], households: set[UUID], ground: Ground) -> None:
    """Which banks and authorities have a demand before them: only they may add to what is known of it."""
    if any(one.event.what in NAMING for one in said):
        for link in await store.parties(connection, list(households)):
            ground.parties.setdefault(link.demand, set()).add(link.party)


def is_erasure(event: Input) -> bool:
    return event.what == "erase-asked" and event.data is not None


def _all_of(households: Iterable[UUID], world: World) -> list[StateKey]:
    """Every demand of these households, for an erasure."""
    found: list[Household] = [known for one in households if (known := world.get(household_key(one)))]
    return [demand_key(household.id, demand) for household in found for demand in household.demands]


def _demands_of(event: Input, ground: Ground) -> list[UUID]:
    """The demands that an event hands in or speaks of."""
    if event.demand is not None:
        return [event.demand]
    own = event.speech.demand if event.speech else None
    found: list[UUID | None] = [own]
    if event.data is not None and event.what in NAMING:
        found.append(named_id(event.data, event.partner, own))
        if event.what == "households-linked":
            found.append(other_id(event.data, event.partner))
    elif event.data is not None and event.what == CLAIM:
        reference = reference_of_claim(event.data)
        link = ground.links.get(reference) if reference else None
        found += [event.data.demand, link.demand if link else None]
    return [one for one in found if one]
