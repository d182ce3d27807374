"""Facts (事实): whether a value fits its declaration, and which of two sayings holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Literal, NamedTuple

from services.intake.domain.problems import Problem, listed, problem
from services.intake.domain.terms import FactTerms, Terms

Assurance = Literal["self", "partner", "register"]
Value = bool | int | str | list[str]

RANK: dict[str, int] = {"self": 0, "partner": 1, "register": 2}
MOST_FACTS = 100
# What the demand says in fields of its own, and may say as facts under these names.
OWN_FIELDS: dict[str, str] = {
    "kind": "kind",
    "purpose": "purpose",
    "amount_yuan": "amount_yuan",
    "term_months": "term_months",
    "region": "county",
    "industry": "industry",
}
_REGION = re.compile(r"^(\d{6}|\d{9}|\d{12})$")
_INDUSTRY = re.compile(r"^[A-T](\d{2,4})?$")


class Fact(NamedTuple):
    """What is known: the value, who said it, as of when, and how surely.

    A named tuple, because a demand brings some twenty of them.
    """

    value: Value
    source: str
    as_of: date
    assurance: Assurance


def check_facts(values: Mapping[str, Value], terms: Terms, at: str) -> Iterator[Problem]:
    """All names that are not declared and all values that do not fit; `at` is the pointer of the mapping."""
    if len(values) > MOST_FACTS:
        yield problem("too-many", at, str(MOST_FACTS))
    for name, value in values.items():
        declared = terms.facts.get(name)
        if declared is None:
            near = get_close_matches(name, terms.facts, n=1)
            yield problem("fact-unknown", f"{at}/{name}", f"({near[0]}?)" if near else "")
        elif not fits(value, declared):
            yield problem("fact-value", f"{at}/{name}", _wanted(declared))


def fits(value: Value, declared: FactTerms) -> bool:
    """Whether a value is one that the declaration allows. True is no number and a number is no flag."""
    match declared.type:
        case "flag":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case "choice":
            return isinstance(value, str) and value in declared.values
        case "set":
            return isinstance(value, list) and bool(value) and declared.values.issuperset(value)
        case "region":
            return isinstance(value, str) and bool(_REGION.match(value))
        case "industry":
            return isinstance(value, str) and bool(_INDUSTRY.match(value))


def _wanted(declared: FactTerms) -> str:
    match declared.type:
        case "flag":
            return "true / false"
        case "integer":
            return "0, 1, 2, …"
        case "choice":
            return listed(declared.values)
        case "set":
            return f"[{listed(declared.values)}]"
        case "region":
            return "6 / 9 / 12 位数字 (digits)"
        case "industry":
            return "A-T + 0/2/3/4 位数字 (digits)"


def assurance_of(name: str, role: str, terms: Terms) -> Assurance:
    """How surely a role knows a fact: an authority from its register, a partner what the household cannot only say."""
    if role == "publisher":
        declared = terms.facts.get(name)
        return "self" if declared is None or declared.by_household else "partner"
    return "register" if role == "authority" else "partner" if role == "bank" else "self"


def stated(values: Mapping[str, Value], role: str, source: str, as_of: date, terms: Terms) -> dict[str, Fact]:
    """Plain values as facts of who said them."""
    if role != "publisher":
        same = assurance_of("", role, terms)
        return {name: Fact(value, source, as_of, same) for name, value in values.items()}
    return {name: Fact(value, source, as_of, assurance_of(name, role, terms)) for name, value in values.items()}


def merged(known: Mapping[str, Fact], said: Mapping[str, Fact]) -> tuple[dict[str, Fact], list[str], list[str]]:
    """All facts after `said`; which of them changed; and which stayed because a surer source had said otherwise.

    The surer one holds; of two equally sure ones the newer.
    """
    result, changed, refused = dict(known), [], []
    for name, fact in said.items():
        before = known.get(name)
        if before is None or _holds(fact, before):
            result[name] = fact
            if before is None or before.value != fact.value or before.assurance != fact.assurance:
                changed.append(name)
        elif before.value != fact.value:
            refused.append(name)
    return result, changed, refused


def _holds(new: Fact, old: Fact) -> bool:
    return (RANK[new.assurance], new.as_of) >= (RANK[old.assurance], old.as_of)
