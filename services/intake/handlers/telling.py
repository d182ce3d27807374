"""From the gate's own words to those of the wire, and to decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from services.intake.domain.consent import Consent
from services.intake.domain.demand import Demand, Household, Submitter
from services.intake.domain.facts import Assurance, Fact
from services.intake.domain.problems import Problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.reading import Input
from services.intake.store import Verdict
from shared.contracts import demands, households, values
from shared.contracts.envelope import Data
from shared.contracts.topics import DEMANDS, HOUSEHOLDS
from shared.decision import Decision, Emit, StateKey, Taken, World

DEMAND, HOUSEHOLD = "demand", "household"
_encode = msgspec.json.Encoder().encode


def demand_key(household: UUID, demand: UUID) -> StateKey:
    return StateKey(household, demand, DEMAND)


def household_key(household: UUID) -> StateKey:
    return StateKey(household, household, HOUSEHOLD)


def wire_problems(problems: Iterable[Problem]) -> list[values.Problem]:
    return [values.Problem(code=one.code, pointer=one.pointer, zh=one.zh, en=one.en) for one in problems]


@lru_cache(maxsize=8_192, typed=True)
def _known_fact(value: bool | int | str, source: str, as_of: date, assurance: Assurance) -> values.Fact:
    """Most facts are one of a few values, said by the same partners today: the frozen model is shared."""
    return values.Fact(value=value, source=source, as_of=as_of, assurance=assurance)


def wire_fact(fact: Fact) -> values.Fact:
    value, source, as_of, assurance = fact
    if isinstance(value, list):
        return values.Fact(value=value, source=source, as_of=as_of, assurance=assurance)
    return _known_fact(value, source, as_of, assurance)


def wire_facts(facts: Mapping[str, Fact]) -> dict[str, values.Fact]:
    return {name: wire_fact(fact) for name, fact in facts.items()}


def summary_of(demand: Demand, household: Household | None) -> demands.DemandSummary:
    """Intake's view of a demand. What the banks' side has ended is for intake neither withdrawn nor gone: open."""
    return demands.DemandSummary.model_validate(
        {
            "demand": demand.id,
            "household": demand.household,
            "state": "open" if demand.state == "closed" else demand.state,
            "kind": demand.kind,
            "purpose": demand.purpose,
            "county": demand.county,
            "amount_yuan": demand.amount_yuan,
            "term_months": demand.term_months,
            "industry": demand.industry,
            "sentence": demand.sentence,
            "facts": wire_facts(demand.facts),
            "consent": _plain_consent(household.consent) if household and household.consent else None,
            "submitter": _plain_submitter(demand.submitter),
            "received_at": demand.received_at,
            "named_bank": demand.named_bank,
            "excluded_banks": list(demand.excluded_banks),
            "identity": demand.identity,
            "language": demand.language,
            "version": demand.version,
            "simulated": demand.simulated,
        }
    )


def _plain_submitter(by: Submitter) -> dict[str, Any]:
    return {
        "partner": by.partner,
        "source_id": by.source_id,
        "channel": by.channel,
        "assisted_by": by.assisted_by,
    }


def _plain_consent(consent: Consent) -> dict[str, Any]:
    return {
        "version": consent.version,
        "boxes": list(consent.boxes),
        "given_at": consent.given_at,
        "expires_on": consent.expires_on,
        "evidence": consent.evidence,
        "added_banks": list(consent.added_banks),
        "evidence_kind": consent.evidence_kind,
        "file": consent.file,
        "text_hash": consent.text_hash,
    }


def wire_submitter(partner: str, source_id: str, channel: str, assisted_by: str | None) -> values.Submitter:
    return values.Submitter(partner=partner, source_id=source_id, channel=channel, assisted_by=assisted_by)


def household_summary(household: Household) -> households.HouseholdSummary:
    return households.HouseholdSummary(
        household=household.id,
        consent=values.Consent(**_plain_consent(household.consent)) if household.consent else None,
        bank_limit=household.bank_limit,
        contact_confirmed=household.contact_confirmed,
        erased=household.erased,
        demands=list(household.demands),
    )


def about_demand(world: World, demand: Demand, data: Data, speaker: Speaker) -> Emit:
    """An event about an accepted demand, at the revision that this decision makes."""
    revision = world.revision(demand_key(demand.household, demand.id)) + 1
    return Emit(DEMANDS, data, demand.household, demand.id, revision, speaker.actor, demand.simulated)


def about_household(world: World, household: Household, data: Data, speaker: Speaker | None, simulated: bool) -> Emit:
    revision = world.revision(household_key(household.id)) + 1
    actor = speaker.actor if speaker else None
    return Emit(HOUSEHOLDS, data, household.id, household.id, revision, actor, simulated)


def verdict(
    speaker: Speaker | None, word: str, demand: UUID | None = None, problems: Sequence[Problem] = ()
) -> list[Any]:
    """What who asked by HTTP will read under its receipt; a door has none."""
    if speaker is None or speaker.receipt is None:
        return []
    found = _encode([msgspec.to_builtins(one) for one in problems]) if problems else None
    return [Verdict(speaker.receipt, word, demand, found)]


def repeated(speaker: Speaker, demand: UUID | None = None) -> Decision:
    """Said before: nothing changes and nobody hears of it."""
    return Decision(outcome="repeated", rows=verdict(speaker, "repeated", demand))


def refused(
    taken: Taken, problems: Sequence[Problem], speaker: Speaker | None, household: UUID | None = None
) -> Decision:
    """All that is wrong, to whoever said it: as a rejected demand where it was one, else as refused input.

    Keyed by the household where it is known, else by the demand, else by the record.
    """
    event: Input = taken.event
    if event.demand is not None and event.source_id is not None:
        body = event.data
        channel = body.channel if body is not None else "partner"
        submitter = wire_submitter(event.partner, event.source_id, channel, None)
        data: Data = demands.Rejected(demand=event.demand, submitter=submitter, problems=wire_problems(problems))
        key, subject = household or event.demand, event.demand
    else:
        data = demands.InputRefused(
            partner=event.partner, said=event.what, source_id=event.source_id, problems=wire_problems(problems)
        )
        key = subject = taken.id
    simulated = event.simulated or bool(speaker and speaker.simulated)
    emit = Emit(DEMANDS, data, key, subject, 0, speaker.actor if speaker else f"door:{event.partner}", simulated)
    word = "rejected" if event.demand else "refused"
    return Decision(emits=[emit], outcome="refused", rows=verdict(speaker, word, event.demand, problems))
