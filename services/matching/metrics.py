"""What matching counts. A batch that is taken again counts again: these are rates, the books hold the figures."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

SAID = Counter("freshwater_matching_said_total", "What was decided, by event", ["event"])
ENTERED = Counter("freshwater_matching_entered_total", "Demands that came into a state", ["state"])
REFUSED = Counter("freshwater_matching_refused_total", "Claims refused, by rule", ["rule"])
CALLED_UP = Counter("freshwater_matching_called_up_total", "Waiting demands called up by a new release")
PRODUCTS = Gauge("freshwater_matching_products", "Products of the release in use")
