"""Traces: one span for each event that named a trace, and nothing of what it says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from shared.decision import Record, Taken
from shared.errors import SettingsProblem
from shared.tracing import Tracing, spans_of

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def taken(number: int, traceparent: str | None) -> Taken:
    record = Record("freshwater.demands.v1", 0, number, 0, None, b"{}", ())
    event: Any = SimpleNamespace(type="org.freshwater.demand.accepted.v1", traceparent=traceparent, data="秘密")
    return Taken(record, UUID(int=number), event)


def test_an_event_with_a_trace_gives_one_span_and_one_without_none() -> None:
    spans = spans_of("matching", [taken(1, TRACE), taken(2, None)], 0.25, 1_000_000_000)

    assert [(span.name, span.traceparent) for span in spans] == [("process org.freshwater.demand.accepted.v1", TRACE)]
    assert (spans[0].start, spans[0].end) == (750_000_000, 1_000_000_000)
    assert spans[0].attributes["messaging.consumer.group.name"] == "freshwater.matching"
    assert spans[0].attributes["messaging.message.id"] == str(UUID(int=1))
    assert "秘密" not in str(spans)


def test_an_endpoint_without_the_packages_is_refused_with_what_to_do() -> None:
    try:
        import opentelemetry.sdk  # noqa: F401
    except ImportError:
        with pytest.raises(SettingsProblem, match=r"freshwater\[otel\]"):
            Tracing("matching", "http://127.0.0.1:4318")
    else:
        Tracing("matching", "http://127.0.0.1:4318").stop()
