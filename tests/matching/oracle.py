"""Eligibility and cost once more, as plainly as the rules are written: one criterion at a time, no bits."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from services.matching.domain.demand import Demand
from services.matching.domain.facts import Fact
from services.matching.domain.rules import Criterion, Product, Rules

Verdict = bool | None


def eligible(rules: Rules, demand: Demand, today: date) -> list[tuple[int, str]]:
    """(cost, product) of all that the demand meets, cheapest first."""
    found = []
    for product in rules.products:
        if demand.kind not in product.kinds or not any(demand.county.startswith(area) for area in product.regions):
            continue
        if all(judge(rules, demand, each, today) is True for each in product.criteria):
            special = sum(each.op in ("in", "any_of") for each in product.criteria) + product.special
            found.append((price(rules, demand, product, today), -special, product.id))
    return [(cost, name) for cost, _, name in sorted(found)]


def judge(rules: Rules, demand: Demand, criterion: Criterion, today: date) -> Verdict:
    fact = demand.facts.get(criterion.fact)
    if criterion.fact == "on_offer":
        fact = Fact(today.toordinal(), "calendar", today, "register")
    if fact is None:
        return None
    found = _holds(rules, fact, criterion, today)
    believed = fact.assurance != "self" or criterion.verified != "before_referral"
    return found if believed or not found else None


def _holds(rules: Rules, fact: Fact, criterion: Criterion, today: date) -> Verdict:
    value, wanted, rule = fact.value, criterion.value, rules.facts[criterion.fact]
    if rule.type == "integer" and rule.failure == "wait":
        months = whole_months(fact.as_of, today)
        if rule.window_months is not None:
            value = 0 if months >= rule.window_months else value
        elif rule.unit == "months":
            value += months  # type: ignore[operator]
        elif rule.unit == "years":
            value += months // 12  # type: ignore[operator]
    if criterion.op == "at_least":
        return value >= wanted  # type: ignore[operator]
    if criterion.op == "at_most":
        return value <= wanted  # type: ignore[operator]
    if criterion.op == "is":
        return value is wanted if isinstance(wanted, bool) else value == wanted
    if criterion.op == "any_of":
        return bool(set(value) & set(wanted))  # type: ignore[arg-type]
    inside = among(rule.type, str(value), wanted)  # type: ignore[arg-type]
    return inside if criterion.op == "in" or inside is None else not inside


def among(kind: str, value: str, wanted: tuple[str, ...]) -> Verdict:
    if kind not in ("industry", "region"):
        return value in wanted
    if any(value.startswith(each) for each in wanted):
        return True
    return None if any(each.startswith(value) for each in wanted) else False


def whole_months(start: date, end: date) -> int:
    """Counted up one by one: how many times the day of the month has come round, or the month has ended short of it."""
    count, year, month = 0, start.year, start.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        last = monthrange(year, month)[1]
        reached = (year, month, start.day) if start.day <= last else (year, month, last + 1)
        if reached > (end.year, end.month, end.day):
            return count
        count += 1


def price(rules: Rules, demand: Demand, product: Product, today: date) -> int:
    rate, fee, amount = product.rate_bp, product.guarantee_fee_bp, demand.amount_yuan or 0
    for name in product.policies:
        policy = rules.policies.get(name)
        if policy is None or today < policy.valid_from or (policy.valid_to and policy.valid_to < today):
            continue
        if not all(judge(rules, demand, each, today) is True for each in policy.criteria):
            continue
        off, waived = policy.rate_cut_bp + product.rate_bp * policy.interest_share_percent // 100, policy.fee_cut_bp
        if policy.base_cap_yuan is not None and amount > policy.base_cap_yuan:
            off, waived = off * policy.base_cap_yuan // amount, waived * policy.base_cap_yuan // amount
        rate, fee = max(rate - off, 0), max(fee - waived, 0)
    return rate + fee
