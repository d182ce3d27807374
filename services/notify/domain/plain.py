"""Parts of events, as the contracts have them, as plain values in a language: plans, costs, remedies, problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.notify.domain.formats import listed, yuan
from services.notify.domain.names import Names, side


def plan_of(plan: Any) -> dict[str, Any]:
    """A financing plan, in numbers."""
    return {
        "amount_yuan": plan.amount_yuan,
        "term_months": plan.term_months,
        "rate_bp": plan.rate_bp,
        "instalment_yuan": plan.instalment_yuan,
    }


def cost_lines(referral: Any, names: Names, language: str) -> list[dict[str, Any]]:
    """到手成本 line by line, each with its policy and the evidence that is still missing."""
    return [
        {
            "item": line.item,
            "bp": line.bp,
            "policy": names.label("policy", line.policy, language) if line.policy else None,
            "missing": [names.label("fact", code, language) for code in line.evidence_missing],
        }
        for line in referral.cost_lines
    ]


def remedy_of(remedy: Any, names: Names, language: str) -> dict[str, Any]:
    """条件处方 without the product that it opens: which bank that is, is not everybody's to know."""
    return {
        "steps": [_step(step, names, language) for step in remedy.steps],
        "products": remedy.products,
        "best_rate_bp": remedy.best_rate_bp,
    }


def _step(step: Any, names: Names, language: str) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "name": names.label("fact", step.fact, language),
        "target": _target(step.fact, step.target, names, language),
        "obstacle": names.label("obstacle", step.obstacle, language) if step.obstacle else None,
        "acts": step.acts,
        "working_days": step.working_days,
        "on": step.on,
    }


def _target(fact: str, target: Any, names: Names, language: str) -> str | None:
    """The value that would pass, as a person says it."""
    if target is None:
        return None
    if isinstance(target, bool):
        return (("否", "是"), ("no", "yes"))[side(language)][target]
    if isinstance(target, int):
        return _amount(target, names.units_of_facts.get(fact, "none"), language)
    if isinstance(target, str):
        return names.label("choice", f"{fact}:{target}", language)
    return listed([names.label("choice", f"{fact}:{each}", language) for each in target], language)


def _amount(number: int, unit: str, language: str) -> str:
    if unit == "yuan":
        return yuan(number, language)
    words = {"months": ("个月", " months"), "years": ("年", " years"), "percent": ("%", "%")}.get(unit, ("", ""))
    return f"{number}{words[side(language)]}"


def problems_of(problems: Iterable[Any], language: str) -> list[dict[str, str]]:
    """What is wrong, where, and what to do, in one language."""
    return [
        {"code": each.code, "pointer": each.pointer, "text": (each.zh, each.en)[side(language)]} for each in problems
    ]


def account_of(
    blocked: Mapping[str, int], households: Mapping[str, int], names: Names, language: str
) -> list[dict[str, Any]]:
    """A county's obstacles by the money that each blocks, the most first."""
    order = sorted(blocked, key=lambda code: (-blocked[code], code))
    return [
        {
            "name": names.label("obstacle", code, language),
            "households": households.get(code, 0),
            "blocked_yuan": blocked[code],
        }
        for code in order
    ]
