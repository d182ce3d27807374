"""From a type's name to the model that reads it, and from a context to its types."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import TypeAdapter, ValidationError

from shared.contracts import (
    actions,
    capacity,
    cases,
    catalogue,
    clock,
    demands,
    door,
    feedback,
    households,
    partners,
    receipts,
    referrals,
    told,
)
from shared.contracts.envelope import Data, DoorEvent, Event

CONTEXTS: dict[str, tuple[type[Data], ...]] = {
    "door": door.EVENTS,
    "households": households.EVENTS,
    "demands": demands.EVENTS,
    "actions": actions.EVENTS,
    "receipts": receipts.EVENTS,
    "referrals": referrals.EVENTS,
    "cases": cases.EVENTS,
    "clock": clock.EVENTS,
    "catalogue": catalogue.EVENTS,
    "capacity": capacity.EVENTS,
    "feedback": feedback.EVENTS,
    "partners": partners.EVENTS,
    "told": told.EVENTS,
}
TYPES: dict[str, type[Data]] = {data.TYPE: data for events in CONTEXTS.values() for data in events}


_INNER = TYPES.keys() - {data.TYPE for data in CONTEXTS["door"]}


class UnreadableEvent(ValueError):
    """The bytes are not an event that may stand on this topic; `reason` is a short code, the text says where."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class _Peek(msgspec.Struct):
    type: str


_peek = msgspec.json.Decoder(_Peek)

_Attribute = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class _Envelope(msgspec.Struct):
    """The same rules as `Event` has, read five times as fast. Where it refuses, or can not know, `Event` is asked."""

    id: UUID
    source: _Attribute
    type: _Attribute
    subject: _Attribute
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    partitionkey: _Attribute
    correlationid: _Attribute
    causationid: _Attribute
    sequence: Annotated[str, msgspec.Meta(min_length=10, max_length=10)]
    actor: _Attribute
    data: msgspec.Raw
    specversion: Literal["1.0"] = "1.0"
    datacontenttype: Literal["application/json"] = "application/json"
    traceparent: None = None
    simulated: bool = False


_envelope = msgspec.json.Decoder(_Envelope)


@cache
def model_of(data: type[Data]) -> Any:
    """The envelope around one payload: a DoorEvent for what comes through a door, an Event inside."""
    envelope = DoorEvent if data in CONTEXTS["door"] else Event
    return envelope[data]


@cache
def _adapter(data: type[Data]) -> TypeAdapter[Any]:
    return TypeAdapter(model_of(data))


def type_of(value: bytes) -> str:
    """The `type` attribute of an event's bytes, without reading the rest.

    Raises UnreadableEvent where the bytes are not a JSON object with a text `type`.
    """
    try:
        return _peek.decode(value).type
    except RecursionError:
        raise UnreadableEvent("too_deep", "nested too deeply to be read") from None
    except msgspec.ValidationError as error:
        raise UnreadableEvent("no_type", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableEvent("invalid_json", str(error)) from None


def read_event(value: bytes | None, allowed: dict[str, type[Data]], named: str | None = None) -> Any:
    """Read one record's value as one of the `allowed` types. NaN, NUL and lone surrogates are refused.

    `named`: the type that the record's header gave, which saves a look into the bytes; they must agree with it. The
    text of the error names the fields and the rules, never the values: they may be personal.
    """
    if value is None:
        raise UnreadableEvent("null_value", "the record has no value")
    name = named if named is not None else type_of(value)
    data = allowed.get(name)
    if data is None:
        raise UnreadableEvent("unknown_type", f"type {name[:100]!r} does not belong on this topic")
    event = _plain_event(value, data)
    if event is None:
        try:
            event = _adapter(data).validate_json(value)
        except ValidationError as error:
            raise UnreadableEvent(_reason_of(error), problems_of(error)) from None
    if event.type != name:
        raise UnreadableEvent("invalid_event", "/type: not what the record's header says")
    return event


def _plain_event(value: bytes, data: type[Data]) -> Any:
    """The event of ordinary bytes; None where only the whole model can say what is wrong, or that nothing is.

    A backslash may hide a control character, which the models refuse in attributes: they look at such events.
    """
    if data.TYPE not in _INNER or b"\\" in value:
        return None
    try:
        event: Any = _envelope.decode(value)
        event.data = data.__pydantic_validator__.validate_json(bytes(event.data))
    except (msgspec.MsgspecError, ValidationError, UnicodeDecodeError, RecursionError):
        return None
    return event if event.sequence.isdecimal() and event.sequence.isascii() else None


def _reason_of(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] != "json_invalid":
        return "invalid_event"
    return "too_deep" if "recursion" in first["msg"] else "invalid_json"


def problems_of(error: ValidationError) -> str:
    """All that a model refused, as `pointer: rule`, without any value."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"/{'/'.join(str(part) for part in fault['loc'])}: {fault['type']}" for fault in faults[:50])
