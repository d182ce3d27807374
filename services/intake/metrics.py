"""Intake's own metrics; what the loop counts for every service is in shared/telemetry.py."""

from __future__ import annotations

from shared.metric_list import counter, gauge, histogram

REQUESTS = counter("freshwater_intake_requests_total")
REQUEST_SECONDS = histogram("freshwater_intake_request_duration_seconds")
EVENTS = counter("freshwater_intake_http_events_total")
PURGED = counter("freshwater_intake_doors_purged_records_total")
PURGE_BEAT = gauge("freshwater_intake_doors_last_purge_timestamp_seconds")
