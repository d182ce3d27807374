"""What matching counts. A batch that is taken again counts again: these are rates, the books hold the figures."""

from __future__ import annotations

from functools import cache
from typing import Any

from prometheus_client import Counter

from shared.metric_list import counter, gauge

SAID = counter("freshwater_matching_said_total")
ENTERED = counter("freshwater_matching_entered_total")
REFUSED = counter("freshwater_matching_refused_total")
CALLED_UP = counter("freshwater_matching_called_up_total")
PRODUCTS = gauge("freshwater_matching_products")


@cache
def _child(counter: Counter, label: str) -> Any:
    return counter.labels(label)


def counted(counter: Counter, label: str) -> None:
    """Count one; the child is looked up once, which takes longer than to count. Labels are closed sets."""
    _child(counter, label).inc()
