"""What the books read of one record, and no more: who caused it, of which type, and the few facts that are counted."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from shared.ledger import LETTER, digest_of
from shared.rendering import Headers

MARK = "mark"
"""What stands among dead letters and is none: an operator's mark, or what somebody else wrote there."""


class Place(NamedTuple):
    """A partition of a topic, under the topic's name in the list."""

    topic: str
    partition: int


class Seen(NamedTuple):
    """One record. Of a dead letter `cause` is the event in it, `state` that one's type, `origin` the topic that it was
    set aside from, `stood` the place where it first failed. `sent`: the end of a delivery, told by the work that sends
    and not by a decision."""

    place: Place
    offset: int
    id: str
    type: str
    cause: str
    digest: int
    demand: str = ""
    sequence: int = 0
    state: str = ""
    obstacle: str = ""
    obstacles: tuple[str, ...] = ()
    notice: str = ""
    sent: bool = False
    origin: str = ""
    stood: str = ""


class _Summary(msgspec.Struct):
    demand: str = ""
    state: str = ""


class _Data(msgspec.Struct):
    summary: _Summary = msgspec.field(default_factory=_Summary)
    obstacle: str = ""
    obstacles: tuple[str, ...] = ()
    notice: str = ""
    delivery: str = ""


class _Event(msgspec.Struct):
    id: str
    type: str
    causationid: str = ""
    sequence: str = "0"
    data: _Data = msgspec.field(default_factory=_Data)


_decode = msgspec.json.Decoder(_Event).decode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def seen(place: Place, offset: int, value: bytes | None, headers: Headers) -> Seen:
    """A record as the books see it. What is no event has its place for an id and no type."""
    for name, text in headers:
        if name == "dlq-id":
            return _letter(place, offset, value, headers, (text or b"").decode("utf-8", "replace"))
    if place.topic.endswith(".dlq.v1"):
        return Seen(place, offset, _where(place, offset), MARK, "", 0)
    event, digest = _event(value), digest_of(value, headers)
    if event is None:
        return Seen(place, offset, _where(place, offset), _text(headers, "ce_type"), "", digest)
    data = event.data
    return Seen(
        place,
        offset,
        event.id,
        event.type,
        event.causationid,
        digest,
        data.summary.demand,
        int(event.sequence) if event.sequence.isdecimal() else 0,
        data.summary.state,
        data.obstacle,
        data.obstacles,
        data.notice,
        bool(data.delivery) and data.delivery == event.causationid,
    )


def _letter(place: Place, offset: int, value: bytes | None, headers: Headers, identifier: str) -> Seen:
    if _text(headers, "dlq-mark"):
        return Seen(place, offset, _where(place, offset), MARK, "", 0)
    event, digest = _event(value), digest_of(value, headers)
    kind, cause = (event.type, event.id) if event else (_text(headers, "ce_type"), "")
    origin, stood = _text(headers, "dlq-topic"), _text(headers, "dlq-origin")
    return Seen(place, offset, identifier, LETTER, cause, digest, state=kind, origin=origin, stood=stood)


def _text(headers: Headers, wanted: str) -> str:
    """A header's text; empty where there is none."""
    return next((text.decode("utf-8", "replace") for name, text in headers if name == wanted and text is not None), "")


def _event(value: bytes | None) -> _Event | None:
    try:
        return _decode(value or b"")
    except _UNREADABLE:
        return None


def _where(place: Place, offset: int) -> str:
    return f"{place.topic}/{place.partition}/{offset}"


def where(seen: Seen) -> str:
    """The place of a record, as dead letters name it."""
    return _where(seen.place, seen.offset)
