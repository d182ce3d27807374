"""Remedies once more, as plainly as the rule is written: every product by itself, every set counted by brute force."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from itertools import groupby

from services.matching.domain.demand import Demand, Remedy, Step
from services.matching.domain.facts import Fact
from services.matching.domain.nearest import MOST_FAILING, effort_of, names_of
from services.matching.domain.remedies import LOOKED_AT, QUESTIONS, SHOWN, worth_showing
from services.matching.domain.rules import Criterion, Product, Rules
from services.matching.domain.steps import step_for
from tests.matching import oracle

Steps = tuple[Step, ...]


def remedies(rules: Rules, demand: Demand, today: date, shut: Collection[str]) -> list[Remedy]:
    """The cheapest sets of steps in groups of equal effort, until enough are worth showing."""
    inside = [
        product
        for product in rules.products
        if demand.kind in product.kinds
        and any(demand.county.startswith(area) for area in product.regions)
        and product.bank not in shut
    ]
    sets: dict[Steps, int] = {}
    for product in inside:
        steps, failing = needed(rules, demand, product, today)
        if steps:
            sets[steps] = min(failing, sets.get(steps, failing))
    near = [steps for steps, failing in sets.items() if failing <= MOST_FAILING]
    if not near and sets:
        near = [min(sets, key=lambda steps: (sets[steps], *effort_of(steps), names_of(steps)))]
    shown: tuple[Remedy, ...] = ()
    looked_at = 0
    for _, group in groupby(sorted(near, key=effort_of), key=effort_of):
        alike = list(group)
        if sum(all(step.kind == "supply" for step in each.steps) for each in shown) == QUESTIONS:
            alike = [steps for steps in alike if any(step.kind != "supply" for step in steps)]
        shown = worth_showing((*shown, *[counted(rules, demand, inside, today, steps) for steps in alike]))
        looked_at += len(alike)
        if len(shown) == SHOWN or looked_at >= LOOKED_AT:
            break
    return list(shown)


def needed(rules: Rules, demand: Demand, product: Product, today: date) -> tuple[Steps | None, int]:
    """What one product needs, and how many facts fail; None where it is met, or something has no remedy."""
    steps, failing = [], 0
    for name in sorted({each.fact for each in product.criteria}):
        asked = tuple(each for each in product.criteria if each.fact == name)
        verdicts = [oracle.judge(rules, demand, each, today) for each in asked]
        if any(found is False and hopeless(rules, each) for each, found in zip(asked, verdicts, strict=True)):
            return None, 0
        if all(found is True for found in verdicts):
            continue
        failing += False in verdicts
        steps.append(step_for(rules, rules.facts[name], asked, demand.facts.get(name), today, demand.unremovable))
    return (None if None in steps else tuple(steps)), failing  # type: ignore[return-value]


def hopeless(rules: Rules, criterion: Criterion) -> bool:
    rule = rules.facts[criterion.fact]
    too_late = rule.failure == "wait" and criterion.op == "at_most" and rule.window_months is None
    return rule.failure in ("final", "supply") or too_late


def counted(rules: Rules, demand: Demand, inside: list[Product], today: date, steps: Steps) -> Remedy:
    """Do the steps, and judge every product again; an answer still to come is as the criterion wants it."""
    targets = {
        step.fact: Fact(step.target, "done", step.on or today, "register") for step in steps if step.target is not None
    }
    asked = {step.fact for step in steps} - targets.keys()
    facts = {**demand.facts, **targets}
    amount = facts["amount_yuan"].value if "amount_yuan" in targets else demand.amount_yuan
    after = replace(demand, facts=facts, amount_yuan=amount)  # type: ignore[arg-type]

    def passed(criterion: Criterion) -> bool:
        found = oracle.judge(rules, after, criterion, today)
        return found is True or (found is None and criterion.fact in asked)

    opened = []
    for product in inside:
        before = [oracle.judge(rules, demand, each, today) for each in product.criteria]
        never = any(
            found is False and hopeless(rules, each) for each, found in zip(product.criteria, before, strict=True)
        )
        if never or all(found is True for found in before) or not all(map(passed, product.criteria)):
            continue
        special = sum(each.op in ("in", "any_of") for each in product.criteria) + product.special
        opened.append((oracle.price(rules, after, product, today, passed), -special, product.id))
    best = min(opened, default=None)
    return Remedy(steps, effort_of(steps)[0], len(opened), best[2] if best else None, best[0] if best else None)
