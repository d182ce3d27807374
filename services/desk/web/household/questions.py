"""Questions made from facts.yaml: asked only where the answer decides something, in the words of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from services.desk.web.language import N_
from services.desk.web.wording.words import Words
from shared.contracts.entities import FactDeclaration
from shared.contracts.values import Remedy

_read = TypeAdapter(list[Remedy]).validate_json
YES_NO = (("true", N_("yes")), ("false", N_("no")))
MOST = 5
"""Questions on one screen; the next ones come when these are answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: the field's name, the words, and the answers to choose from; none where a number is wanted."""

    name: str
    ask: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""


def remedies_of(body: bytes | None) -> list[Remedy]:
    return [] if body is None else _read(body)


def questions(remedies: Iterable[Remedy], words: Words) -> list[Question]:
    """What the cheapest remedies want to know, each once."""
    release = words.release
    names = dict.fromkeys(step.fact for each in remedies for step in each.steps if step.kind == "supply")
    declared = [(name, release.facts.get(name)) for name in names] if release else []
    return [question_of(name, fact, words) for name, fact in declared if fact is not None][:MOST]


def question_of(name: str, fact: FactDeclaration, words: Words) -> Question:
    """One fact as it is asked for."""
    ask = words.language.of(fact.ask_zh, fact.ask_en)
    if fact.type == "flag":
        return Question(name, ask, "choice", tuple((value, words.language.text(said)) for value, said in YES_NO))
    if fact.type in ("choice", "set"):
        said = tuple((each.id, words.language.of(each.zh, each.en)) for each in fact.values)
        return Question(name, ask, fact.type, said)
    return Question(name, ask, fact.type, unit="" if fact.unit == "none" else fact.unit)


def answers(form: Any, wanted: Iterable[Question], facts: Mapping[str, FactDeclaration]) -> dict[str, Any]:
    """What was answered, as values of the facts; what was left open is left out, and the gate judges the rest."""
    found: dict[str, Any] = {}
    for question in wanted:
        given = [str(each).strip()[:200] for each in form.getlist(question.name) if str(each).strip()]
        if not given:
            continue
        kind = facts[question.name].type
        if kind == "flag":
            found[question.name] = given[0] == "true"
        elif kind == "integer":
            number = given[0].replace(",", "").replace("，", "")
            found[question.name] = int(number) if number.isascii() and number.isdigit() and len(number) < 13 else number
        else:
            found[question.name] = given if kind == "set" else given[0]
    return found
