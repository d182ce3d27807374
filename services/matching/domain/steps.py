"""One step of a remedy: what would make one fact pass one product's criteria, who does it, and how long it takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from services.matching.domain.criteria import verdict
from services.matching.domain.demand import Step
from services.matching.domain.facts import Fact, aged, months_after
from services.matching.domain.rules import Criterion, FactRule, FactValue, Rules

SUPPLY_DAYS = 1
ADJUST_DAYS = 3
PERCENT_A_DAY = 5
"""An adjustment counts as three working days, and one more for each five percent that it gives up: asking for a third
of the money is no cheap remedy where an annual report would do."""


def step_for(
    rules: Rules,
    rule: FactRule,
    asked: Sequence[Criterion],
    fact: Fact | None,
    today: date,
    unremovable: Collection[str],
) -> Step | None:
    """The step by which a fact comes to pass all of `asked`, or None where there is none.

    `asked` are all criteria that one product has over the fact, at least one of them failed or unknown.
    """
    value = aged(rule, fact, today) if fact else None
    sure = fact is not None and fact.assurance != "self"
    if fact is None or value is None or not any(verdict(each, rule, value, sure) is False for each in asked):
        return Step("supply", rule.name, acts="household", days=SUPPLY_DAYS)
    if rule.failure == "adjust":
        return _adjust(rule, asked, value)
    if rule.failure == "clear":
        return _clear(rules, rule, asked, value, unremovable)
    if rule.failure == "wait" and (sure or all(each.verified != "before_referral" for each in asked)):
        return _wait(rule, asked, value, fact, today)
    return None


def passes(rule: FactRule, asked: Sequence[Criterion], value: FactValue | None) -> bool:
    """Whether a value that is sure would pass all of them."""
    return all(verdict(each, rule, value, True) is True for each in asked)


def nearest(rule: FactRule, asked: Sequence[Criterion], value: FactValue) -> FactValue | None:
    """The nearest value that passes: a number at its bound, one more thing in a set, the first choice named."""
    target: FactValue | None = None
    if rule.type == "integer":
        target = _clamped(asked, int(value))  # type: ignore[arg-type]
    elif rule.type == "set" and isinstance(value, tuple):
        added = [_first(each) for each in asked if each.op == "any_of" and verdict(each, rule, value, True) is False]
        target = tuple(sorted({*value, *(str(each) for each in added)} - {"none"}))
    else:
        named = [_first(each) for each in asked if each.op in ("in", "is")]
        target = named[0] if named else next((one for one in rule.values if passes(rule, asked, one)), None)
    return target if target is not None and passes(rule, asked, target) else None


def _clamped(asked: Sequence[Criterion], value: int) -> int:
    bounds = {op: [int(each.value) for each in asked if each.op == op] for op in ("at_least", "at_most", "is")}  # type: ignore[arg-type]
    if bounds["is"]:
        return bounds["is"][0]
    return min(max([value, *bounds["at_least"]]), *bounds["at_most"], 2**53)


def _first(criterion: Criterion) -> FactValue:
    return criterion.value[0] if isinstance(criterion.value, tuple) else criterion.value


def _adjust(rule: FactRule, asked: Sequence[Criterion], value: FactValue) -> Step | None:
    target = nearest(rule, asked, value)
    if target is None:
        return None
    days = ADJUST_DAYS
    if rule.type == "integer":
        present, wanted = int(value), int(target)  # type: ignore[arg-type]
        days += abs(wanted - present) * 100 // max(present, wanted, 1) // PERCENT_A_DAY
    return Step("adjust", rule.name, target, acts="household", days=days)


def _clear(
    rules: Rules, rule: FactRule, asked: Sequence[Criterion], value: FactValue, unremovable: Collection[str]
) -> Step | None:
    obstacle = rules.obstacle_of(rule, value)
    if obstacle is None or not obstacle.removable or obstacle.id in unremovable:
        return None
    if not passes(rule, asked, obstacle.cleared_value):
        return None
    return Step("clear", rule.name, obstacle.cleared_value, obstacle.id, obstacle.acts, obstacle.days)


def _wait(rule: FactRule, asked: Sequence[Criterion], value: FactValue, fact: Fact, today: date) -> Step | None:
    """The first day on which it passes by itself; None where a bound above is already passed and no window ends it."""
    failed = [each for each in asked if verdict(each, rule, value, True) is False]
    stated = int(fact.value)  # type: ignore[arg-type]
    if rule.window_months is not None:
        on, then = months_after(fact.as_of, rule.window_months), 0
    else:
        then = max(int(each.value) for each in failed)  # type: ignore[arg-type]
        months = (then - stated) * (12 if rule.unit == "years" else 1)
        if rule.unit not in ("months", "years") or any(each.op != "at_least" for each in failed):
            return None
        on = months_after(fact.as_of, months)
    if not passes(rule, asked, then):
        return None
    return Step("wait", rule.name, then, acts="time", days=(on - today).days * 5 // 7, on=on)
