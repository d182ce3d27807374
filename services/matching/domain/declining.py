"""拒贷原因: what a decline keeps its bank from, and what opens it again."""

from __future__ import annotations

from services.matching.domain.rules import DeclineCode, Rules

FINAL = "final"


def bar_of(rules: Rules, code: DeclineCode, direction: str | None) -> str:
    """Until when a bank that declined so is not asked again: `final`, or `kind:name` of what has to change first.

    Of an insufficient score it is the main direction that the bank named: a fact, with the remedy that the catalogue
    declares for it. What only the household can show better (takings, debts) opens the bank when it is said anew.
    """
    if code.leads_to == "obstacle":
        return f"obstacle:{code.obstacle}"
    if code.leads_to in ("adjust", "supply"):
        return f"{code.leads_to}:{code.fact}"
    rule = rules.facts.get(direction or "") if code.leads_to == "direction" else None
    if rule is None:
        return FINAL
    if rule.failure == "clear" and rule.obstacle:
        return f"obstacle:{rule.obstacle}"
    return f"{rule.failure if rule.failure in ('adjust', 'wait') else 'supply'}:{rule.name}"
