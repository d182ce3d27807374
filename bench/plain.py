"""The oracle of `bench matching`: one product after the other, one criterion after the other, no bits, no index.

Independent of the engine but for what a single criterion, a step and a price are: those have tests of their own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from itertools import groupby

from services.matching.domain.cost import cost, in_force
from services.matching.domain.criteria import verdict
from services.matching.domain.demand import Demand, Remedy, Step
from services.matching.domain.facts import Fact, aged, known_at
from services.matching.domain.remedies import LOOKED_AT, QUESTIONS, SHOWN, worth_showing
from services.matching.domain.rules import Criterion, Policy, Product, Rules
from services.matching.domain.steps import SUPPLY_DAYS, step_for

MOST_FAILING = 3
Steps = tuple[Step, ...]


def judged(rules: Rules, demand: Demand, criterion: Criterion, today: date) -> bool | None:
    """Passed, failed, or unknown."""
    fact = _known(demand, criterion.fact, today)
    if fact is None:
        return None
    rule = rules.facts[criterion.fact]
    return verdict(criterion, rule, aged(rule, fact, today), fact.assurance != "self")


def _known(demand: Demand, name: str, today: date) -> Fact | None:
    """What is known; a day that is still to come may stand among the facts, as if it were there."""
    return demand.facts.get(name) or known_at(demand.facts, name, today)


def offered(demand: Demand, product: Product) -> bool:
    """Whether it is offered there, for such a demand."""
    return demand.kind in product.kinds and any(demand.county.startswith(area) for area in product.regions)


def eligible_by_loop(rules: Rules, demand: Demand, today: date) -> list[tuple[int, str]]:
    """(cost, id) of all products met, best first."""
    found = []
    for product in rules.products:
        if offered(demand, product) and all(judged(rules, demand, each, today) is True for each in product.criteria):
            met = [each for each in _policies(rules, product, today) if _met(rules, demand, each, today)]
            found.append((cost(product, demand.amount_yuan or 0, met)[0], -_fit(product), product.id))
    return [(cost_bp, name) for cost_bp, _, name in sorted(found)]


def _policies(rules: Rules, product: Product, today: date) -> list[Policy]:
    named = [rules.policies[name] for name in product.policies if name in rules.policies]
    return [policy for policy in named if in_force(policy, today)]


def _met(rules: Rules, demand: Demand, policy: Policy, today: date) -> bool:
    return all(judged(rules, demand, each, today) is True for each in policy.criteria)


def _fit(product: Product) -> int:
    return sum(each.op in ("in", "any_of") for each in product.criteria) + product.special


def remedies_by_loop(rules: Rules, demand: Demand, today: date, shut: Collection[str] = ()) -> list[Remedy]:
    """Every product's set of steps; the cheapest counted in groups of equal effort until enough are worth showing."""
    inside = [product for product in rules.products if offered(demand, product) and product.bank not in shut]
    sets: dict[Steps, int] = {}
    for product in inside:
        steps, failing = _needed(rules, demand, product, today)
        if steps:
            sets[steps] = min(failing, sets.get(steps, failing))
    near = [steps for steps, failing in sets.items() if failing <= MOST_FAILING]
    if not near and sets:
        near = [min(sets, key=lambda steps: (sets[steps], *_effort(steps), _names(steps)))]
    shown: tuple[Remedy, ...] = ()
    looked_at = 0
    for _, group in groupby(sorted(near, key=_effort), key=_effort):
        alike = list(group)
        if sum(all(step.kind == "supply" for step in each.steps) for each in shown) == QUESTIONS:
            alike = [steps for steps in alike if any(step.kind != "supply" for step in steps)]
        shown = worth_showing((*shown, *[_counted(rules, demand, inside, today, steps) for steps in alike]))
        looked_at += len(alike)
        if len(shown) == SHOWN or looked_at >= LOOKED_AT:
            break
    return list(shown)


def _effort(steps: Steps) -> tuple[int, int]:
    supplied = any(step.kind == "supply" for step in steps)
    return SUPPLY_DAYS * supplied + sum(step.days for step in steps if step.kind != "supply"), len(steps)


def _names(steps: Steps) -> tuple[str, ...]:
    return tuple(f"{step.kind}:{step.fact}:{step.target}" for step in steps)


def _needed(rules: Rules, demand: Demand, product: Product, today: date) -> tuple[Steps | None, int]:
    steps: list[Step] = []
    failing = 0
    for name in sorted({each.fact for each in product.criteria}):
        asked = tuple(each for each in product.criteria if each.fact == name)
        verdicts = [judged(rules, demand, each, today) for each in asked]
        if any(found is False and _hopeless(rules, each) for each, found in zip(asked, verdicts, strict=True)):
            return None, 0
        if all(found is True for found in verdicts):
            continue
        failing += False in verdicts
        step = step_for(rules, rules.facts[name], asked, _known(demand, name, today), today, demand.unremovable)
        if step is None:
            return None, 0
        steps.append(step)
    return tuple(steps), failing


def _hopeless(rules: Rules, criterion: Criterion) -> bool:
    rule = rules.facts[criterion.fact]
    too_late = rule.failure == "wait" and criterion.op == "at_most" and rule.window_months is None
    return rule.failure in ("final", "supply") or too_late


def _counted(rules: Rules, demand: Demand, inside: list[Product], today: date, steps: Steps) -> Remedy:
    done = [(step.fact, step.target, step.on or today) for step in steps if step.target is not None]
    targets = {name: Fact(value, "done", on, "register") for name, value, on in done}
    asked = {step.fact for step in steps} - targets.keys()
    amount = targets["amount_yuan"].value if "amount_yuan" in targets else demand.amount_yuan
    after = replace(demand, facts={**demand.facts, **targets}, amount_yuan=amount)  # type: ignore[arg-type]

    def passes(criterion: Criterion) -> bool:
        found = judged(rules, after, criterion, today)
        return found is True or (found is None and criterion.fact in asked)

    opened = []
    for product in inside:
        before = [(each, judged(rules, demand, each, today)) for each in product.criteria]
        never = any(found is False and _hopeless(rules, each) for each, found in before)
        if never or all(found is True for _, found in before) or not all(map(passes, product.criteria)):
            continue
        met = [each for each in _policies(rules, product, today) if all(map(passes, each.criteria))]
        opened.append((cost(product, after.amount_yuan or 0, met)[0], -_fit(product), product.id))
    best = min(opened, default=None)
    return Remedy(steps, _effort(steps)[0], len(opened), best[2] if best else None, best[0] if best else None)
