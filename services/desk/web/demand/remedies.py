"""Remedies (条件处方) in plain words: do these, so many products open, the best at such a rate."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from services.desk.web.wording.words import Words
from shared.contracts.values import Remedy, Step

_read = TypeAdapter(list[Remedy]).validate_json


@dataclass(frozen=True, slots=True)
class StepInWords:
    """One step: its kind, what to do, and who acts in what time."""

    kind: str
    what: str
    how: str


@dataclass(frozen=True, slots=True)
class RemedyInWords:
    """One remedy: its steps, and what opens."""

    steps: tuple[StepInWords, ...]
    opens: str


def in_words(remedies: bytes | None, words: Words) -> list[RemedyInWords]:
    """The remedies of a demand, the cheapest first, as matching ordered them."""
    return [] if remedies is None else [_remedy(each, words) for each in _read(remedies)]


def _remedy(remedy: Remedy, words: Words) -> RemedyInWords:
    text = words.language.text
    values = {
        "n": remedy.products,
        "product": words.name(remedy.best_product, "products"),
        "rate": words.rate(remedy.best_rate_bp),
    }
    if remedy.best_rate_bp is None:
        opens = text("Then products open: %(n)d.") % values
    else:
        opens = text("Then products open: %(n)d, the best at about %(rate)s a year: %(product)s.") % values
    return RemedyInWords(tuple(_step(step, words) for step in remedy.steps), opens)


def _step(step: Step, words: Words) -> StepInWords:
    text = words.language.text
    how = [words.label(step.acts, "acts")] if step.kind == "clear" else []
    if step.working_days is not None:
        how.append(text("usually %(n)d working days") % {"n": step.working_days})
    if step.on is not None:
        how.append(text("on %(day)s") % {"day": words.day(step.on)})
    return StepInWords(step.kind, _what(step, words), words.language.of("，", ", ").join(how))


def _what(step: Step, words: Words) -> str:
    text = words.language.text
    if step.obstacle is not None:
        return words.name(step.obstacle, "obstacles")
    fact = words.name(step.fact, "facts")
    declared = words.release.facts.get(step.fact) if words.release else None
    if step.kind == "supply" and declared is not None:
        return words.language.of(declared.ask_zh, declared.ask_en)
    if step.target is None:
        return fact
    values = {"fact": fact, "value": words.fact_value(step.target, step.fact)}
    if step.kind == "wait":
        return text("Until %(fact)s is %(value)s") % values
    return text("Change %(fact)s to %(value)s") % values
