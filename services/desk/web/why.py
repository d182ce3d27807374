"""Why these banks and not those: matching computes its decision again and says, criterion by criterion, what held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.desk.store import demands as store
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.words import Words

OPS = {
    "at_least": N_("at least"),
    "at_most": N_("at most"),
    "in": N_("one of"),
    "not_in": N_("none of"),
    "any_of": N_("some of"),
    "is": N_("is"),
}
REACH = N_("Offered where the demand is, for what it is")
_INTERNAL = "on_offer"
"""A product's window, which matching asks like a fact: it is no fact of the household."""


class Line(NamedTuple):
    """One criterion: what is asked, what is known and from whom, and whether it held."""

    fact: str
    asked: str
    known: str
    source: str
    verdict: str


class Verdict(NamedTuple):
    """One product and all its criteria, those that do not hold first."""

    product: str
    bank: str
    met: bool
    lines: Sequence[Line]


async def show(visit: Visit) -> Response:
    """The products in question for one demand; `?bank=` asks for all of one bank's."""
    try:
        demand = UUID(visit.request.path_params["id"])
    except ValueError:
        raise HTTPException(404) from None
    async with visit.office.connection() as connection:
        found = await store.one(connection, visit.signed_in, demand)
    if found is None:
        raise HTTPException(404)
    release = visit.office.catalogue()
    asked = visit.request.query_params.get("bank")
    bank = asked if release and asked in release.institutions else None
    said = await visit.office.services.explain(demand, bank)
    problems = [visit.words.language.of(each["zh"], each["en"]) for each in _two(said.get("problems"))]
    return visit.page(
        "why.html",
        row=found.row,
        bank=bank,
        banks=list(release.institutions.values()) if release else [],
        problems=problems,
        verdicts=[] if problems else _verdicts(said, visit.words),
        funnel=[] if problems else [_left(each, visit.words) for each in said["funnel"] if each["fact"] != _INTERNAL],
        differs=bool(said.get("differs")),
    )


def _two(problems: Any) -> list[Mapping[str, str]]:
    """Matching's own problems are of one language."""
    return [each if isinstance(each, Mapping) else {"zh": str(each), "en": str(each)} for each in problems or ()]


def _left(step: Mapping[str, Any], words: Words) -> tuple[str, int]:
    """So many products are left once this has been asked too; the first step asks only where and what."""
    fact = step["fact"]
    return words.language.text(REACH) if fact == "reach" else words.name(fact, "facts"), step["products"]


def _verdicts(said: Mapping[str, Any], words: Words) -> list[Verdict]:
    found = []
    for each in said["verdicts"]:
        told = [_line(line, words) for line in each["lines"] if line["criterion"]["fact"] != _INTERNAL]
        told.sort(key=lambda line: line.verdict == "passed")
        found.append(Verdict(each["product"]["id"], each["product"]["bank"], each["met"], told))
    return found


def _line(line: Mapping[str, Any], words: Words) -> Line:
    criterion, known, value = line["criterion"], line["known"], line["value"]
    fact = criterion["fact"]
    asked = f"{words.language.text(OPS[criterion['op']])} {words.fact_value(criterion['value'], fact)}"
    source = words.house(str(known["source"])) if known else ""
    shown = "–" if value is None else words.fact_value(value, fact)
    return Line(fact, asked, shown, source, line["verdict"])
