"""Identity for a partner's door: encrypted to its own key before anything is decided; a decision only picks from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from services.notify import store
from services.notify.domain.disclosure import wanted
from services.notify.handlers.happenings import demand_of, household_of
from services.notify.handlers.table import OF_CASES, OF_ONE_REFERRAL, SEALING, name_of
from services.notify.handlers.telling import Means
from shared.database import Connection

Encrypted = dict[UUID, Mapping[str, Mapping[str, str]]]
"""Event -> partner -> field -> what only that partner can open."""


class Encrypts(Protocol):
    """Encrypts the fields of one household to the keys of partners."""

    async def to(
        self, household: UUID, sealed: Mapping[str, str], keys: Mapping[str, str]
    ) -> Mapping[str, Mapping[str, str]]: ...


async def encrypted(connection: Connection, events: Sequence[Any], means: Means, encrypts: Encrypts) -> Encrypted:
    """For every event of the batch that may show an identity to a partner with a key of its own and an open door.

    What may be shown is decided later, with the consent as it is then: nothing of what is not chosen leaves the batch.
    An event that had to wait for its demand goes without: its link leads to the same.
    """
    asked = [(event, keys, fields) for event in events for keys, fields in [_asked(event, means)] if keys and fields]
    if not asked:
        return {}
    places = {demand_of(event): household_of(event) for event, _, _ in asked}
    sealed = await store.sealed_with(connection, list(places.items()))
    for event in events:
        if type(event.data) in SEALING and event.data.sealed:
            sealed[demand_of(event)] = event.data.sealed
    found: Encrypted = {}
    for event, keys, fields in asked:
        kept = sealed.get(demand_of(event), {})
        if shown := {name: kept[name] for name in fields if name in kept}:
            found[event.id] = await encrypts.to(household_of(event), shown, keys)
    return found


def _asked(event: Any, means: Means) -> tuple[dict[str, str], tuple[str, ...]]:
    """The keys of who may hear of it, and the fields that the table or the obstacle names."""
    data, names = event.data, means.ground.names
    role = "bank" if type(data) in OF_ONE_REFERRAL else "authority" if type(data) in OF_CASES else None
    if not means.keys or role is None:
        return {}, ()
    tellings = [each for each in means.ground.table.get(name_of(type(data)), ()) if each.discloses]
    if not tellings:
        return {}, ()
    declared = names.identity.get(data.obstacle, ()) if role == "authority" else ()
    fields = tuple(dict.fromkeys(name for each in tellings for name in wanted(each.discloses, declared)))
    parties = means.ground.reach.registry.speaking_for(role, getattr(data, role), data.unit)
    return {party.id: means.keys[party.id] for party in parties if party.id in means.keys}, fields
