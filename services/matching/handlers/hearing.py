"""From the events that matching hears to what its decisions take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from services.matching.domain.demand import Consent, Demand, Plan, Submitter
from services.matching.domain.facts import Fact
from services.matching.domain.inputs import DemandSaid, HouseholdSaid
from shared.catalogue.regions import stem
from shared.contracts import households, values
from shared.contracts.demands import DemandSummary
from shared.contracts.households import HouseholdSummary

LOCAL = timedelta(hours=8)
UNSTATED = "unstated"
GONE = (households.ConsentRevoked, households.ConsentExpired, households.OperatorChanged)


def facts_of(facts: Mapping[str, values.Fact]) -> dict[str, Fact]:
    """Facts as the domain holds them; what nobody said is not among them."""
    found = {}
    for name, fact in facts.items():
        value = fact.value
        found[name] = Fact(tuple(value) if isinstance(value, list) else value, fact.source, fact.as_of, fact.assurance)
    return found


def new_demand(summary: DemandSummary) -> Demand:
    """A demand of which nothing has been decided yet."""
    submitter = summary.submitter
    return Demand(
        id=summary.demand,
        household=summary.household,
        submitter=Submitter(submitter.partner, submitter.source_id, submitter.channel, submitter.assisted_by),
        county=summary.county,
        simulated=summary.simulated,
    )


def demand_of(summary: DemandSummary, at: datetime, news: frozenset[str] | None = None) -> DemandSaid:
    """A demand's summary, its own fields beside the other facts under the names by which criteria ask for them."""
    partner, facts = summary.submitter.partner, facts_of(summary.facts)
    # The local day on which it was said; the demand's own fields are the household's own word.
    said_on = (at.astimezone(UTC) + LOCAL).date()
    own = {
        "kind": summary.kind,
        "purpose": None if summary.purpose == UNSTATED else summary.purpose,
        "amount_yuan": summary.amount_yuan,
        "term_months": summary.term_months,
        "industry": summary.industry or None,
    }
    for name, value in own.items():
        if value is not None:
            facts[name] = Fact(value, partner, said_on)
    street = facts.get("region")
    region = (
        stem(str(street.value)) if street and str(street.value).startswith(summary.county) else stem(summary.county)
    )
    facts["region"] = Fact(region, partner, said_on)
    return DemandSaid(
        id=summary.demand,
        household=summary.household,
        county=summary.county,
        kind=summary.kind,
        industry=summary.industry or None,
        amount_yuan=summary.amount_yuan,
        facts=facts,
        consent=consent_of(summary.consent),
        named_bank=summary.named_bank,
        excluded_banks=tuple(summary.excluded_banks),
        simulated=summary.simulated,
        news=news,
    )


def card_of(summary: DemandSummary) -> tuple[str, str | None, int | None]:
    """What a masked card is made of: county, industry, amount."""
    return summary.county, summary.industry or None, summary.amount_yuan


def consent_of(consent: values.Consent | None) -> Consent | None:
    if consent is None:
        return None
    return Consent(
        consent.version, tuple(consent.boxes), consent.given_at, consent.expires_on, tuple(consent.added_banks)
    )


def household_of(data: Any) -> HouseholdSaid:
    """What an event about a household says of its consent and limit."""
    summary: HouseholdSummary = data.summary
    change = "gone" if isinstance(data, GONE) else "given" if isinstance(data, households.ConsentGiven) else ""
    return HouseholdSaid(
        consent=None if change == "gone" else consent_of(summary.consent),
        bank_limit=summary.bank_limit,
        change=change,
        erased=summary.erased or isinstance(data, households.Erased),
    )


def plan_of(plan: values.Plan) -> Plan:
    return Plan(plan.amount_yuan, plan.term_months, plan.rate_bp, plan.instalment_yuan, tuple(plan.subsidies))
