"""Notify's own figures. Labels are closed sets: audiences, channels, states, never a recipient."""

from __future__ import annotations

from shared.metric_list import counter, gauge, histogram

RECORDED = counter("freshwater_deliveries_recorded_total")
ENDED = counter("freshwater_deliveries_ended_total")
SECONDS = histogram("freshwater_delivery_attempt_duration_seconds")
LANES_PAUSED = gauge("freshwater_delivery_lanes_paused")
WEBHOOKS_CLOSED = gauge("freshwater_delivery_webhooks_closed")
TEMPLATES_MISSING = counter("freshwater_templates_missing_total")
OPENED = counter("freshwater_disclosures_opened_total")

_LANGUAGES = frozenset({"zh-CN", "zh", "en", "bo", "ug", "mn", "kk"})


def language_label(language: str) -> str:
    """A partner may name any language: those that nobody here writes in share one label."""
    return language if language in _LANGUAGES else "other"
