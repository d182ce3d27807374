"""Consent (授权): which version of the text was accepted, for what, until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from services.intake.domain.moments import day_of, is_future, is_too_early
from services.intake.domain.problems import Problem, listed, problem
from services.intake.domain.terms import ConsentTerms, Terms


class Reference(NamedTuple):
    """A consent as it was said; what was left out is None."""

    version: str
    boxes: tuple[str, ...]
    given_at: datetime | None
    expires_on: date | None
    evidence: str
    evidence_kind: str = "unstated"
    file: UUID | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent as it holds for a household. `added_banks` were agreed to one by one."""

    version: str
    boxes: tuple[str, ...]
    given_at: datetime
    expires_on: date
    evidence: str
    added_banks: tuple[str, ...] = ()
    evidence_kind: str = "unstated"
    file: UUID | None = None
    text_hash: str | None = None


def check_consent(said: Reference, terms: Terms, now: datetime, at: str) -> tuple[list[Problem], list[Problem]]:
    """Problems and warnings; `at` is the pointer of the reference."""
    problems: list[Problem] = []
    text = terms.consents.get(said.version)
    if said.given_at is not None and is_future(said.given_at, now):
        problems.append(problem("in-future", f"{at}/given_at"))
    if said.given_at is not None and is_too_early(said.given_at):
        problems.append(problem("out-of-range", f"{at}/given_at", "≥ 2000-01-01"))
    if text is None:
        return [*problems, problem("consent-unknown", f"{at}/version", listed(terms.consents))], []
    for place, box in enumerate(said.boxes):
        if box not in text.boxes:
            problems.append(problem("consent-box", f"{at}/boxes/{place}", listed(text.boxes)))
    latest = _latest(said, text, now)
    if min(said.expires_on or latest, latest) < day_of(now):
        problems.append(problem("consent-expired", at))
    if said.evidence_kind == "scan" and said.file is None:
        problems.append(problem("scan-missing", f"{at}/file"))
    longer = said.expires_on is not None and said.expires_on > latest
    return problems, [problem("consent-shortened", f"{at}/expires_on")] if longer else []


def _latest(said: Reference, text: ConsentTerms, now: datetime) -> date:
    return day_of(min(said.given_at or now, now)) + timedelta(days=text.valid_days)


def accepted(said: Reference, terms: Terms, now: datetime) -> Consent:
    """The consent that a checked reference brings."""
    text = terms.consents[said.version]
    latest = _latest(said, text, now)
    return Consent(
        version=said.version,
        boxes=said.boxes,
        given_at=said.given_at or now,
        expires_on=min(said.expires_on or latest, latest),
        evidence=said.evidence,
        evidence_kind=said.evidence_kind,
        file=said.file,
        text_hash=text.text_hash,
    )


def newer(known: Consent | None, said: Consent) -> Consent:
    """The one that holds: the later given. Banks that were agreed to one by one stay with their version."""
    if known is None:
        return said
    if said.given_at < known.given_at:
        return known
    same = known.version == said.version
    return replace(said, added_banks=known.added_banks if same else ())


def widened(consent: Consent, banks: Iterable[str]) -> Consent:
    """With banks that the household agreed to one by one."""
    added = sorted({*consent.added_banks, *banks})
    return replace(consent, added_banks=tuple(added[:64]))


def new_banks(consent: Consent, banks: Iterable[str], terms: Terms) -> list[str]:
    """Those of `banks` that the accepted text does not name already."""
    text = terms.consents.get(consent.version)
    return [bank for bank in banks if text is None or bank not in text.banks]
