"""Examples of every type of event, made from its schema and the story in `examples.yaml`: the same on every run.

Two valid ones (all fields; only what is required) and two that must be refused, each with its reason: one whose
payload is wrong and one whose envelope is. Which fault an invalid one has is chosen by a hash of its type's name.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import yaml

from shared.contracts.documents import Schema, event_schema
from shared.contracts.envelope import TYPE_PREFIX, Data
from shared.contracts.registry import CONTEXTS, TYPES
from shared.contracts.topics import ROWS

Json = Any
_ABSENT = object()
_FALLBACK = {
    "string": "example",
    "integer": 1,
    "boolean": True,
    "date-time": "2026-11-24T01:12:03Z",
    "date": "2026-11-24",
    "uuid": "01a20b1c-22b8-896b-acee-9264307ce7f7",
}


@cache
def _story() -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("examples.yaml").read_text("utf-8"))
    return told


def _plain(value: Any) -> Any:
    """YAML's dates as JSON has them."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


class _Maker:
    """Makes the examples of one type."""

    def __init__(self, data: type[Data], *, full: bool) -> None:
        self._schema = event_schema(data)
        self._short = data.TYPE.removeprefix(f"{TYPE_PREFIX}.")
        self._context = next(context for context, types in CONTEXTS.items() if data in types)
        self._full = full

    def event(self) -> dict[str, Json]:
        envelope = "DoorEvent" if self._context == "door" else "Event"
        made: dict[str, Json] = self._object(self._schema, envelope)
        state = _story()["states"].get(self._short)
        if state:
            made["data"]["summary"]["state"] = state
        if envelope == "Event":
            made |= self._of_context()
        return made

    def _of_context(self) -> dict[str, Json]:
        writer = next(row.writers[0] for row in ROWS if row.events == self._context)
        own = {"source": f"/freshwater/{writer}"}
        if writer in ("matching", "escalation", "notify"):
            own["actor"] = f"service:{writer}"
        contexts = _story()["contexts"]
        for owner in (self._context, *reversed(_wider(self._short))):
            own |= contexts.get(owner, {})
        return own

    def _object(self, schema: Schema, owner: str) -> dict[str, Json]:
        required = schema.get("required", ())
        wanted = {name: field for name, field in schema["properties"].items() if self._full or name in required}
        made = {name: self._field(field, owner, name, name in required) for name, field in wanted.items()}
        return {name: value for name, value in made.items() if value is not _ABSENT}

    def _field(self, field: Schema, owner: str, name: str, required: bool) -> Json:
        values = _story()["values"]
        keys = [*(f"{each}.{name}" for each in _wider(owner)), name]
        told = next((values[key] for key in keys if key in values), _ABSENT)
        if told is None:
            told = _ABSENT
            if not required:
                return _ABSENT
        if told is not _ABSENT and _is_like(told, self._resolved(field)):
            return _plain(told)
        return self._made(field, name)

    def _made(self, field: Schema, name: str) -> Json:
        schema = self._resolved(field)
        if "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        if "properties" in schema:
            # A payload is told about by its type's name, a part by its own.
            return self._object(schema, schema.get("title", self._short))
        if schema.get("type") == "array":
            wanted = self._full or schema.get("minItems", 0)
            return [self._made(schema["items"], name)] if wanted else []
        if schema.get("type") == "object":
            return {}
        kind = str(schema.get("format", schema.get("type", "string")))
        return _FALLBACK[kind] if kind != "string" else name.replace("_", "-")

    def _resolved(self, schema: Schema) -> Schema:
        """What a field is when it is not null."""
        if "anyOf" in schema:
            return self._resolved(next(choice for choice in schema["anyOf"] if choice.get("type") != "null"))
        if "$ref" in schema:
            part: Schema = self._schema["$defs"][schema["$ref"].rpartition("/")[2]]
            return part
        return schema


def _wider(owner: str) -> tuple[str, str, str]:
    """An owner and what it belongs to: action.bank-offers.v1, action.bank, action."""
    return owner, owner.partition("-")[0], owner.partition(".")[0]


def _is_like(value: Any, schema: Schema) -> bool:
    """Whether the story's value is of the field's kind: the same name may mean another thing elsewhere."""
    if "enum" in schema:
        return value in schema["enum"]
    kinds: dict[str, type | tuple[type, ...]] = {
        "string": (str, date),
        "integer": int,
        "boolean": bool,
        "array": list,
        "object": dict,
    }
    kind = schema.get("type")
    return kind not in kinds or (isinstance(value, kinds[kind]) and (kind == "boolean") == isinstance(value, bool))


