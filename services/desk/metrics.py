"""The desk's own metrics; labels are closed sets."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

PAGE_SECONDS = Histogram(
    "freshwater_desk_page_seconds",
    "From a request to its whole answer",
    ["address", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5),
)
SIGN_INS = Counter("freshwater_desk_sign_ins_total", "Tries to sign in, by outcome", ["outcome"])
ACTS = Counter(
    "freshwater_desk_acts_total",
    "Acts of officers sent to the gate, by act and what was known at once",
    ["act", "outcome"],
)
LISTENERS = Gauge("freshwater_desk_live_listeners", "Open streams of live figures")
