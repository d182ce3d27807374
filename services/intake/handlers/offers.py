"""A submission on its way to a demand: checked against the catalogue, its household found, its identity sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from services.intake.domain.consent import Reference, accepted
from services.intake.domain.content import Content
from services.intake.domain.demand import Demand, Submitter
from services.intake.domain.facts import stated
from services.intake.domain.identity import Checks, level_of, normal, rungs_of
from services.intake.domain.moments import day_of
from services.intake.domain.problems import Problem
from services.intake.domain.speaking import Speaker, may_bring
from services.intake.domain.terms import Terms
from services.intake.domain.validation import Checked, check
from services.intake.handlers.check_digits import checks_of
from services.intake.handlers.mending import told
from services.intake.handlers.reading import Input
from shared.contracts.door import ConsentReference, DemandBody, DemandSubmitted, GateDemand
from shared.vault import Wanted

_canonical = msgspec.json.Encoder(order="sorted").encode


class Offer(NamedTuple):
    """What was found. Without problems there is a household, and a demand that may be accepted."""

    speaker: Speaker
    checked: Checked
    problems: tuple[Problem, ...]
    personal: Mapping[str, str] | None = None
    household: UUID | None = None
    sealed: Mapping[str, str] | None = None
    fingerprint: str = ""


def with_household(offer: Offer, household: UUID, sealed: Mapping[str, str], fingerprint: str) -> Offer:
    """The offer after the vault has seen its personal data."""
    return Offer(offer.speaker, offer.checked, (), offer.personal, household, sealed, fingerprint)


def personal_of(body: DemandSubmitted) -> dict[str, str]:
    """The personal fields that were said."""
    return {name: value for name, value in body.personal if value}


def content_of(body: DemandBody) -> Content:
    return Content(
        kind=body.kind,
        purpose=body.purpose,
        county=body.county,
        sentence=body.sentence,
        consent=reference_of(body.consent),
        amount_yuan=body.amount_yuan,
        term_months=body.term_months,
        industry=body.industry,
        facts=body.facts,
        named_bank=body.named_bank,
        excluded_banks=tuple(body.excluded_banks),
        channel=body.channel,
        assisted_by=body.assisted_by,
        language=body.language,
        received_at=body.received_at,
        version=body.version,
    )


def reference_of(said: ConsentReference) -> Reference:
    boxes = tuple(dict.fromkeys(said.boxes))
    return Reference(said.version, boxes, said.given_at, said.expires_on, said.evidence, said.evidence_kind, said.file)


def examine(body: DemandBody, personal: Mapping[str, str] | None, terms: Terms, now: datetime, at: str) -> Checked:
    """The one check for all ways in. `personal` is None where the gate's HTTP has checked and sealed it."""
    checks = Checks() if personal is None else checks_of(personal)
    return check(content_of(body), personal, checks, terms, now, at)


def offer_of(event: Input, speaker: Speaker, terms: Terms, now: datetime) -> Offer:
    """A submission with everything that is wrong with it, in its form and in what it says."""
    body: DemandBody = event.data
    personal = personal_of(body) if isinstance(body, DemandSubmitted) else None
    checked = examine(body, personal, terms, now, "/data")
    found = checked.problems
    if elsewhere := may_bring(speaker, body.county, "/data/county"):
        found = (*found, elsewhere)
    problems = event.problems
    problems = (*problems, *(one for one in found if told(one.pointer, event.hidden))) if problems else found
    if isinstance(body, GateDemand):
        return Offer(speaker, checked, problems, None, body.household, body.sealed, body.fingerprint)
    return Offer(speaker, checked, problems, personal)


def wanted_of(event: Input, offer: Offer, at: int, known: UUID | None, told: UUID | None = None) -> Wanted:
    """The household that this submission needs: by its identities, or by its own number where it has none.

    `told`: the one that it was given before an older backup was restored."""
    assert offer.personal is not None
    identities: list[Any] = list(rungs_of(offer.personal, offer.checked.content.assisted_by is not None))
    own: list[Any] = [("submission", f"{event.partner}/{event.source_id}")]
    phone = offer.personal.get("phone")
    return Wanted(identities or own, at, known, told, normal("phone", phone) if phone else None)


def demand_of(event: Input, offer: Offer, terms: Terms, now: datetime) -> Demand:
    """The demand that is offered."""
    assert event.demand
    assert event.source_id
    assert offer.household
    said, speaker, body = offer.checked.content, offer.speaker, event.data
    fields = body.identity if isinstance(body, GateDemand) else level_of(offer.personal or {})
    return Demand(
        id=event.demand,
        household=offer.household,
        state="open",
        kind=said.kind,
        purpose=said.purpose,
        county=said.county,
        submitter=Submitter(event.partner, event.source_id, said.channel, said.assisted_by),
        received_at=min(said.received_at or now, now),
        version=said.version,
        fingerprint=content_hash(body, offer.fingerprint),
        sentence=said.sentence,
        amount_yuan=said.amount_yuan,
        term_months=said.term_months,
        industry=said.industry,
        facts=stated(said.facts, speaker.role, speaker.partner, day_of(now), terms),
        named_bank=said.named_bank,
        excluded_banks=said.excluded_banks,
        identity=fields,
        language=said.language,
        simulated=event.simulated or speaker.simulated,
        partners=(event.partner,),
    )


def content_hash(body: DemandBody, personal: str) -> bytes:
    """Stands for all that was said: two copies that say the same have the same, by whatever way they came."""
    consent = body.consent
    said = (
        body.kind, body.purpose, body.county, body.sentence, body.amount_yuan, body.term_months, body.industry,
        body.facts, body.named_bank, body.excluded_banks, body.assisted_by, body.language,
        consent.version, consent.boxes, consent.given_at, consent.expires_on, consent.evidence, consent.evidence_kind,
        consent.file, personal,
    )  # fmt: skip
    return blake2b(_canonical(said), digest_size=16).digest()


def consent_of(offer: Offer, terms: Terms, now: datetime) -> Any:
    return accepted(offer.checked.content.consent, terms, now)
