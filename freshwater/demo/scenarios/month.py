"""`--scenario month`: the whole service month, with everything that comes of itself."""

from __future__ import annotations

from freshwater.demo.scenarios.scenario import Scenario

SCENARIO = Scenario("month", "2000 demands and the whole service month", demands=2_000)
