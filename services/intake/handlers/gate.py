"""HTTP's way in: the same reading and the same checks as at a door, and sealed before it goes to Kafka."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from services.intake.domain.answers import Answer, Ready, Refusal
from services.intake.domain.identity import level_of, normal
from services.intake.domain.limits import Phones
from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker, may_say
from services.intake.domain.terms import Terms
from services.intake.handlers.checking import without_memory
from services.intake.handlers.lookups import BY_NUMBER, shop_wanted
from services.intake.handlers.offers import Offer, content_hash, offer_of, wanted_of
from services.intake.handlers.reading import UNKNOWN, Input, read_door
from services.intake.handlers.sayings import fingerprint_of
from services.intake.handlers.service import Catalogue
from services.intake.handlers.terms import LatestTerms
from shared.contracts.door import DemandBody, DemandSubmitted, GateDemand, Speech
from shared.contracts.envelope import Data
from shared.contracts.registry import UnreadableEvent
from shared.vault import Vault

Known = Callable[[Sequence[UUID]], Awaitable[dict[UUID, UUID]]]


class _Envelope(msgspec.Struct, omit_defaults=True):
    id: str
    source: str
    type: str
    data: msgspec.Raw
    specversion: str | msgspec.UnsetType = msgspec.UNSET
    traceparent: str | None = None
    simulated: bool = False


class _Offered(NamedTuple):
    """A demand that is sound, on its way to be sealed."""

    event: Input
    offer: Offer
    speaker: Speaker
    demand: UUID


class _Seen(NamedTuple):
    """Something else than a demand, sound."""

    event: Input
    speaker: Speaker


_Examined = Refusal | Ready | _Offered | _Seen
_encode = msgspec.json.Encoder().encode


def event_of(identifier: str, kind: str, data: bytes, traceparent: str | None, simulated: bool) -> bytes:
    """A CloudEvent around data that is JSON already."""
    return _encode(_Envelope(identifier, "/freshwater/gate", kind, msgspec.Raw(data), "1.0", traceparent, simulated))


def event_of_demand(body: bytes, key: str | None) -> bytes:
    """A plain demand as the event that a door would bring. Without a source id the key is the source id.

    Raises UnreadableEvent where the body is not one JSON object.
    """
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnreadableEvent("invalid_json", "the body is not JSON") from None
    if not isinstance(data, dict):
        raise UnreadableEvent("invalid_json", "the body is not a JSON object")
    if key is not None:
        data.setdefault("source_id", key)
    return event_of(key or "-", DemandSubmitted.TYPE, _encode(data), None, False)


class Gate:
    """Checks events and makes them ready. `known` says which households demands that came before belong to."""

    def __init__(
        self, catalogue: Catalogue, vault: Vault, now: Callable[[], datetime], known: Known, per_phone: int
    ) -> None:
        self._catalogue, self._vault, self._now, self._known = catalogue, vault, now, known
        self._phones = Phones(per_phone)
        self._terms = LatestTerms()

    async def demand(self, body: bytes, key: str | None, speaker: Speaker) -> Answer:
        """A plain demand: the body of POST /v1/demands."""
        try:
            value = event_of_demand(body, key)
        except UnreadableEvent:
            return _unreadable()
        return (await self.events([(value, speaker)]))[0]

    async def events(self, said: Sequence[tuple[bytes, Speaker]]) -> list[Answer]:
        """CloudEvents, structured, an answer for each. Raises NoRelease before there is a catalogue."""
        terms, now = self._terms.of(self._catalogue.current), self._now()
        examined = await self._visits([_examined(value, speaker, terms, now) for value, speaker in said], now)
        examined = [self._not_too_often(each) if isinstance(each, _Offered) else each for each in examined]
        sound = [each for each in examined if isinstance(each, _Offered)]
        ready = iter(await self._ready(sound, now)) if sound else iter(())
        return [next(ready) if isinstance(each, _Offered) else each for each in examined]

    def _not_too_often(self, said: _Offered) -> _Offered | Refusal:
        """One telephone hands in so many demands an hour; that of somebody who assists may be everybody's."""
        phone = (said.offer.personal or {}).get("phone")
        if phone is None or said.offer.checked.content.assisted_by is not None:
            return said
        known_as = self._vault.fingerprint({"phone": normal("phone", phone)})
        if self._phones.allows(known_as, said.demand, time.monotonic()):
            return said
        return Refusal((problem("too-often", "/data/personal/phone"),), too_often=True)

    async def _visits(self, examined: Sequence[_Examined], now: datetime) -> list[Refusal | Ready | _Offered]:
        """A visit names its household by an opaque id from here on, a link its company: their numbers end here too."""
        seen = {place: each for place, each in enumerate(examined) if isinstance(each, _Seen)}
        at = int(now.timestamp() * 1000)
        wanted = {place: found for place, each in seen.items() if (found := shop_wanted(each.event.data, at))}
        shops = dict(zip(wanted, await self._vault.find_or_create(list(wanted.values())), strict=True))
        placed = enumerate(examined)
        return [_said(each, shops.get(place)) if isinstance(each, _Seen) else each for place, each in placed]

    async def _ready(self, sound: Sequence[_Offered], now: datetime) -> list[Ready]:
        """Find or make the households of all and seal; the personal data ends here.

        A household that was erased learns nothing any more, and nothing is sealed for it.
        """
        known = await self._known([each.demand for each in sound])
        alive, at = await self._vault.sealer(known.values()), int(now.timestamp() * 1000)
        asked = [place for place, each in enumerate(sound) if each.demand not in known or alive.has(known[each.demand])]
        wanted = [
            wanted_of(sound[place].event, sound[place].offer, at, known.get(sound[place].demand)) for place in asked
        ]
        found = dict(zip(asked, await self._vault.find_or_create(wanted), strict=True))
        sealer = await self._vault.sealer(found.values())
        result = []
        for place, each in enumerate(sound):
            personal, household = dict(each.offer.personal or {}), found.get(place, known.get(each.demand))
            assert household is not None
            sealed = sealer.seal(household, personal) if sealer.has(household) else {}
            result.append(_gate_demand(each, household, sealed, personal, self._vault.fingerprint(personal)))
        return result


