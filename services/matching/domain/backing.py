"""见贷即担: a guarantee company joins in a later round, and with it the policies that its guarantee meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from services.matching.domain.demand import Demand
from services.matching.domain.eligibility import Snapshot, match
from services.matching.domain.facts import Fact
from services.matching.domain.pricing import Match
from services.matching.domain.rules import Product, Rules

GUARANTEE = "guarantee"
"""The fact that a guarantee company changes by joining."""


def backed(snapshot: Snapshot, demand: Demand, today: date) -> list[Match]:
    """The products met if the institution behind them guarantees, and not without; best first.

    An estimate as before: both the bank and the guarantor still decide.
    """
    known = demand.facts.get(GUARANTEE)
    found = []
    for kind in dict.fromkeys(kind for product in snapshot.backed for kind in _kinds(product)):
        if known is not None and known.value == kind:
            continue
        joined = Fact(kind, "guarantor", today, "partner")
        supposed = replace(demand, facts={**demand.facts, GUARANTEE: joined})
        for each in match(snapshot, supposed, today).eligible:
            if each.product.backed_by and kind in _kinds(each.product):
                found.append(each._replace(added=_added(each, snapshot.guarantees)))
    return sorted(found, key=lambda each: each.rank)


def missing_guarantee(rules: Rules) -> str | None:
    """Why a bank is left out that declined because nobody guarantees."""
    rule = rules.facts.get(GUARANTEE)
    return f"obstacle:{rule.obstacle}" if rule and rule.obstacle else None


def _kinds(product: Product) -> tuple[str, ...]:
    """Which kinds of guarantee a product takes."""
    asked = [each.value for each in product.criteria if each.fact == GUARANTEE and each.op == "in"]
    return tuple(str(kind) for value in asked for kind in (value if isinstance(value, tuple) else (value,)))


def _added(found: Match, guarantees: Mapping[str, object]) -> tuple[str, ...]:
    """The guarantor, and the policies that lower the cost because of it."""
    policies = [line.policy for line in found.lines if line.policy in guarantees]
    return (str(found.product.backed_by), *dict.fromkeys(str(policy) for policy in policies))
