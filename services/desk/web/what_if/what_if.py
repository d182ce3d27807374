"""What if a rule were another one: pick what products ask, say what they are to ask, see households, money, banks.

Nothing is decided or published by it: matching compares the recorded demands under both catalogues.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table, shown
from services.desk.web.what_if.rules import Rule, edit_of, rules_of, written
from shared.catalogue import Release

MOST_SPARED = 10
BANKS = Table(
    "what-if-banks",
    N_("Banks that would gain"),
    (
        Column(N_("Bank"), lambda row, words: words.name(row["bank"], "institutions")),
        Column(N_("Households more"), lambda row, _: row["households"], "number"),
        Column(N_("They ask for"), lambda row, _: row["yuan"], "yuan"),
    ),
    empty=N_("No bank would gain a household."),
)
SPARED = Table(
    "what-if-spared",
    N_("What would not be needed any more"),
    (
        Column(N_("Step"), lambda row, words: _step(row["step"], words)),
        Column(N_("Demands"), lambda row, _: row["demands"], "number"),
    ),
    empty=N_("No demand would be spared a step."),
)
WRONG = N_("This rule cannot ask for that: write a whole number, one of the fact's values, or a list with commas.")


def _step(step: str, words: Any) -> str:
    """An obstacle by its name; else the kind of a step and its fact."""
    kind, _, fact = step.partition(" ")
    if not fact:
        return str(words.name(step, "obstacles"))
    return f"{words.label(kind, 'remedy')}: {words.name(fact, 'facts')}"


async def page(visit: Visit) -> Response:
    """The form, and with a rule in the address what it would come to: so that it can be kept and sent."""
    asked, release = visit.request.query_params, visit.office.catalogue()
    if release is None:
        return visit.problem(503, N_("Just a moment"), N_("There is no catalogue yet. Please try again soon."))
    rules = rules_of(release)
    rule = _rule(visit, rules)
    answer, problems = await _answer(visit, release, rule) if rule else ({}, [])
    words = visit.words
    return visit.page(
        "what_if.html",
        rules=rules,
        rule=rule,
        asked=asked,
        becomes=asked.get("becomes", "") or (written(rule.value) if rule else ""),
        answer=answer,
        problems=problems,
        banks=shown(BANKS, answer.get("banks", []), words),
        spared=shown(SPARED, answer.get("spared", [])[:MOST_SPARED], words),
        more=len(answer.get("spared", [])) > MOST_SPARED,
        counties=sorted({each.region for each in release.authorities.values() if each.catch_all}),
    )


def _rule(visit: Visit, rules: Sequence[Rule]) -> Rule | None:
    """The rule that the address names, if products ask for it today."""
    asked = visit.request.query_params.get("rule")
    return next((each for each in rules if each.key == asked), None)


async def _answer(visit: Visit, release: Release, rule: Rule) -> tuple[Mapping[str, Any], list[str]]:
    """What matching says, or what is wrong with the question."""
    asked = visit.request.query_params
    drop = bool(asked.get("drop"))
    becomes = None if drop else _value(asked.get("becomes", ""), rule)
    if becomes is None and not drop:
        return {}, [visit.words.language.text(WRONG)]
    bank = asked.get("bank") if asked.get("bank") in release.institutions else None
    answer = await visit.office.services.what_if(edit_of(rule, becomes, drop, bank), asked.get("county") or None)
    if "problems" in answer:
        said = (each if isinstance(each, str) else visit.words.language.of(**each) for each in answer["problems"])
        return {}, list(said)
    return answer, []


def _value(text: str, rule: Rule) -> Any:
    """What was written, as a value of the rule's own kind; None where it is none."""
    text = text.strip()
    if isinstance(rule.value, bool):
        return {"true": True, "false": False}.get(text.lower())
    if isinstance(rule.value, int):
        return int(text) if text.isascii() and text.removeprefix("-").isdigit() and len(text) < 13 else None
    if isinstance(rule.value, list):
        return [each.strip() for each in text.replace("，", ",").split(",") if each.strip()] or None
    return text or None


def _part(name: str) -> Callable[[Visit, int], Awaitable[Sequence[Any]]]:
    async def load(visit: Visit, limit: int) -> Sequence[Any]:
        release = visit.office.catalogue()
        rule = _rule(visit, rules_of(release)) if release else None
        answer, _ = await _answer(visit, release, rule) if release and rule else ({}, [])
        found: Sequence[Any] = answer.get(name, [])
        return found[:limit]

    return load


LISTINGS = (Listing(BANKS, "what_if", _part("banks")), Listing(SPARED, "what_if", _part("spared")))
