"""What can be told without memory of what is said of no new demand: the same for doors and for HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from services.intake.domain.changes import own_problems
from services.intake.domain.consent import check_consent
from services.intake.domain.facts import OWN_FIELDS, Value, check_facts
from services.intake.domain.moments import day_of
from services.intake.domain.problems import Problem, listed, problem
from services.intake.domain.speaking import Speaker
from services.intake.domain.terms import Terms
from services.intake.handlers.building import check_claim
from services.intake.handlers.check_digits import checks_of
from services.intake.handlers.offers import reference_of
from services.intake.handlers.reading import Input
from shared.contracts import door, values

Check = Callable[[Any, Speaker, Terms, datetime], list[Problem]]
HIGHEST_VERSION = 2_000_000_000
_DETAILS = "/data/details"


def without_memory(event: Input, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    """All that is wrong with an event whose form is right, as far as the catalogue and the clock can tell."""
    check = CHECKS.get(event.what)
    return check(event.data, speaker, terms, now) if check else []


def _facts(said: door.FactsSupplied, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    if not said.facts:
        return [problem("nothing-said", "/data/facts")]
    return _known_facts(said.facts, terms, now, "/data/facts")


def _known_facts(facts: Mapping[str, values.Fact], terms: Terms, now: datetime, at: str) -> list[Problem]:
    today = day_of(now)
    late = [problem("in-future", f"{at}/{name}/as_of") for name, fact in facts.items() if fact.as_of > today]
    return [*_values({name: fact.value for name, fact in facts.items()}, terms, at), *late]


def _values(said: Mapping[str, Value], terms: Terms, at: str) -> list[Problem]:
    """Faults of facts, those included that are fields of the demand."""
    own = {name: value for name, value in said.items() if name in OWN_FIELDS}
    rest = {name: value for name, value in said.items() if name not in OWN_FIELDS}
    return [*own_problems(own, terms, at), *check_facts(rest, terms, at)]


def _adjusted(said: door.DemandAdjusted, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    if said.amount_yuan is None and said.term_months is None and not said.facts:
        return [problem("nothing-said", "/data")]
    return _values(said.facts, terms, "/data/facts")


def _consent(said: door.ConsentGiven, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    problems, _ = check_consent(reference_of(said.consent), terms, now, "/data/consent")
    allowed = f"({listed(terms.banks, 30)})"
    strangers = [place for place, bank in enumerate(said.banks) if bank not in terms.banks]
    return [*problems, *(problem("bank-unknown", f"/data/banks/{place}", allowed) for place in strangers)]


def _visit(said: door.VisitLogged, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    problems = []
    if not terms.has_county(said.county):
        problems.append(problem("county-unknown", "/data/county", listed(terms.counties)))
    if said.on > day_of(now):
        problems.append(problem("in-future", "/data/on"))
    return problems


def _evidence(said: door.EvidenceAttached, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    """A number alone only where the obstacle takes it."""
    if said.file is not None or said.number is None or terms.needs_no_file(said.kind):
        return []
    return [problem("file-needed", "/data/number", listed(terms.numbered, 40))]


def _read(said: door.EvidenceRead, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    """Who cannot use a paper says why: the household that sent it reads just that."""
    return [problem("nothing-said", "/data/reason")] if said.outcome == "unusable" and said.reason is None else []


def _linked(said: door.HouseholdsLinked, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    """The other side by its demand, or a company by its code, which goes before; as the register wrote it."""
    code = said.other_credit_code
    company = code or said.other_household
    if company is None and said.other_demand is None and said.other_source_id is None:
        return [problem("other-not-named", "/data/other_demand")]
    if company is not None and said.relation != "became_company":
        return [problem("company-only", "/data/other_credit_code")]
    if code is not None and not checks_of({"credit_code": code}).credit_code:
        return [problem("credit-code-check", "/data/other_credit_code")]
    return []


def _limit(said: door.LimitDeclared, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    problems, bank = [], terms.units.get(said.unit)
    if bank is None or (speaker.role == "bank" and bank not in speaker.speaks_for):
        own = ", ".join(terms.units_of(name) for name in speaker.speaks_for)
        problems.append(problem("unit-unknown", "/data/unit", own or "-"))
    if not 0 <= said.version <= HIGHEST_VERSION:
        problems.append(problem("out-of-range", "/data/version", f"0 - {HIGHEST_VERSION}"))
    return problems


def _claim(said: door.ClaimMade, speaker: Speaker, terms: Terms, now: datetime) -> list[Problem]:
    problems = check_claim(said, speaker)
    code = said.details.get("code")
    if said.action == "bank-declines" and isinstance(code, str) and code not in terms.decline_codes:
        problems.append(problem("not-allowed", f"{_DETAILS}/code", listed(terms.decline_codes, 40)))
    if said.action == "authority-resolves" and not problems:
        problems += _resolved(said, terms, now)
    return problems


def _resolved(said: door.ClaimMade, terms: Terms, now: datetime) -> list[Problem]:
    """The facts that an authority says are different now."""
    facts = {name: values.Fact.model_validate(fact) for name, fact in said.details["facts"].items()}
    return _known_facts(facts, terms, now, f"{_DETAILS}/facts")


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "facts-supplied": _facts,
        "demand-adjusted": _adjusted,
        "consent-given": _consent,
        "evidence-attached": _evidence,
        "evidence-read": _read,
        "households-linked": _linked,
        "visit-logged": _visit,
        "limit-declared": _limit,
        "claim-made": _claim,
    }
)
