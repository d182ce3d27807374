"""Nobody may break the released wire, and each way of breaking it is seen."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field

from freshwater.contracts import Breaks, explained, release, released
from shared.contracts.compatibility import breaking_changes
from shared.contracts.documents import Bundle, bundle, referring

Change = Callable[[dict[str, Any]], object]


class Part(BaseModel):
    """What a field may refer to."""

    kept: str
    kind: Literal["a", "b"] = "a"


class Before(BaseModel):
    """One of each thing that a schema of ours can hold."""

    name: Annotated[str, Field(max_length=10, pattern="^[a-z]*$")]
    count: Annotated[int, Field(ge=0, le=9)] = 0
    when: AwareDatetime
    maybe: int | None = None
    free: str = ""
    choice: Literal["x", "y"] = "x"
    few: Annotated[list[str], Field(max_length=3)] = []
    part: Part
    parts: list[Part] = []
    by_key: dict[Annotated[str, Field(pattern="^[a-z]$")], int] = {}
    anything: dict[str, Any] = {}


def as_bundle(schema: dict[str, Any]) -> Bundle:
    moved = referring(schema, "#/$defs/", "#/parts/")
    parts = moved.pop("$defs", {})
    return {"envelopes": {}, "events": {"t": moved}, "entities": {}, "parts": parts}


def after(change: Change) -> list[str]:
    before = as_bundle(Before.model_json_schema())
    changed = copy.deepcopy(before)
    change(changed["events"]["t"]["properties"] | {"": changed["events"]["t"], "Part": changed["parts"]["Part"]})
    return breaking_changes(before, changed)


BREAKING: dict[str, tuple[Change, str]] = {
    "a removed field": (lambda f: f[""]["properties"].pop("free"), "type t /free: is gone"),
    "a new required field": (
        lambda f: (f[""]["properties"].update(new={"type": "string"}), f[""]["required"].append("new")),
        "type t /new: is new and required",
    ),
    "a field that became required": (
        lambda f: f[""]["required"].append("free"),
        "type t /free: was optional, is now required",
    ),
    "another type": (lambda f: f["count"].update(type="string"), "type t /count: was integer, is now string"),
    "a value that is no longer taken": (
        lambda f: f["choice"]["enum"].remove("y"),
        "type t /choice: no longer takes 'y'",
    ),
    "a choice where any value was taken": (
        lambda f: f["free"].update(enum=["x"]),
        "type t /free: no longer takes any other value",
    ),
    "null no longer taken": (lambda f: f["maybe"]["anyOf"].pop(), "type t /maybe: was null, is now integer"),
    "a higher minimum": (lambda f: f["count"].update(minimum=1), "type t /count: minimum was 0, is now 1"),
    "a lower maximum": (lambda f: f["count"].update(maximum=8), "type t /count: maximum was 9, is now 8"),
    "a shorter text": (lambda f: f["name"].update(maxLength=9), "type t /name: maxLength was 10, is now 9"),
    "a new limit": (lambda f: f["free"].update(maxLength=9), "type t /free: maxLength was free, is now 9"),
    "a shorter list": (lambda f: f["few"].update(maxItems=2), "type t /few: maxItems was 3, is now 2"),
    "another pattern": (
        lambda f: f["name"].update(pattern="^[a-y]*$"),
        "type t /name: pattern was ^[a-z]*$, is now ^[a-y]*$",
    ),
    "a new pattern": (lambda f: f["free"].update(pattern="^a"), "type t /free: pattern was free, is now ^a"),
    "a new format": (lambda f: f["free"].update(format="uuid"), "type t /free: format was free, is now uuid"),
    "other items": (lambda f: f["few"].update(items={"type": "integer"}), "type t /few/*: was string, is now integer"),
    "a change inside a part": (
        lambda f: f["Part"]["properties"]["kind"]["enum"].remove("b"),
        "part Part /kind: no longer takes 'b'",
    ),
    "a part's field that is gone": (lambda f: f["Part"]["properties"].pop("kept"), "part Part /kept: is gone"),
    "no further fields": (
        lambda f: f["Part"].update(additionalProperties=False),
        "part Part /: took further fields, takes none now",
    ),
    "other values under keys": (
        lambda f: f["by_key"]["patternProperties"].update({"^[a-z]$": {"type": "string"}}),
        "type t /by_key/*: was integer, is now string",
    ),
}

FINE: dict[str, Change] = {
    "nothing": lambda f: None,
    "a new optional field": lambda f: f[""]["properties"].update(new={"type": "string"}),
    "a further value": lambda f: f["choice"]["enum"].append("z"),
    "any value where there was a choice": lambda f: f["choice"].pop("enum"),
    "null taken too": lambda f: (
        f["count"].update(anyOf=[{"type": "integer"}, {"type": "null"}]) or f["count"].pop("type")
    ),
    "a lower minimum": lambda f: f["count"].update(minimum=-1),
    "a limit that is gone": lambda f: f["name"].pop("maxLength"),
    "a field that became optional": lambda f: f[""]["required"].remove("name"),
    "another description": lambda f: f[""].update(description="said better"),
    "another default": lambda f: f["free"].update(default="x"),
}


@pytest.mark.parametrize("change", BREAKING)
def test_a_breaking_change_is_seen(change: str) -> None:
    mutate, message = BREAKING[change]

    assert after(mutate) == [message]


@pytest.mark.parametrize("change", FINE)
def test_a_wider_wire_breaks_nobody(change: str) -> None:
    assert after(FINE[change]) == []


def test_a_type_that_is_gone_breaks_and_a_new_one_does_not() -> None:
    before = as_bundle(Before.model_json_schema())
    wider = copy.deepcopy(before)
    wider["events"]["u"] = {"type": "object"}

    assert breaking_changes(before, wider) == []
    assert breaking_changes(wider, before) == ["type u: is gone"]


def test_a_renamed_part_is_compared_by_what_it_is() -> None:
    before = as_bundle(Before.model_json_schema())
    renamed = referring(copy.deepcopy(before), "#/parts/Part", "#/parts/Piece")
    renamed["parts"]["Piece"] = renamed["parts"].pop("Part")
    assert breaking_changes(before, renamed) == []

    del renamed["parts"]["Piece"]["properties"]["kept"]
    assert breaking_changes(before, renamed) == ["type t /part/kept: is gone", "type t /parts/*/kept: is gone"]


def test_a_change_of_the_envelope_is_seen() -> None:
    changed = copy.deepcopy(bundle())
    changed["envelopes"]["Event"]["required"].append("traceparent")

    assert breaking_changes(bundle(), changed) == ["envelope Event /traceparent: was optional, is now required"]


def test_the_present_wire_breaks_nobody_who_relies_on_the_released_one() -> None:
    changes = breaking_changes(released(), bundle())

    assert changes == [], explained(changes)


def test_release_refuses_what_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    wider = copy.deepcopy(bundle())
    wider["events"]["org.freshwater.demand.forgotten.v1"] = {"type": "object"}
    monkeypatch.setattr("freshwater.contracts.released", lambda: wider)

    with pytest.raises(
        Breaks, match=r"type org\.freshwater\.demand\.forgotten\.v1: is gone\nGive what must change a new"
    ):
        release(breaking=False)
