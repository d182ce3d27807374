"""Rules for who hears what: the types exist, the templates stand, and a template names only what its events can say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from jinja2 import TemplateSyntaxError, meta
from jinja2.sandbox import SandboxedEnvironment

from shared.catalogue.problems import Path, Problem, listed, nearest
from shared.catalogue.rules_facts import PAPERS, is_shown
from shared.catalogue.whole import Whole
from shared.contracts.door import Personal
from shared.contracts.envelope import TYPE_PREFIX, Data
from shared.contracts.messages import Feedback, Telling, Template
from shared.contracts.registry import CONTEXTS

LAST_RESORT = "zh-CN"
"""The language that every template has; another one falls back to it."""
COMMON = frozenset(
    {
        "account",
        "answer",
        "authority",
        "bank",
        "bank_names",
        "banks",
        "cost_bp",
        "costs",
        "county",
        "demand",
        "disclosed",
        "disclosure",
        "evidence_wanted",
        "guidance",
        "items",
        "obstacle",
        "office",
        "personal",
        "plan",
        "product",
        "promised",
        "remedies",
        "unit",
    }
)
"""What every template may name, beside the fields of its event; what does not apply is none."""
FILTERS = frozenset({"day", "listed", "rate", "yuan"})
"""What notify adds to Jinja2's own filters: a date, a list, basis points and money as a person reads them."""
TELLABLE = {
    data.TYPE.removeprefix(f"{TYPE_PREFIX}.").removesuffix(".v1"): data
    for context in ("demands", "referrals", "cases", "households")
    for data in CONTEXTS[context]
}

_environment = SandboxedEnvironment()
_environment.filters.update(dict.fromkeys(FILTERS, str))


class _Words(NamedTuple):
    """What a text names and includes; or where, and how, it is not Jinja2."""

    names: frozenset[str] = frozenset()
    includes: tuple[str | None, ...] = ()
    fault: str = ""
    line: int = 0


@lru_cache(maxsize=4096)
def words_of(text: str) -> _Words:
    """Kept, because a follower checks every release and few texts change from one to the next."""
    try:
        tree = _environment.parse(text)
    except TemplateSyntaxError as error:
        return _Words(fault=f"is not Jinja2: {error.message}", line=error.lineno)
    return _Words(frozenset(meta.find_undeclared_variables(tree)), tuple(meta.find_referenced_templates(tree)))


def fields_of(data: type[Data]) -> frozenset[str]:
    """What a template may name of an event: its own fields, not the summary."""
    return frozenset(data.model_fields) - {"summary", "sealed"}


def broken_feedback(row: Feedback, whole: Whole) -> Iterator[Problem]:
    """The type can be told, and every telling of it has its template, known fields and a fitting recipient."""
    data = TELLABLE.get(row.id)
    if data is None:
        what = "is not a type that notify hears"
        yield Problem("feedback", row.id, ("id",), what, listed(TELLABLE, 60), nearest(row.id, TELLABLE))
        return
    for place, telling in enumerate(row.told):
        path: Path = ("told", place)
        wanted = f"{LAST_RESORT}.{telling.audience}.{telling.template}"
        yield from whole.dangling("feedback", row.id, (*path, "template"), "template", wanted)
        yield from _broken_telling(row.id, path, telling, data)


def _broken_telling(identifier: str, path: Path, telling: Telling, data: type[Data]) -> Iterator[Problem]:
    for name in telling.only.keys() - fields_of(data):
        what = f"{name!r} is not a field of {identifier}"
        yield Problem("feedback", identifier, (*path, "only", name), what, listed(fields_of(data), 30))
    for at, name in enumerate(telling.discloses):
        if name != "declared" and not is_shown(name):
            what = f"{name!r} is not a field of identity"
            allowed = listed({*Personal.model_fields, PAPERS, "file:<kind>", "declared"}, 30)
            yield Problem("feedback", identifier, (*path, "discloses", at), what, allowed)
    if "desk" in telling.channels[:-1]:
        what = "whatever stands behind desk is never used"
        yield Problem("feedback", identifier, (*path, "channels"), what, "desk as the last channel")


def broken_templates(whole: Whole) -> Iterator[Problem]:
    """A template can be read, includes what there is, and names only what all the events that use it can say."""
    rows = [entity for entity in whole.entities.values() if isinstance(entity, Feedback)]
    told = [(row.id, telling) for row in rows for telling in row.told if row.id in TELLABLE]
    for template in (entity for entity in whole.entities.values() if isinstance(entity, Template)):
        _, _, wanted = template.id.partition(".")
        users = [fields_of(TELLABLE[row]) for row, each in told if f"{each.audience}.{each.template}" == wanted]
        known = COMMON | (frozenset.intersection(*users) if users else frozenset())
        for part, text in (("subject", template.subject), ("text", template.text)):
            yield from _broken_words(template.id, part, words_of(text), known, whole)


def _broken_words(identifier: str, part: str, words: _Words, known: frozenset[str], whole: Whole) -> Iterator[Problem]:
    if words.fault:
        yield Problem("template", identifier, (part, words.line), words.fault)
    for name in sorted(words.names - known):
        what = f"{name!r} is not said by every event that uses this template"
        yield Problem("template", identifier, (part,), what, listed(known, 60), nearest(name, known))
    for included in words.includes:
        if included is None:
            yield Problem("template", identifier, (part,), "an include must name its template in plain words")
        else:
            yield from whole.dangling("template", identifier, (part,), "template", included)
