"""From any event to one line of its household's timeline."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from pydantic import BaseModel

from services.desk.domain.rows import Happened
from shared.contracts.actions import Claim
from shared.contracts.envelope import Data
from shared.contracts.values import Problem

_NOT_TOLD = frozenset(
    {"summary", "sealed", "demand", "household", "referral", "case", "role", "speaks_for", "partner"}
    | {"county", "session", "item", "issue", "items", "members", "team"}
)
_ABOUT = ("referral", "case", "item", "about", "session", "issue")
"""Where a class of events says what it is about, the closest first."""
_LONGEST_TEXT = 300
_IDS = (UUID, UUID | None)
_encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=1024)
def short(type_name: str) -> str:
    """`org.freshwater.referral.accepted.v1` as `referral.accepted`."""
    return type_name.removeprefix("org.freshwater.").rpartition(".")[0]


class _Shape(NamedTuple):
    """Where a class of events keeps what a line needs: asking a pydantic model for what it has not is slow."""

    demand: bool
    in_summary: bool
    about: str | None
    claim: bool
    told: tuple[str, ...]


@cache
def _shape(data: type[Data]) -> _Shape:
    fields = data.model_fields
    about = next((name for name in _ABOUT if name in fields and fields[name].annotation in _IDS), None)
    summary = fields.get("summary")
    in_summary = summary is not None and "demand" in getattr(summary.annotation, "model_fields", {})
    told = tuple(name for name in fields if name not in _NOT_TOLD)
    return _Shape("demand" in fields, in_summary, about, issubclass(data, Claim), told)


def line(event: Any) -> Happened:
    """Who did what to which demand, when; `about` is the referral or case."""
    data: Data = event.data
    shape = _shape(type(data))
    demand = event.data.demand if shape.demand else event.data.summary.demand if shape.in_summary else None
    about = getattr(data, shape.about) if shape.about else None
    return Happened(
        UUID(event.partitionkey),
        event.id,
        demand,
        event.time,
        short(event.type),
        event.actor,
        about,
        uuid_or_none(event.causationid),
        _trace(event.traceparent) if shape.claim else None,
        _params(data, shape.told),
    )


def _trace(traceparent: str | None) -> UUID | None:
    """The trace's id: of a claim that an officer made here it is the act's own (adapters/gate.py)."""
    return None if traceparent is None else uuid_or_none(traceparent[3:35])


def uuid_or_none(text: str) -> UUID | None:
    """What stands in a field that should be an id."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _params(data: Data, names: tuple[str, ...]) -> bytes | None:
    """What the line says beside its type: codes, dates, amounts, short reasons; no fact's value, nothing sealed."""
    told = {}
    for name in names:
        value = getattr(data, name)
        if value is not None and value not in ([], {}):
            told[name] = _plain(value)
    return _encode(told) if told else None


def _plain(value: Any) -> Any:
    """What JSON can hold; long texts cut, of facts only their names."""
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, dict):
        return sorted(value)
    if isinstance(value, list):
        return [each.code if isinstance(each, Problem) else _plain(each) for each in value]
    return value
