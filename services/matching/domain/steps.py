"""One step of a remedy: what would make one fact pass one product's criteria, who does it, and how long it takes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from services.matching.domain.criteria import verdict
from services.matching.domain.demand import Step
from services.matching.domain.facts import Fact, aged, months_after
from services.matching.domain.rules import Criterion, FactRule, FactValue, Obstacle, Rules

GROWN = ("days", "months", "years")
"""Units of numbers that time alone makes larger."""
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


def least_days(
    rules: Rules, rule: FactRule, cuts: Sequence[int], fact: Fact, today: date, unremovable: Collection[str]
) -> int | None:
    """The days that a step for a fact that fails takes at least, whatever asks it; None where there can be none.

    `cuts`: the values from which on some criterion judges otherwise.
    """
    if rule.failure == "adjust":
        return _least_change(cuts, fact.value) if rule.type == "integer" else ADJUST_DAYS
    if rule.failure == "clear":
        obstacle = _removable(rules, rule, aged(rule, fact, today), unremovable)
        return obstacle.days if obstacle else None
    if rule.failure == "wait" and rule.window_months is not None:
        return _days_until(months_after(fact.as_of, rule.window_months), today)
    if rule.failure == "wait" and rule.unit in GROWN:
        value, stated = int(aged(rule, fact, today)), int(fact.value)  # type: ignore[arg-type]
        further = next((cut for cut in cuts if cut > value), None)
        if further is None:
            return None
        return _days_until(_grown(rule, fact, further - stated), today)
    return None


def _grown(rule: FactRule, fact: Fact, by: int) -> date:
    """The day on which a number is larger by so much of its unit than it was stated."""
    if rule.unit == "days":
        return fact.as_of + timedelta(days=by)
    return months_after(fact.as_of, by * (12 if rule.unit == "years" else 1))


def _least_change(cuts: Sequence[int], value: FactValue) -> int:
    """To the next value on either side that anybody asks for. `cuts` begin with one below all values."""
    present, place = int(value), bisect_right(cuts, value)  # type: ignore[arg-type]
    below = [cuts[place - 1] - 1] if place > 1 else []
    return min([_days_of_change(present, each) for each in (*below, *cuts[place : place + 1])], default=ADJUST_DAYS)


def _days_of_change(present: int, wanted: int) -> int:
    """What asking for another number counts as."""
    return ADJUST_DAYS + abs(wanted - present) * 100 // max(present, wanted, 1) // PERCENT_A_DAY


def _days_until(day: date, today: date) -> int:
    """Working days, as five of seven."""
    return (day - today).days * 5 // 7


def _removable(rules: Rules, rule: FactRule, value: FactValue, unremovable: Collection[str]) -> Obstacle | None:
    obstacle = rules.obstacle_of(rule, value)
    return None if obstacle is None or not obstacle.removable or obstacle.id in unremovable else obstacle


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
        days = _days_of_change(int(value), int(target))  # type: ignore[arg-type]
    return Step("adjust", rule.name, target, acts="household", days=days)


def _clear(
    rules: Rules, rule: FactRule, asked: Sequence[Criterion], value: FactValue, unremovable: Collection[str]
) -> Step | None:
    obstacle = _removable(rules, rule, value, unremovable)
    if obstacle is None or not passes(rule, asked, obstacle.cleared_value):
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
        if rule.unit not in GROWN or any(each.op != "at_least" for each in failed):
            return None
        on = _grown(rule, fact, then - stated)
    if not passes(rule, asked, then):
        return None
    return Step("wait", rule.name, then, acts="time", days=_days_until(on, today), on=on)
