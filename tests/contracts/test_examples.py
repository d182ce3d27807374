"""Every committed example, against the model that reads it and against the published schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from freshwater.contracts import FOLDER
from shared.contracts.documents import event_schema
from shared.contracts.registry import CONTEXTS, TYPES, UnreadableEvent, read_event
from shared.contracts.topics import ROWS, door_in, readable_types
from tests.contracts.checking import faults

ALL = sorted(path.relative_to(FOLDER).as_posix() for path in (FOLDER / "examples").rglob("*.json"))
VALID = [path for path in ALL if "/valid" in path]
INVALID = [path for path in ALL if "/invalid" in path]


def example(path: str) -> tuple[str, Any]:
    return path.split("/")[1], json.loads((FOLDER / path).read_text("utf-8"))


def read(kind: str, event: Any) -> Any:
    return read_event(json.dumps(event).encode(), {kind: TYPES[kind]})


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_has_valid_and_invalid_examples(kind: str) -> None:
    assert f"examples/{kind}/valid.json" in VALID
    assert len([path for path in INVALID if path.startswith(f"examples/{kind}/")]) >= 2


@pytest.mark.parametrize("path", VALID)
def test_a_valid_example_is_read_and_fits_the_schema(path: str) -> None:
    kind, event = example(path)

    assert type(read(kind, event).data) is TYPES[kind]
    assert faults(kind, event) == []


@pytest.mark.parametrize("path", INVALID)
def test_an_invalid_example_is_refused_by_both_where_it_says(path: str) -> None:
    kind, told = example(path)

    with pytest.raises(UnreadableEvent) as refused:
        read(kind, told["event"])

    assert told["at"] in refused.value.detail or (told["at"], refused.value.reason) == ("/type", "unknown_type")
    assert [at for at in faults(kind, told["event"]) if at.startswith(told["at"])]
    assert told["reason"]


@pytest.mark.parametrize("kind", TYPES)
def test_the_full_example_says_something_of_every_field(kind: str) -> None:
    """Of the payload; a field may be left out where the story says so, but the type's own must be there."""
    event = example(f"examples/{kind}/valid.json")[1]
    left_out = {"person", "unit", "reason", "decline_code", "on"}

    assert {*TYPES[kind].model_fields} - event["data"].keys() <= left_out


@pytest.mark.parametrize("kind", TYPES)
def test_what_is_written_without_its_nulls_is_read_as_the_same(kind: str) -> None:
    """Our writers leave None out: no field may be required and None at once."""
    data = read(kind, example(f"examples/{kind}/valid.json")[1]).data
    emptied = {name: None for name, field in type(data).model_fields.items() if not field.is_required()}
    for payload in (data, data.model_copy(update={k: v for k, v in emptied.items() if _may_be_none(kind, k)})):
        again = type(payload).model_validate_json(payload.model_dump_json(exclude_none=True))
        assert again == payload


def _may_be_none(kind: str, field: str) -> bool:
    schema = event_schema(TYPES[kind])["properties"]["data"]["properties"][field]
    return {"type": "null"} in schema.get("anyOf", ())


@pytest.mark.parametrize("row", [row for row in ROWS if row.events in CONTEXTS], ids=lambda row: row.name)
def test_each_topic_reads_its_own_examples(row: Any) -> None:
    name = door_in("bank-01") if row.name.endswith("<partner>.in.v1") else row.name.replace("<partner>", "bank-01")
    allowed = readable_types(name)

    for kind in allowed:
        value = json.dumps(example(f"examples/{kind}/valid.json")[1]).encode()
        assert type(read_event(value, allowed).data) is TYPES[kind]


PLACES = st.sampled_from(VALID).flatmap(
    lambda path: st.tuples(st.just(path), st.sampled_from(_pointers(example(path)[1])))
)
# Numbers, texts, lists and objects that some field would take and most would not.
NUMBERS = (None, True, 0, -1, 3, 10**12, 2.0, 1.5)
TEXTS = ("", "a", "a b", "x" * 70, "y" * 2001, "２", "\x00", "\ud7ff", "{}", "\n", "a\n", "620102", "H62", "v1")
TIMES = ("2026-11-24", "2026-13-40", "2026-11-24T01:12:03Z", "01a20b1c-22b8-896b-acee-9264307ce7f7")
INSIDE: tuple[Any, ...] = ([], [None], ["a"], {}, {"a b": 1}, {"a": {}})
ODD = st.sampled_from([*NUMBERS, *TEXTS, *TIMES, *INSIDE])


def _pointers(node: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [before, *(pointer for key, value in inside for pointer in _pointers(value, (*before, key)))]


def _replaced(node: Any, pointer: tuple[Any, ...], value: Any) -> Any:
    if not pointer:
        return value
    key, *rest = pointer
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[key] = _replaced(node[key], tuple(rest), value)
    return copy


@given(PLACES, ODD)
@settings(max_examples=400, deadline=None)
def test_what_the_published_schema_allows_is_read(place: tuple[str, tuple[Any, ...]], value: Any) -> None:
    """A partner that keeps to the schema is never refused for its form."""
    path, pointer = place
    kind, event = example(path)
    changed = _replaced(event, pointer, value)
    if not faults(kind, changed):
        assert type(read(kind, changed).data) is TYPES[kind]
