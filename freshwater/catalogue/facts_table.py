"""The table of facts for the documentation, made from the same declarations that everything else uses."""

from __future__ import annotations

from freshwater.places import CHECKOUT
from shared.catalogue import Release
from shared.contracts.entities import FactDeclaration

FACTS_DOCUMENT = CHECKOUT / "docs" / "facts.md"

_HEAD = """# Facts (事实)

Made from `catalogue/facts.yaml` by `./run catalogue facts`; do not edit it here.

A fact is asked for once and used everywhere: in products' and policies' criteria, in the household's form, in
explanations and in remedies. What nobody has said is unknown: it neither passes nor fails, and its remedy is to supply
it. The last column says what a *failing* fact calls for: *adjust* (the household asks for something else), *clear* (an
obstacle is removed, named with its authority), *wait* (time does it), *final* (nothing helps, and it is said plainly).

| Fact | 中文 | Type | Values | Supplied by | A failure calls for |
|---|---|---|---|---|---|
"""


def facts_document(release: Release) -> str:
    """The whole document, in the order of the facts' ids."""
    return _HEAD + "".join(_row(fact, release) for fact in release.facts.values())


def _row(fact: FactDeclaration, release: Release) -> str:
    kind = fact.type if fact.unit == "none" else f"{fact.type} ({fact.unit})"
    values = ", ".join(f"`{choice.id}`" for choice in fact.values)
    cells = (f"`{fact.id}` {fact.en}", fact.zh, kind, values, fact.supplied_by, _failure(fact, release))
    return "| " + " | ".join(cells) + " |\n"


def _failure(fact: FactDeclaration, release: Release) -> str:
    if fact.failure == "wait" and fact.window_months:
        return f"wait: passes {fact.window_months} months after its date"
    if fact.failure == "wait":
        return "wait where more is needed; final where less is"
    if fact.failure != "clear":
        return fact.failure
    codes = dict.fromkeys([*(choice.obstacle for choice in fact.values), fact.obstacle])
    return "clear: " + ", ".join(f"{code} ({release.obstacles[code].lead})" for code in codes if code)
