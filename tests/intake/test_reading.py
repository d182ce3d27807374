"""Any bytes on a door: an input that is answered, or an unreadable event; never another error, never a value told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.domain.speaking import Speaker
from services.intake.handlers.offers import offer_of
from services.intake.handlers.reading import NATIVE, Input, read_door
from services.intake.handlers.terms import terms_of
from shared.catalogue import load_directory
from shared.contracts.registry import UnreadableEvent
from tests.intake.conftest import CATALOGUE
from tests.intake.people import demand, event

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
TERMS = terms_of(load_directory(CATALOGUE, 1))
SPEAKER = Speaker("hotline", "publisher", "publisher:hotline")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def read(value: bytes) -> Input | None:
    """What is read of it, with everything that a batch does before it decides; None where nobody can be answered."""
    try:
        found = read_door("hotline", value)
    except UnreadableEvent:
        return None
    assert found.problems or found.data is not None
    if found.demand is not None and found.data is not None:
        offer = offer_of(found, SPEAKER, TERMS, NOW)
        assert set(found.problems) <= set(offer.problems)
    for each in found.problems:
        each.pointer.encode()
        each.zh.encode()
    return found


@given(st.binary(max_size=300))
@example(b"")
@example(b"[" * 5_000)
@example(b'{"type": "org.freshwater.door.demand-submitted.v1"}')
@example(b'{"type": "org.freshwater.door.demand-submitted.v1", "data": NaN}')
@example(b'{"type": "org.freshwater.door.demand-submitted.v1", "data": {"source_id": "\\ud800"}, "x": NaN}')
def test_any_bytes(value: bytes) -> None:
    read(value)


@given(st.sampled_from(sorted(NATIVE)), json_values, st.dictionaries(st.text(max_size=12), json_values, max_size=4))
def test_any_json_under_any_type(kind: str, data: Any, more: dict[str, Any]) -> None:
    read(json.dumps({**more, "type": kind, "specversion": "1.0", "id": "1", "source": "/x", "data": data}).encode())


more_fields = ("kind", "version", "named_bank", "excluded_banks", "received_at", "language")
fields = st.sampled_from([*sorted(demand(1)), *more_fields])
deeper = st.sampled_from(["version", "given_at", "phone", "credit_code", "licence_state", "employees", "x"])


@given(st.lists(st.tuples(fields, st.none() | deeper, json_values), min_size=1, max_size=5))
def test_a_demand_with_anything_in_it_is_always_answered(changes: list[tuple[str, str | None, Any]]) -> None:
    body = demand(1)
    for field, inner, value in changes:
        if inner is not None and isinstance(body.get(field), dict):
            body[field] = {**body[field], inner: value}
        else:
            body[field] = value
    found = read(json.dumps(event("demand-submitted", body)).encode())
    assert found is not None


def test_only_the_sound_fields_of_a_broken_demand_are_judged_and_each_place_is_told_once() -> None:
    body = demand(1, county=7, amount_yuan="x", purpose="holiday", named_bank="nobank", personal={"phone": "?"})
    found = read(json.dumps(event("demand-submitted", body)).encode())
    assert found is not None
    told = offer_of(found, SPEAKER, TERMS, NOW).problems
    assert sorted((each.pointer, each.code) for each in told) == [
        ("/data/amount_yuan", "not-whole-number"),
        ("/data/county", "wrong-type"),
        ("/data/named_bank", "bank-unknown"),
        ("/data/personal/phone", "wrong-form"),
        ("/data/purpose", "purpose-unknown"),
    ]
