"""Dead letters of all services, as the desk reads them: the demand of a letter is held."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from services.desk.domain.rows import Letter
from services.desk.handlers.timeline import uuid_or_none
from shared.dead_letters import header, place_id
from shared.decision import Record, Taken


@dataclass(frozen=True, slots=True)
class Held:
    """A dead letter as the loop takes it: like an event, but it can always be read."""

    type: str
    subject: str
    data: Letter


class _Peek(msgspec.Struct):
    subject: UUID


_peek = msgspec.json.Decoder(_Peek)


def read_letter(record: Record) -> Taken:
    """A dead letter. Nothing in it is trusted to be well formed: to refuse one would only make another."""
    letter = Letter(
        uuid_or_none(header(record, "dlq-id") or "") or place_id(record),
        datetime.fromtimestamp(max(record.timestamp, 0) / 1000, UTC),
        record.topic.split(".")[1],
        _text(header(record, "dlq-origin") or record.topic),
        _text(header(record, "dlq-error") or "unknown"),
        _demand(record),
    )
    return Taken(record, place_id(record), Held("desk.letter", str(letter.letter), letter))


def _demand(record: Record) -> UUID | None:
    """Which demand it is about: the header's word, or the subject of the event that it holds."""
    named = uuid_or_none(header(record, "dlq-subject") or "")
    if named is None and record.value is not None:
        with contextlib.suppress(msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return _peek.decode(record.value).subject
    return named


def _text(value: str) -> str:
    return value.replace("\x00", "")[:200]
