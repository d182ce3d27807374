"""The scenarios of `freshwater demo`, by name. A new one is a module here and a line in the list below."""

from __future__ import annotations

from collections.abc import Mapping

from freshwater.demo.plan import DemoProblem, Plan
from freshwater.demo.scenarios import docking, month, new_product, noodle_shop, obstacles, webhook_down, worklist
from freshwater.demo.scenarios.scenario import Scenario

_ALL = (
    obstacles.SCENARIO,
    docking.SCENARIO,
    month.SCENARIO,
    webhook_down.SCENARIO,
    new_product.SCENARIO,
    noodle_shop.SCENARIO,
    worklist.SCENARIO,
)
SCENARIOS: Mapping[str, Scenario] = {scenario.name: scenario for scenario in _ALL}

__all__ = ["SCENARIOS", "Scenario", "chosen", "planned"]


def chosen(name: str | None) -> Scenario | None:
    """The scenario of a name. Raises DemoProblem with all names."""
    if name is None or name in SCENARIOS:
        return SCENARIOS[name] if name else None
    known = "; ".join(f"{each.name} ({each.says})" for each in SCENARIOS.values())
    raise DemoProblem(f"there is no scenario {name!r}; there are: {known}")


def planned(plan: Plan) -> Plan:
    """The plan with its scenario filled in. Raises DemoProblem."""
    scenario = chosen(plan.scenario)
    return scenario.plan(plan) if scenario else plan
