"""Spans of what the loop took, for whoever collects them (OpenTelemetry): made only where an endpoint is set.

An event that came with a `traceparent` gives one span, child of the one that it names; what it brings about carries the
same `traceparent`, so a trace shows every service that a partner's record went through. The packages are the extra
`otel`: without an endpoint nothing of them is imported.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from shared.decision import Taken
from shared.errors import SettingsProblem


class Span(NamedTuple):
    """One event's way through one service. Times are nanoseconds since 1970, of the whole batch: the loop does not
    take events one after another."""

    name: str
    traceparent: str
    start: int
    end: int
    attributes: Mapping[str, str]


def spans_of(service: str, items: Sequence[Any], seconds: float, now: int) -> list[Span]:
    """One for each event that was read and carries a traceparent; `seconds` is what the batch took, up to `now`.

    The words are those of OpenTelemetry's conventions for messaging. Never what an event says.
    """
    start = now - int(seconds * 1_000_000_000)
    found = []
    for item in items:
        trace = getattr(item.event, "traceparent", None) if isinstance(item, Taken) else None
        if trace:
            attributes = {
                "messaging.system": "kafka",
                "messaging.operation.type": "process",
                "messaging.destination.name": item.record.topic,
                "messaging.consumer.group.name": f"freshwater.{service}",
                "messaging.message.id": str(item.id),
            }
            found.append(Span(f"process {item.event.type}", trace, start, now, attributes))
    return found


class Tracing:
    """Sends spans to an OTLP endpoint by HTTP, in the background; where nobody answers there, they are dropped."""

    def __init__(self, service: str, endpoint: str) -> None:
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace import SpanKind
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError as error:
            raise SettingsProblem(
                "otlp_endpoint is set and OpenTelemetry is not installed: install freshwater[otel], or build the images"
                " with EXTRAS=-otel"
            ) from error
        self._service, self._kind = service, SpanKind.CONSUMER
        self._parent = TraceContextTextMapPropagator().extract
        self._provider = TracerProvider(resource=Resource.create({"service.name": f"freshwater-{service}"}))
        self._provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))
        )
        self._tracer = self._provider.get_tracer("freshwater")

    def took(self, items: Sequence[Any], seconds: float) -> None:
        """A batch was taken all the way to published."""
        for span in spans_of(self._service, items, seconds, time.time_ns()):
            made = self._tracer.start_span(
                span.name,
                context=self._parent({"traceparent": span.traceparent}),
                kind=self._kind,
                start_time=span.start,
                attributes=dict(span.attributes),
            )
            made.end(end_time=span.end)

    def stop(self) -> None:
        """Send what is left, within the exporter's own bounds."""
        self._provider.shutdown()
