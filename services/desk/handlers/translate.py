"""From an event of one context to the rows of the read model."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, TypeAdapter

from services.desk.domain.card import KNOWN_TO
from services.desk.domain.measures import Limit
from services.desk.domain.rows import (
    CERTAINTY,
    REACHES,
    Alias,
    Capacity,
    CaseRow,
    CountyWord,
    Delivery,
    Docking,
    HouseholdRow,
    Obstacles,
    Progress,
    Question,
    ReferralRow,
    Refusal,
    Row,
    Taken,
)
from services.desk.handlers.measured import measured_rows
from services.desk.handlers.timeline import short
from shared.contracts.values import Problem, Referral, Remedy

_OPEN_CASES = frozenset({"opened", "signed", "planned", "parked", "waiting", "overdue"})
_QUESTIONS = {
    "case.raised": ("raise", True),
    "case.raise-dropped": ("raise", False),
    "case.extension-asked": ("extension", True),
    "case.extended": ("extension", False),
    "case.extension-denied": ("extension", False),
}
"""Event of a case -> what is asked of the next level, and whether the event asks it or answers it."""
_OF_DEMAND = ("state", "kind", "purpose", "county", "industry", "amount_yuan", "term_months")
_OF_REFERRAL, _OF_CASE = ReferralRow._fields[3:-2], CaseRow._fields[3:-1]
_problems = TypeAdapter(list[Problem]).dump_json
_remedies = TypeAdapter(list[Remedy]).dump_json


def household_rows(event: Any) -> Iterator[Row]:
    """What holds over all demands of a household."""
    summary = event.data.summary
    consent = summary.consent
    yield HouseholdRow(
        summary.household,
        int(event.sequence),
        consent and consent.version,
        consent and consent.expires_on,
        summary.bank_limit,
        summary.contact_confirmed,
        summary.erased,
    )


def demand_rows(event: Any) -> Iterator[Row]:
    """Intake's column group."""
    summary = event.data.summary
    submitter = summary.submitter
    place = (summary.household, summary.demand, int(event.sequence))
    simulated = summary.simulated or event.simulated
    origin = (submitter.partner, submitter.source_id, submitter.channel, summary.received_at, simulated)
    first = summary.facts.get("first_time_borrower")
    known = (bool(first.value) if first else None, _verified(summary.facts.values()))
    yield Taken._make((*place, *_named(summary, _OF_DEMAND), *origin, *known, _json(summary)))


def _verified(facts: Collection[Any]) -> bool:
    surer = sum(1 for fact in facts if fact.assurance != "self")
    return 0 < len(facts) <= 2 * surer


def merged_rows(event: Any) -> Iterator[Row]:
    """The survivor's column group, and the way to it from the number that was merged."""
    yield from demand_rows(event)
    data = event.data
    submitter = data.submitter
    yield Alias(data.alias, data.summary.household, data.summary.demand, submitter.partner, submitter.source_id)


def rejected_rows(event: Any) -> Iterator[Row]:
    """A demand that was none."""
    data = event.data
    submitter, problems = data.submitter, _problems(data.problems)
    yield Refusal(event.id, event.time, data.demand, submitter.partner, "demand", submitter.source_id, problems)


def refused_rows(event: Any) -> Iterator[Row]:
    """Anything else that the gate refused."""
    data = event.data
    yield Refusal(event.id, event.time, None, data.partner, data.said, data.source_id, _problems(data.problems))


def referral_rows(event: Any) -> Iterator[Row]:
    """Matching's column group with its referrals, and how far the demand has come."""
    summary, sequence = event.data.summary, int(event.sequence)
    household, demand, owner = summary.household, summary.demand, summary.owner
    yield Docking(
        household,
        demand,
        sequence,
        summary.state,
        summary.round,
        owner and f"{owner.kind}:{owner.id}",
        summary.due_at,
        summary.granted_yuan,
        summary.disbursed_yuan,
        _remedies(summary.remedies, exclude_none=True),
        tuple(
            ReferralRow._make(
                (r.id, household, demand, *_named(r, _OF_REFERRAL), county_known(r, summary.county), _json(r))
            )
            for r in summary.referrals
        ),
    )
    stage = REACHES.get(short(event.type))
    if stage:
        yield Progress(household, demand, stage, sequence, summary.amount_yuan or 0)
    yield from measured_rows(event)


def case_rows(event: Any) -> Iterator[Row]:
    """Escalation's column group with its cases."""
    summary = event.data.summary
    place = (summary.household, summary.demand)
    rows = tuple(CaseRow._make((c.id, *place, *_named(c, _OF_CASE), summary.county)) for c in summary.cases)
    yield Obstacles(*place, int(event.sequence), sum(row.state in _OPEN_CASES for row in rows), rows)
    kind, data = short(event.type), event.data
    if kind in _QUESTIONS:
        what, opens = _QUESTIONS[kind]
        asked = (getattr(data, name, None) for name in ("to", "until", "reason"))
        whole = (data.case, what, int(event.sequence), *place, data.authority, *asked, event.time)
        yield Question._make((*whole, opens and getattr(data, "draft", True)))


def delivery_rows(event: Any) -> Iterator[Row]:
    """Who was told."""
    data, outcome = event.data, short(event.type).partition(".")[2]
    about = (UUID(event.partitionkey), data.delivery, data.demand, short(data.cause_type))
    end = (event.time, data.attempt, CERTAINTY[outcome], outcome, getattr(data, "reason", None))
    yield Delivery._make((*about, *_named(data, ("audience", "recipient", "channel")), *end))


def noticed_rows(event: Any) -> Iterator[Row]:
    """Who was told with the decision itself."""
    data, household, cause = event.data, UUID(event.partitionkey), short(event.data.cause_type)
    for each in data.notices:
        about = (household, each.delivery, each.demand or data.demand, cause)
        end = (event.time, 0, CERTAINTY[each.outcome], each.outcome, None)
        yield Delivery._make((*about, each.audience, each.recipient, each.channel, *end))


def capacity_rows(event: Any) -> Iterator[Row]:
    """What a bank's unit says it can take, and that it said so."""
    data = event.data
    yield Capacity._make(_named(data, Capacity._fields))
    yield Limit(event.id, data.bank, data.unit, event.time, data.version, data.open_limit)


def county_rows(event: Any) -> Iterator[Row]:
    """What was said of a county, whole: its pages put sessions, issues and accounts together."""
    data = event.data
    about = getattr(data, "session", None) or getattr(data, "issue", None)
    told = _json(data).decode("utf-8")
    yield CountyWord(data.county, event.id, event.time, short(event.type), about, told)


def no_rows(event: Any) -> Iterator[Row]:
    """A line of the timeline says it all."""
    return iter(())


def county_known(referral: Referral, county: str) -> str | None:
    """The county as far as the referral's bank may know it: until it has accepted, no more than the card tells."""
    if referral.card is None or referral.state in KNOWN_TO:
        return county
    return referral.card.county


def _named(source: Any, names: Sequence[str]) -> Iterator[Any]:
    return (getattr(source, name) for name in names)


def _json(model: BaseModel) -> bytes:
    encoded: bytes = model.__pydantic_serializer__.to_json(model, exclude_none=True)
    return encoded