def full(data: type[Data]) -> dict[str, Json]:
    """A valid event with all its fields."""
    return _Maker(data, full=True).event()


def minimal(data: type[Data]) -> dict[str, Json]:
    """A valid event with no more than is required."""
    return _Maker(data, full=False).event()


class Invalid(NamedTuple):
    """An event that must be refused, why, and where (JSON pointer)."""

    name: str
    reason: str
    at: str
    event: dict[str, Json]


class _Fault(NamedTuple):
    reason: str
    fits: Callable[[str, Json], bool]
    wrong: Json


_TAKEN_AWAY = object()
_ENVELOPE_FAULTS = (
    ("id", "an event has an id", _TAKEN_AWAY),
    ("source", "an event says where it comes from", _TAKEN_AWAY),
    ("type", "another type than this schema's", f"{TYPE_PREFIX}.unheard-of.v1"),
    ("specversion", "CloudEvents 1.0, no other version", "0.3"),
    ("time", "a time without an offset is nobody's time", "2026-11-24T09:12:03"),
    ("time", "there is no such time", "2026-02-30T09:12:03Z"),
    ("source", "a NUL in a text", "/freshwater\x00/intake"),
    ("data", "the payload is an object", "nothing"),
    ("data", "an event has a payload", _TAKEN_AWAY),
)
_PAYLOAD_FAULTS = (
    _Fault("a required field is missing", lambda name, value: True, _TAKEN_AWAY),
    _Fault("not a UUID", lambda name, value: isinstance(value, str) and value.count("-") == 4, "417"),
    _Fault("null where a value is required", lambda name, value: True, None),
    _Fault("a number where a text is required", lambda name, value: isinstance(value, str) and "-" not in value, 417),
    _Fault("a text where a number is required", lambda name, value: type(value) is int, "a lot"),
    _Fault("an object where something else is required", lambda name, value: not isinstance(value, dict), {"a": 1}),
    _Fault("full-width digits in a region's code", lambda name, value: name == "county", "６２０１０２"),
    _Fault("a text where a list is required", lambda name, value: isinstance(value, list), "one"),
)


def invalid(data: type[Data]) -> Iterator[Invalid]:
    """Two events that must be refused: a payload's fault and an envelope's."""
    place = crc32(data.TYPE.encode())
    event = minimal(data)
    fields, at = event["data"], "/data"
    if "summary" in fields and len(fields) == 1:
        fields, at = fields["summary"], "/data/summary"
    if fields:
        yield _payload_fault(event, fields, at, place)
    else:
        # Nothing is required of it: only a field of a wrong kind can be wrong.
        name = next(iter(full(data)["data"]))
        yield Invalid("payload", "a list where none is known", f"/data/{name}", event | {"data": {name: [[]]}})
    name, reason, wrong = _ENVELOPE_FAULTS[place % len(_ENVELOPE_FAULTS)]
    yield Invalid("envelope", reason, f"/{name}", _with(event, name, wrong))


def _payload_fault(event: dict[str, Json], fields: dict[str, Json], at: str, place: int) -> Invalid:
    ordered = [*_PAYLOAD_FAULTS[place % len(_PAYLOAD_FAULTS) :], *_PAYLOAD_FAULTS]
    fault, name = next((fault, name) for fault in ordered for name, value in fields.items() if fault.fits(name, value))
    changed = copy.deepcopy(event)
    inside = changed["data"]["summary"] if at.endswith("summary") else changed["data"]
    inside.clear()
    inside |= _with(fields, name, fault.wrong)
    return Invalid("payload", fault.reason, f"{at}/{name}", changed)


def _with(fields: dict[str, Json], name: str, wrong: Json) -> dict[str, Json]:
    """A copy with that value in its place, or without it."""
    if wrong is _TAKEN_AWAY:
        return {key: value for key, value in fields.items() if key != name}
    return fields | {name: wrong}


def example_files() -> dict[str, Json]:
    """All examples by their path below this package: `examples/<type>/valid.json`, `invalid-payload.json`, …"""
    files: dict[str, Json] = {}
    for kind, data in TYPES.items():
        files[f"examples/{kind}/valid.json"] = full(data)
        if minimal(data) != full(data):
            files[f"examples/{kind}/valid-minimal.json"] = minimal(data)
        for wrong in invalid(data):
            told = {"reason": wrong.reason, "at": wrong.at, "event": wrong.event}
            files[f"examples/{kind}/invalid-{wrong.name}.json"] = told
    return files
