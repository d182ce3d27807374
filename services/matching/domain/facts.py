"""Facts (事实): which of two wins, which values a fact can have, and what time makes of a number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from services.matching.domain.rules import FactRule, FactValue

ASSURANCE = {"self": 0, "partner": 1, "register": 2}


class Fact(NamedTuple):
    """What is known of a household: value, who said it, as of when, how surely. A tuple: a state holds dozens."""

    value: FactValue
    source: str
    as_of: date
    assurance: str = "self"


ON_OFFER = "on_offer"
"""The day as a fact like all others, in days since the year 1: a product's window is two criteria over it."""
ON_OFFER_RULE = FactRule(ON_OFFER, "integer", "wait", unit="days")


def known_at(facts: Mapping[str, Fact], name: str, today: date) -> Fact | None:
    """What is known of a fact. Which day it is nobody has to say."""
    return Fact(today.toordinal(), "calendar", today, "register") if name == ON_OFFER else facts.get(name)


def wins(said: Fact, known: Fact) -> bool:
    """The better assurance wins, then the newer; of two equal ones the one said last."""
    return (ASSURANCE[said.assurance], said.as_of) >= (ASSURANCE[known.assurance], known.as_of)


def merge(known: Mapping[str, Fact], said: Mapping[str, Fact]) -> tuple[dict[str, Fact], frozenset[str]]:
    """Both together, and the names whose value or assurance is another now. What nobody said stays unknown."""
    merged, changed = dict(known), set()
    for name, fact in said.items():
        before = known.get(name)
        if before is None or wins(fact, before):
            merged[name] = fact
            if before is None or (before.value, before.assurance) != (fact.value, fact.assurance):
                changed.add(name)
    return merged, frozenset(changed)


def fits(rule: FactRule, value: FactValue) -> bool:
    """Whether the fact can have this value at all; one that it cannot have counts as unknown."""
    if rule.type == "flag":
        return isinstance(value, bool)
    if rule.type == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if rule.type == "set":
        return isinstance(value, tuple)
    return isinstance(value, str) and bool(value) and (rule.type != "choice" or value in rule.values)


def aged(rule: FactRule, fact: Fact, today: date) -> FactValue:
    """The value today. Months and years in business grow by themselves; a count over a window is over after it.

    Only what is sure is assumed: whole months and years, and of a window nothing before its end.
    """
    value = fact.value
    if today <= fact.as_of or not grows(rule) or isinstance(value, bool) or not isinstance(value, int):
        return value
    months = months_between(fact.as_of, today)
    if rule.window_months is not None:
        return 0 if months >= rule.window_months else value
    if rule.unit == "months":
        return value + months
    return value + months // 12 if rule.unit == "years" else value


def grows(rule: FactRule) -> bool:
    """Whether time alone changes what is known: exactly where waiting can help."""
    return rule.type == "integer" and rule.failure == "wait"


def months_between(start: date, end: date) -> int:
    """Whole months from one day to a later one."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def months_after(start: date, months: int) -> date:
    """The first day on which so many whole months have passed."""
    years, month = divmod(start.month - 1 + months, 12)
    try:
        return date(start.year + years, month + 1, start.day)
    except ValueError:  # the 31st of a shorter month: the month is whole on the next month's first day
        years, month = divmod(start.month + months, 12)
        return date(start.year + years, month + 1, 1)
