"""Why these banks and not those: matching computes its decision again and says, criterion by criterion, what held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from starlette.responses import Response

from services.desk.web.demand.demand_tables import demand_of, found_of
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table
from services.desk.web.wording.words import Words

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


class Told(NamedTuple):
    """Matching's whole answer in the reader's language; where it cannot say, `problems` alone."""

    problems: Sequence[str]
    verdicts: Sequence[Verdict]
    funnel: Sequence[tuple[str, int]]
    differs: bool


async def show(visit: Visit) -> Response:
    """The products in question for one demand; `?bank=` asks for all of one bank's."""
    found, release = await found_of(visit), visit.office.catalogue()
    told = await _told(visit)
    banks = list(release.institutions.values()) if release else []
    return visit.page("why.html", row=found.row, bank=_bank(visit), banks=banks, **told._asdict())


def _bank(visit: Visit) -> str | None:
    release, asked = visit.office.catalogue(), visit.request.query_params.get("bank")
    return asked if release and asked in release.institutions else None


async def _told(visit: Visit) -> Told:
    said = await visit.office.services.explain(demand_of(visit), _bank(visit))
    problems = [visit.words.language.of(each["zh"], each["en"]) for each in _two(said.get("problems"))]
    if problems:
        return Told(problems, [], [], False)
    left = [_left(each, visit.words) for each in said["funnel"] if each["fact"] != _INTERNAL]
    return Told([], _verdicts(said, visit.words), left, bool(said.get("differs")))


async def _criteria(visit: Visit, limit: int) -> Sequence[tuple[Verdict, Line]]:
    await found_of(visit)
    told = await _told(visit)
    return [(verdict, line) for verdict in told.verdicts for line in verdict.lines][:limit]


async def _steps(visit: Visit, limit: int) -> Sequence[tuple[str, int]]:
    await found_of(visit)
    return (await _told(visit)).funnel[:limit]


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


def _met(row: tuple[Verdict, Line], words: Words) -> str:
    return words.language.text(N_("conditions met as stated") if row[0].met else N_("conditions not met"))


CRITERIA = Table(
    "why",
    N_("Why these banks and not those"),
    (
        Column(N_("Product"), lambda row, words: words.name(row[0].product, "products")),
        Column(N_("Bank"), lambda row, words: words.name(row[0].bank, "institutions")),
        Column(N_("Product as a whole"), _met),
        Column(N_("Fact"), lambda row, words: words.name(row[1].fact, "facts")),
        Column(N_("Asked"), lambda row, _: row[1].asked),
        Column(N_("State"), lambda row, _: row[1].verdict, "state", label="criterion"),
        Column(N_("Value"), lambda row, _: row[1].known),
        Column(N_("Source"), lambda row, _: row[1].source),
    ),
    empty=N_("No product of this bank is offered where the demand is."),
)
STEPS = Table(
    "why-steps",
    N_("From all products to those that are met"),
    (
        Column(N_("Once this was asked too"), lambda row, _: row[0]),
        Column(N_("Products left"), lambda row, _: row[1], "number"),
    ),
    empty=N_("No product of this bank is offered where the demand is."),
)
LISTINGS = (Listing(CRITERIA, "why", _criteria, demand_of), Listing(STEPS, "why", _steps, demand_of))
