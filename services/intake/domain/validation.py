"""Whether a demand may pass, with all that is wrong with it at once, and the form in which it goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, get_args

from services.intake.domain.consent import check_consent
from services.intake.domain.content import Content
from services.intake.domain.demand import Kind
from services.intake.domain.facts import OWN_FIELDS, check_facts
from services.intake.domain.identity import Checks, check_personal
from services.intake.domain.moments import day_of, is_future, is_too_early
from services.intake.domain.problems import Problem, listed, problem
from services.intake.domain.terms import Terms

UNSTATED = "unstated"
MASK = "＊＊＊"
# A mobile number or an id number with its blanks and hyphens; amounts and years are shorter.
_PERSONAL_DIGITS = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?!\d)")
_REGION = re.compile(r"^(\d{6}|\d{9}|\d{12})$")
_INDUSTRY = re.compile(r"^(?:[A-T]\d{0,4}|\d{2,4})$")
_LONGEST_SENTENCE = 2000


class Checked(NamedTuple):
    """The content as it goes on, and what was found. With problems it goes nowhere."""

    content: Content
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def check(
    content: Content, personal: Mapping[str, str] | None, checks: Checks, terms: Terms, now: datetime, at: str = ""
) -> Checked:
    """All problems and warnings. `personal` is None where it was sealed, and checked, before."""
    content, problems = _with_own_fields(content, terms, at)
    problems += _broken_fields(content, terms, now, at)
    found, warnings = check_consent(content.consent, terms, now, f"{at}/consent")
    problems += found
    if content.consent.evidence_kind == "oral" and content.assisted_by is None:
        problems.append(problem("assistant-missing", f"{at}/assisted_by"))
    problems += check_facts(content.facts, terms, f"{at}/facts")
    if content.assisted_by is not None:
        warnings.append(problem("awaits-owner", f"{at}/assisted_by"))
    if personal is not None:
        assisted = content.assisted_by is not None
        found, more = check_personal(personal, checks, content.county, assisted, day_of(now), f"{at}/personal")
        problems += found
        warnings += more
    content, more = _in_its_form(content, at)
    return Checked(content, tuple(problems), (*warnings, *more))


def _with_own_fields(content: Content, terms: Terms, at: str) -> tuple[Content, list[Problem]]:
    """Facts that are fields of the demand, moved there; a fact that contradicts the field is a problem."""
    own = OWN_FIELDS.keys() & content.facts.keys()
    if not own:
        return content, []
    problems: list[Problem] = []
    said: dict[str, Any] = {}
    for name in sorted(own):
        field, value = OWN_FIELDS[name], content.facts[name]
        if getattr(content, field) not in (None, UNSTATED, value) and field != "kind":
            problems.append(problem("field-contradicts", f"{at}/facts/{name}"))
        elif fault := broken_field(name, value, terms):
            problems.append(problem("fact-value", f"{at}/facts/{name}", fault))
        else:
            said[field] = value
    rest = {name: value for name, value in content.facts.items() if name not in own}
    return content._replace(facts=rest, **said), problems


def broken_field(name: str, value: Any, terms: Terms) -> str | None:
    """What a fact that is a field of the demand must be, where it is not."""
    match name:
        case "amount_yuan" | "term_months":
            least, most = (0, 1_000_000_000) if name == "amount_yuan" else (1, 600)
            fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
            return None if fits else f"{least} - {most}"
        case "kind":
            return None if value in get_args(Kind) else listed(get_args(Kind))
        case "purpose":
            fits = isinstance(value, str) and (value in terms.purposes or not terms.purposes)
            return None if fits else listed(terms.purposes)
        case "region":
            fits = isinstance(value, str) and bool(_REGION.match(value)) and terms.has_county(value)
            return None if fits else listed(terms.counties)
        case _:
            return None if isinstance(value, str) and _INDUSTRY.match(value) else "A-T + 0/2/3/4 位数字 (digits)"


def _broken_fields(content: Content, terms: Terms, now: datetime, at: str) -> list[Problem]:
    problems = []
    if not terms.has_county(content.county):
        problems.append(problem("county-unknown", f"{at}/county", listed(terms.counties)))
    if content.purpose != UNSTATED and terms.purposes and content.purpose not in terms.purposes:
        problems.append(problem("purpose-unknown", f"{at}/purpose", listed(terms.purposes)))
    if content.received_at is not None and is_future(content.received_at, now):
        problems.append(problem("in-future", f"{at}/received_at"))
    if content.received_at is not None and is_too_early(content.received_at):
        problems.append(problem("out-of-range", f"{at}/received_at", "≥ 2000-01-01"))
    if content.named_bank is not None and content.named_bank not in terms.banks:
        problems.append(problem("bank-unknown", f"{at}/named_bank", listed(terms.banks, 30)))
    for place, bank in enumerate(content.excluded_banks):
        if bank not in terms.banks:
            problems.append(problem("bank-unknown", f"{at}/excluded_banks/{place}"))
    if content.named_bank is not None and content.named_bank in content.excluded_banks:
        problems.append(problem("bank-excluded", f"{at}/named_bank"))
    return problems


def _in_its_form(content: Content, at: str) -> tuple[Content, list[Problem]]:
    """Numbers of people masked in the sentence; an industry in words moved there, for a clerk to code."""
    warnings, sentence, industry = [], content.sentence, content.industry
    if industry is not None and not _INDUSTRY.match(industry):
        warnings.append(problem("industry-to-code", f"{at}/industry"))
        sentence, industry = f"{sentence}（行业：{industry}）"[:_LONGEST_SENTENCE], None
    masked = _PERSONAL_DIGITS.sub(MASK, sentence)
    if masked != sentence:
        warnings.append(problem("sentence-masked", f"{at}/sentence"))
    if masked == content.sentence and industry == content.industry:
        return content, []
    return content._replace(sentence=masked, industry=industry), warnings
