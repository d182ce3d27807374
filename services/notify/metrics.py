"""Notify's own figures. Labels are closed sets: audiences, channels, states, never a recipient."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

RECORDED = Counter(
    "freshwater_deliveries_recorded_total",
    "Delivery rows written by the loop; a batch that was taken twice counts twice",
    ["audience", "channel", "state"],
)
ENDED = Counter(
    "freshwater_deliveries_ended_total", "Attempts that ended, by what followed", ["audience", "channel", "outcome"]
)
SECONDS = Histogram(
    "freshwater_delivery_attempt_duration_seconds",
    "From the beginning of an attempt to its end",
    ["channel"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
LANES_PAUSED = Gauge("freshwater_delivery_lanes_paused", "Ways to a recipient that failed and are given a rest")
WEBHOOKS_CLOSED = Gauge("freshwater_delivery_webhooks_closed", "Webhook addresses that answered 410")
TEMPLATES_MISSING = Counter(
    "freshwater_templates_missing_total",
    "Messages that fell back to another language or to plain words",
    ["language", "why"],
)
OPENED = Counter("freshwater_disclosures_opened_total", "Openings of an identity, by what came of it", ["outcome"])