def _examined(value: bytes, speaker: Speaker, terms: Terms, now: datetime) -> _Examined:
    """All that can be told at once."""
    try:
        event = read_door(speaker.partner, value)
    except UnreadableEvent:
        return _unreadable()
    forbidden = None if event.what == UNKNOWN else may_say(speaker.role, event.what, "/type")
    offer = None
    if event.demand is not None and event.data is not None:
        offer = offer_of(event, speaker, terms, now)
    problems = offer.problems if offer else event.problems or tuple(without_memory(event, speaker, terms, now))
    if forbidden or problems:
        return Refusal((*([forbidden] if forbidden else []), *problems), forbidden=forbidden is not None)
    if offer is not None and event.demand is not None:
        return _Offered(event, offer, speaker, event.demand)
    seen = _Seen(event, speaker)
    return seen if event.what in BY_NUMBER else _said(seen)


def _said(seen: _Seen, household: UUID | None = None) -> Ready:
    """As it goes on: with its speaker, without what is personal."""
    event, speaker = seen.event, seen.speaker
    changed: dict[str, Any] = {"speech": speech_of(speaker)}
    if event.what == "visit-logged":
        changed |= {"personal": None, "household": event.data.household or household}
    elif event.what == "contact-code-asked":
        changed |= {"household": None, "sealed": None}
    elif event.what == "households-linked":
        changed |= {"other_credit_code": None, "other_household": household}
    event = event._replace(data=event.data.model_copy(update=changed))
    number = f"{event.what}\x1f{event.source_id or event.id}"
    return Ready(_rendered(event, event.data, speaker), fingerprint_of(event), number)


def _gate_demand(
    said: _Offered, household: UUID, sealed: dict[str, str], personal: dict[str, str], fingerprint: str
) -> Ready:
    body: DemandSubmitted = said.event.data
    data = GateDemand(
        **{name: getattr(body, name) for name in DemandBody.model_fields},
        speech=speech_of(said.speaker),
        household=household,
        sealed=sealed,
        identity=level_of(personal),
        fingerprint=fingerprint,
    )
    number = f"{body.source_id}\x1f{body.version}"
    return Ready(_rendered(said.event, data, said.speaker), content_hash(body, fingerprint), number, said.demand)


def speech_of(speaker: Speaker) -> Speech:
    """Who speaks, as the gate's topic says it."""
    assert speaker.receipt is not None
    return Speech(
        partner=speaker.partner,
        role=speaker.role,
        actor=speaker.actor,
        receipt=speaker.receipt,
        speaks_for=list(speaker.speaks_for),
        demand=speaker.demand,
    )


def _rendered(event: Input, data: Data, speaker: Speaker) -> bytes:
    """The number under which it was said stays its id: a copy is known by it."""
    body = data.__pydantic_serializer__.to_json(data, exclude_none=True)
    return event_of(event.id, type(data).TYPE, body, event.traceparent, event.simulated or speaker.simulated)


def _unreadable() -> Refusal:
    return Refusal((problem("not-json", ""),), unreadable=True)
