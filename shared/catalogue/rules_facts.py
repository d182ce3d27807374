"""Rules for facts, for criteria over them, and for the obstacles that keep them wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from shared.catalogue.problems import Path, Problem, listed, nearest
from shared.catalogue.whole import Whole
from shared.contracts.door import Personal
from shared.contracts.entities import Criterion, FactDeclaration, Obstacle
from shared.contracts.values import FactValue

OPERATORS = {
    "flag": ("is",),
    "integer": ("at_least", "at_most", "is"),
    "choice": ("is", "in", "not_in"),
    "set": ("any_of",),
    "region": ("in", "not_in"),
    "industry": ("in", "not_in"),
}
"""Which operators a type of fact can be asked with."""

PAPERS = "files"
"""In the place of a field of identity: all papers of a demand."""
INDUSTRY = re.compile(r"^[A-T](\d{2,4})?$")
REGION = re.compile(r"^(\d{6}|\d{9}|\d{12})$")


def broken_fact(fact: FactDeclaration, whole: Whole) -> Iterator[Problem]:
    """A fact's values, obstacle and window fit its type and the kind of its failure."""
    if (fact.type in ("choice", "set")) != bool(fact.values):
        what = "needs its values" if not fact.values else f"a {fact.type} has no list of values"
        yield Problem("fact", fact.id, ("values",), what)
    seen: set[str] = set()
    for place, choice in enumerate(fact.values):
        if choice.id in seen:
            yield Problem("fact", fact.id, ("values", place, "id"), f"{choice.id} stands twice")
        seen.add(choice.id)
        if choice.obstacle:
            yield from _broken_link(fact, ("values", place, "obstacle"), choice.obstacle, whole)
    if fact.obstacle:
        yield from _broken_link(fact, ("obstacle",), fact.obstacle, whole)
    elif fact.failure == "clear":
        yield Problem("fact", fact.id, ("failure",), "a failure that is cleared needs the obstacle to clear")
    if fact.failure == "wait" and fact.type != "integer":
        yield Problem("fact", fact.id, ("failure",), "only a number can be waited for", "type integer")
    if fact.window_months is not None and fact.failure != "wait":
        yield Problem("fact", fact.id, ("window_months",), f"has no meaning where the failure is {fact.failure}")


def _broken_link(fact: FactDeclaration, path: Path, code: str, whole: Whole) -> Iterator[Problem]:
    yield from whole.dangling("fact", fact.id, path, "obstacle", code)
    obstacle = whole.obstacles.get(code)
    if obstacle and obstacle.fact != fact.id:
        yield Problem("fact", fact.id, path, f"obstacle {code} is about {obstacle.fact}, not about {fact.id}")


def is_shown(name: str) -> bool:
    """Whether a field may be shown of a household: of its identity, all its papers, or those of one kind."""
    return name in Personal.model_fields or name == PAPERS or name.startswith("file:")


def broken_obstacle(obstacle: Obstacle, whole: Whole) -> Iterator[Problem]:
    """An obstacle's fact takes the value that clears it, somebody leads, and who acts is told how."""
    kind, code = "obstacle", obstacle.id
    yield from whole.dangling(kind, code, ("fact",), "fact", obstacle.fact)
    fact = whole.facts.get(obstacle.fact)
    if fact:
        yield from misfit(kind, code, ("cleared_value",), fact, obstacle.cleared_value)
    if obstacle.acts != "authority" and obstacle.guidance is None:
        yield Problem(kind, code, (), f"acts is {obstacle.acts}, so the household needs guidance")
    leads = {authority.kind for authority in whole.authorities.values()}
    named: Sequence[tuple[Path, str]] = [(("lead",), obstacle.lead)]
    named = [*named, *((("supports", place), name) for place, name in enumerate(obstacle.supports))]
    for path, name in named:
        if name not in leads:
            what = f"no authority is of kind {name!r}"
            yield Problem(kind, code, path, what, listed(leads, 30), nearest(name, leads))
    for place, name in enumerate(obstacle.identity_fields):
        if not is_shown(name):
            yield Problem(
                kind, code, ("identity_fields", place), f"{name!r} is not a field of identity",
                listed({*Personal.model_fields, PAPERS, "file:<kind>"}), nearest(name, Personal.model_fields),
            )  # fmt: skip
    yield from broken_industries(kind, code, ("industries",), obstacle.industries)


def broken_criteria(kind: str, identifier: str, criteria: Sequence[Criterion], whole: Whole) -> Iterator[Problem]:
    """Each criterion asks a declared fact with an operator and a value that its type knows, and asks it once."""
    seen: set[tuple[str, str]] = set()
    for place, criterion in enumerate(criteria):
        path: Path = ("criteria", place)
        yield from whole.dangling(kind, identifier, (*path, "fact"), "fact", criterion.fact)
        if (criterion.fact, criterion.op) in seen:
            yield Problem(kind, identifier, path, f"{criterion.fact} {criterion.op} stands twice")
        seen.add((criterion.fact, criterion.op))
        fact = whole.facts.get(criterion.fact)
        if fact is None:
            continue
        if criterion.op not in OPERATORS[fact.type]:
            what = f"{criterion.op} cannot be asked of {fact.id}, which is a {fact.type}"
            yield Problem(kind, identifier, (*path, "op"), what, listed(OPERATORS[fact.type]))
            continue
        yield from misfit(kind, identifier, (*path, "value"), fact, criterion.value, many=criterion.op in _MANY)


_MANY = ("in", "not_in", "any_of")


def misfit(
    kind: str, identifier: str, path: Path, fact: FactDeclaration, value: FactValue, many: bool | None = None
) -> Iterator[Problem]:
    """A value that the fact's type cannot have. `many`: a list of values is asked for (a set's own value is a list)."""
    wants_list = fact.type == "set" if many is None else many
    if wants_list != isinstance(value, list):
        what = f"{value!r} should be a {'list of values' if wants_list else 'single value'}"
        yield Problem(kind, identifier, path, what)
        return
    if isinstance(value, list) and not value:
        yield Problem(kind, identifier, path, "an empty list can never hold")
    for place, item in enumerate(value if isinstance(value, list) else [value]):
        where = (*path, place) if wants_list else path
        yield from _misfit_item(kind, identifier, where, fact, item)


def _misfit_item(kind: str, identifier: str, path: Path, fact: FactDeclaration, item: object) -> Iterator[Problem]:
    allowed, near = "", ""
    if fact.type == "flag":
        fits, allowed = isinstance(item, bool), "true, false"
    elif fact.type == "integer":
        fits, allowed = isinstance(item, int) and not isinstance(item, bool), f"a whole number of {fact.unit}"
    elif fact.type == "region":
        fits, allowed = isinstance(item, str) and bool(REGION.match(item)), "6, 9 or 12 digits, quoted"
    elif fact.type == "industry":
        fits, allowed = isinstance(item, str) and bool(INDUSTRY.match(item)), "a letter A-T and 0, 2, 3 or 4 digits"
    else:
        choices = [choice.id for choice in fact.values]
        fits, allowed, near = item in choices, listed(choices, 25), nearest(item, choices)
    if not fits:
        yield Problem(kind, identifier, path, f"{item!r} is not a value of {fact.id} ({fact.type})", allowed, near)


def broken_industries(kind: str, identifier: str, path: Path, industries: Sequence[str]) -> Iterator[Problem]:
    for place, code in enumerate(industries):
        if not INDUSTRY.match(code):
            what = f"{code!r} is not an industry of GB/T 4754"
            yield Problem(kind, identifier, (*path, place), what, "a letter A-T and 0, 2, 3 or 4 digits")
