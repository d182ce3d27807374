"""What an event changes in what notify remembers of its household and demand, and in the sealed contacts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.notify.domain.contacts import Forgotten, KeptContact, KeptPaper, Silenced
from services.notify.domain.disclosure import TakenBack
from services.notify.domain.states import Clearing, Consented, Demand, Household, Submitted
from services.notify.handlers.table import OF_CASES, OF_DEMANDS, OF_HOUSEHOLDS, SEALING, SHOWN, TAKES_BACK
from shared.contracts import cases, demands, households, referrals
from shared.contracts.demands import DemandSummary
from shared.contracts.values import Consent


def remembered(event: Any, household: Household, demand: Demand | None) -> tuple[Household, Demand | None]:
    """Household and demand after an event."""
    data = event.data
    kind = type(data)
    if kind in OF_DEMANDS:
        return household.heard(_consented(data.summary.consent), event.time), _demand(data, demand)
    if kind is households.Erased:
        return household.gone(event.time), demand
    if kind in OF_HOUSEHOLDS:
        return household.heard(_consented(data.summary.consent), event.time), demand
    return household, _moved(data, demand)


def _moved(data: Any, demand: Demand | None) -> Demand | None:
    """What banks and authorities do to a demand, as far as messages need it."""
    kind = type(data)
    if demand is not None and kind in SHOWN:
        return demand.known_to_authority(data.case)
    if demand is not None and kind is cases.Cleared:
        return demand.cleared_by(Clearing(data.case, data.authority, data.unit, data.obstacle))
    return demand.referred() if demand is not None and kind is referrals.RoundOpened else demand


def _consented(consent: Consent | None) -> Consented | None:
    if consent is None:
        return None
    return Consented(consent.version, tuple(consent.boxes), tuple(consent.added_banks), consent.expires_on)


def _demand(data: Any, before: Demand | None) -> Demand:
    summary = data.summary
    demand = replace(
        before or Demand((_submitted(summary),)),
        language=summary.language,
        amount_yuan=summary.amount_yuan,
        term_months=summary.term_months,
        purpose=summary.purpose,
        industry=summary.industry,
        county=summary.county,
    )
    if isinstance(data, demands.Merged):
        return demand.joined_by(Submitted(data.submitter.partner, data.submitter.source_id, data.alias))
    if type(data) in SEALING and data.sealed:
        return replace(demand, fields=tuple(sorted(data.sealed)))
    return demand


def _submitted(summary: DemandSummary) -> Submitted:
    return Submitted(summary.submitter.partner, summary.submitter.source_id, summary.demand)


def contact_rows(
    event: Any, before: Household, after: Household
) -> Iterator[KeptContact | KeptPaper | Silenced | Forgotten]:
    """What happens to the sealed contacts, in order."""
    data, kind = event.data, type(event.data)
    if kind not in OF_DEMANDS and kind not in OF_HOUSEHOLDS:
        return
    household, today = UUID(event.partitionkey), event.time.date()
    if kind is households.Erased or kind is households.OperatorChanged:
        yield Forgotten(household)
    elif kind in SEALING and data.sealed and not after.erased:
        yield KeptContact(household, data.summary.demand, data.sealed)
    elif kind is demands.EvidenceAttached and not after.erased:
        yield KeptPaper(household, data.summary.demand, data.file, data.kind)
    allowed = after.allows("messages", today)
    if before.said_at is not None and before.allows("messages", today) != allowed:
        yield Silenced(household, not allowed)


def taken_back(data: Any) -> Iterator[TakenBack]:
    """Whose leave to see an identity ends with an event."""
    kind = type(data)
    if kind not in TAKES_BACK:
        return
    if kind is cases.Transferred:
        yield TakenBack(data.case, data.before)
    elif kind in OF_CASES:
        yield TakenBack(data.case, data.authority)
    else:
        yield TakenBack(data.referral, data.bank)
