"""`--scenario obstacles`: demands that no bank takes before an office or the household itself has acted."""

from __future__ import annotations

from dataclasses import replace

from freshwater.demo.plan import Plan
from freshwater.demo.scenarios.scenario import Scenario


def _plan(plan: Plan) -> Plan:
    return replace(plan, ends=True, obstructed=True)


SCENARIO = Scenario(
    "obstacles", "200 demands whose licence has lapsed: no bank takes them before an office has acted", plan=_plan
)
