"""Intake's own metrics; what the loop counts for every service is in shared/telemetry.py."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("freshwater_intake_requests_total", "Requests by HTTP, by route and status", ["route", "status"])
REQUEST_SECONDS = Histogram(
    "freshwater_intake_request_duration_seconds",
    "From a request's first byte to its answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
EVENTS = Counter("freshwater_intake_http_events_total", "Events that came by HTTP, by outcome", ["outcome"])
PURGED = Counter("freshwater_intake_doors_purged_records_total", "Records deleted from native doors")
PURGE_BEAT = Gauge("freshwater_intake_doors_last_purge_timestamp_seconds", "When native doors were last emptied")
