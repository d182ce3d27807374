"""What matching counts. A batch that is taken again counts again: these are rates, the books hold the figures."""

from __future__ import annotations

from functools import cache
from typing import Any

from prometheus_client import Counter, Gauge

SAID = Counter("freshwater_matching_said_total", "What was decided, by event", ["event"])
ENTERED = Counter("freshwater_matching_entered_total", "Demands that came into a state", ["state"])
REFUSED = Counter("freshwater_matching_refused_total", "Claims refused, by rule", ["rule"])
CALLED_UP = Counter("freshwater_matching_called_up_total", "Waiting demands called up by a new release")
PRODUCTS = Gauge("freshwater_matching_products", "Products of the release in use")


@cache
def _child(counter: Counter, label: str) -> Any:
    return counter.labels(label)


def counted(counter: Counter, label: str) -> None:
    """Count one; the child is looked up once, which takes longer than to count. Labels are closed sets."""
    _child(counter, label).inc()
