"""What a named demand becomes: facts supplied, adjusted, withdrawn, revived. Each answer is a demand or a problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.intake.domain.demand import Demand
from services.intake.domain.facts import OWN_FIELDS, Fact, Value
from services.intake.domain.facts import merged as merged_facts
from services.intake.domain.problems import Problem, problem
from services.intake.domain.terms import Terms
from services.intake.domain.validation import broken_field


@dataclass(frozen=True, slots=True)
class Changed:
    """The demand as it is now, and the names of what changed; none where everything was known already."""

    demand: Demand
    names: tuple[str, ...] = ()


Answer = Changed | Problem


def own_problems(values: Mapping[str, Value], terms: Terms, at: str) -> list[Problem]:
    """Faults of those facts that are fields of the demand."""
    return [
        problem("fact-value", f"{at}/{name}", fault)
        for name, value in values.items()
        if name in OWN_FIELDS and (fault := broken_field(name, value, terms))
    ]


def supply(demand: Demand, said: Mapping[str, Fact], at: str) -> Answer:
    """Facts of whoever knows them. What a surer source has said stays; where only that was said, it is a problem."""
    if demand.state != "open":
        return _not_open(demand)
    fields: dict[str, Any] = {OWN_FIELDS[name]: fact.value for name, fact in said.items() if name in OWN_FIELDS}
    facts, changed, refused = merged_facts(
        demand.facts, {name: fact for name, fact in said.items() if name not in OWN_FIELDS}
    )
    if refused and not changed and not fields:
        return problem("fact-known-better", f"{at}/{refused[0]}")
    return _with(demand, fields, facts, changed)


def adjust(demand: Demand, amount_yuan: int | None, term_months: int | None, facts: Mapping[str, Fact]) -> Answer:
    """The household asks for something else; its own choice replaces what it chose before."""
    if demand.state != "open":
        return _not_open(demand)
    fields: dict[str, Any] = {OWN_FIELDS[name]: fact.value for name, fact in facts.items() if name in OWN_FIELDS}
    asked = {"amount_yuan": amount_yuan, "term_months": term_months}
    fields |= {name: value for name, value in asked.items() if value is not None}
    rest = {name: fact for name, fact in facts.items() if name not in OWN_FIELDS}
    changed = [
        name for name, fact in rest.items() if name not in demand.facts or demand.facts[name].value != fact.value
    ]
    return _with(demand, fields, {**demand.facts, **{name: rest[name] for name in changed}}, changed)


def _with(demand: Demand, fields: Mapping[str, Any], facts: dict[str, Fact], changed: list[str]) -> Changed:
    names = [name for name, value in fields.items() if getattr(demand, name) != value]
    if not names and not changed:
        return Changed(demand)
    new: dict[str, Any] = {name: fields[name] for name in names}
    return Changed(replace(demand, facts=facts, **new), (*names, *changed))


def withdraw(demand: Demand) -> Answer:
    """Withdrawn again is withdrawn. What has ended may be withdrawn too: nothing more is told about it."""
    if demand.state == "erased":
        return problem("erased", "")
    if demand.state == "withdrawn":
        return Changed(demand)
    return Changed(replace(demand, state="withdrawn"), ("state",))


def revive(demand: Demand, rival: Demand | None, at: str) -> Answer:
    """A dormant one goes on, a withdrawn or ended one opens again, unless the purpose is taken by now."""
    if demand.state == "erased":
        return problem("erased", at)
    if demand.state == "open":
        return Changed(demand)
    if rival is not None and rival.id != demand.id:
        return problem("purpose-taken", at)
    return Changed(replace(demand, state="open"), ("state",))


def erased(demand: Demand) -> Demand:
    """What is left of a demand: that there was one. Its sentence and facts may tell who it was."""
    return replace(
        demand,
        state="erased",
        sentence=None,
        facts={},
        fingerprint=b"",
        industry=None,
        amount_yuan=None,
        term_months=None,
    )


def _not_open(demand: Demand) -> Problem:
    return problem("erased" if demand.state == "erased" else "demand-not-open", "")
