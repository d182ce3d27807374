"""Two ways to read an event, one set of rules: what the fast one accepts, the model accepts, and reads as the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.contracts import registry
from shared.contracts.clock import MatchingDeadlinePassed
from shared.contracts.envelope import Event
from shared.contracts.ids import timed_id
from shared.decision import Emit
from shared.rendering import Cause, render

HOUSEHOLD = UUID("01a1ee56-5e00-8eb2-a56e-6bf0920bab73")
NOW = datetime(2026, 11, 24, 1, 2, 3, 456, tzinfo=UTC)
DATA = MatchingDeadlinePassed(subject=HOUSEHOLD, kind="accept", generation=HOUSEHOLD, due_at=NOW)
WHOLE = registry._adapter(MatchingDeadlinePassed)
ATTRIBUTES = (
    "id", "source", "type", "subject", "time", "partitionkey", "correlationid", "causationid", "sequence", "actor",
    "specversion", "datacontenttype", "traceparent", "simulated", "data",
)  # fmt: skip
strange: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2**70), st.floats(), st.text(max_size=5), st.just("x" * 301), st.just(""),
    st.sampled_from(["1.0", "0.3", "0000000001", "000000000१", "12345678901", "2026-11-24", "2026-11-24T01:00:00",
                     "2026-11-24T01:00:00+08:00", "2026-11-24T01:00:00Z", "a\x00b", "a\tb", "\u3000", str(HOUSEHOLD),
                     HOUSEHOLD.hex, f"urn:uuid:{HOUSEHOLD}", "application/json", "\ud800"]),
    st.lists(st.integers(), max_size=1), st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)  # fmt: skip


def ordinary() -> dict[str, Any]:
    """An event as a service renders it."""
    cause = Cause(timed_id(1, "cause"), "correlation", None)
    made: dict[str, Any] = json.loads(
        render("matching", Emit("t", DATA, HOUSEHOLD, HOUSEHOLD), 0, cause, NOW).value or b""
    )
    return made


@given(
    st.dictionaries(st.sampled_from(ATTRIBUTES), strange, max_size=3), st.sets(st.sampled_from(ATTRIBUTES), max_size=2)
)
def test_what_the_fast_way_accepts_the_model_accepts(changed: dict[str, Any], missing: set[str]) -> None:
    event = {name: value for name, value in {**ordinary(), **changed}.items() if name not in missing}
    for escaped in (True, False):
        value = json.dumps(event, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
        fast = registry._plain_event(value, MatchingDeadlinePassed)
        if fast is not None:
            whole = WHOLE.validate_json(value)
            for name in Event.model_fields:
                assert getattr(fast, name) == getattr(whole, name), name


@given(st.binary(max_size=40))
def test_bytes_of_any_kind_are_never_an_event(value: bytes) -> None:
    assert registry._plain_event(value, MatchingDeadlinePassed) is None


def test_an_ordinary_event_is_read_the_fast_way() -> None:
    value = json.dumps(ordinary()).encode()
    assert registry._plain_event(value, MatchingDeadlinePassed) is not None
    with pytest.raises(ValidationError):
        WHOLE.validate_json(value.replace(b'"0000000000"', b'"1"'))
