"""From a door's bytes to what was said. What can be read at all is answered, however bad; the rest is a dead letter."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from pydantic import TypeAdapter, ValidationError

from services.intake.domain.problems import Problem, listed, problem
from services.intake.handlers.faults import Fault, faults_of, problems_of
from services.intake.handlers.mending import mended
from shared.contracts.door import EVENTS, DemandBody, DemandSubmitted, GateDemand, Speech
from shared.contracts.envelope import Data
from shared.contracts.ids import demand_id
from shared.contracts.registry import UnreadableEvent, model_of, type_of
from shared.contracts.topics import GATE

UNKNOWN = "unknown"
SOURCE_ID = re.compile(r"^[^\x00-\x1f\ud800-\udfff]{1,200}$")
_TRACE = re.compile(r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")

NATIVE: dict[str, type[Data]] = {data.TYPE: data for data in EVENTS if data is not GateDemand}
AT_THE_GATE: dict[str, type[Data]] = {data.TYPE: data for data in EVENTS if data is not DemandSubmitted}


def what_of(data: type[Data]) -> str:
    """The last part of a type: org.freshwater.door.visit-logged.v1 -> visit-logged."""
    return data.TYPE.rsplit(".", 2)[-2]


class Input(NamedTuple):
    """One thing that was said, as the loop takes it.

    With `problems` it is only answered; `data` is then None, or what of it could be read, without the places in
    `hidden`. `speech` is there for what came by the gate's HTTP, and for nothing else.
    """

    type: str
    what: str
    partner: str
    id: str
    data: Any
    source_id: str | None = None
    demand: UUID | None = None
    problems: tuple[Problem, ...] = ()
    hidden: tuple[str, ...] = ()
    speech: Speech | None = None
    simulated: bool = False
    traceparent: str | None = None

    @property
    def correlationid(self) -> str | None:
        """The whole story of a demand goes by the demand's id."""
        return str(self.demand) if self.demand else None


@cache
def adapter_of(data: type[Data]) -> TypeAdapter[Any]:
    """Reads the envelope with its data."""
    return TypeAdapter(model_of(data))


def read_door(partner: str, value: bytes | None) -> Input:
    """What stands on a door. Raises UnreadableEvent where there is nobody's sentence to answer."""
    if value is None:
        raise UnreadableEvent("null_value", "the record has no value")
    types = AT_THE_GATE if partner == GATE else NATIVE
    try:
        data = types.get(type_of(value))
    except UnreadableEvent as unreadable:
        return _almost_json(partner, value, unreadable)
    if data is None:
        return _unknown(partner)
    try:
        return _said(partner, data, adapter_of(data).validate_json(value))
    except ValidationError as error:
        return _faulty(partner, data, _plain(value), faults_of(error))


def _said(partner: str, data: type[Data], event: Any) -> Input:
    body = event.data
    speech = getattr(body, "speech", None)
    if partner == GATE:
        if speech is None:
            raise UnreadableEvent("invalid_event", "/data/speech: missing")
        partner = speech.partner
    else:
        # Who speaks is the door's name: what a partner writes of itself is not even looked at.
        speech = None
    source_id = body.source_id
    return Input(
        type=data.TYPE,
        what=what_of(data),
        partner=partner,
        id=event.id,
        data=body,
        source_id=source_id,
        demand=demand_id(partner, source_id) if isinstance(body, DemandBody) else None,
        speech=speech,
        simulated=event.simulated,
        traceparent=event.traceparent if event.traceparent and _TRACE.match(event.traceparent) else None,
    )


def _unknown(partner: str) -> Input:
    found = problem("type-unknown", "/type", listed(NATIVE))
    return Input(UNKNOWN, UNKNOWN, partner, "", None, problems=(found,))


def _plain(value: bytes) -> Any:
    """The same as plain Python data."""
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return json.loads(value)


def _almost_json(partner: str, value: bytes, unreadable: UnreadableEvent) -> Input:
    """NaN, Infinity and half a surrogate pair are common slips, and the sender can still be told about them."""
    if unreadable.reason != "invalid_json" or partner == GATE:
        raise unreadable
    try:
        plain = json.loads(value)
    except (ValueError, RecursionError):
        raise unreadable from None
    data = NATIVE.get(plain.get("type", "")) if isinstance(plain, dict) and isinstance(plain.get("type"), str) else None
    if data is None:
        raise unreadable
    try:
        adapter_of(data).validate_python(plain)
        faults: list[Fault] = []
    except ValidationError as error:
        faults = faults_of(error)
    return _faulty(partner, data, plain, faults, (problem("not-json", ""),))


def _faulty(partner: str, data: type[Data], plain: Any, faults: list[Fault], more: tuple[Problem, ...] = ()) -> Input:
    """What its model refuses: all faults, and what of a demand can still be judged."""
    if partner == GATE:
        raise UnreadableEvent("invalid_event", "what the gate wrote does not fit its contract")
    body = plain.get("data")
    source_id = body.get("source_id") if isinstance(body, dict) else None
    if not isinstance(source_id, str) or not SOURCE_ID.match(source_id):
        source_id = None
    rest, hidden = mended(data, body, [fault for fault in faults if fault["loc"][:1] == ("data",)])
    return Input(
        type=data.TYPE,
        what=what_of(data),
        partner=partner,
        id=str(plain.get("id", ""))[:200],
        data=rest,
        source_id=source_id,
        demand=demand_id(partner, source_id) if source_id and issubclass(data, DemandBody) else None,
        problems=(*more, *problems_of(faults, plain)),
        hidden=hidden,
        simulated=plain.get("simulated") is True,
    )
