"""Which events escalation decides on, and what each says in the words of the decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.escalation.domain import claims
from services.escalation.domain.case import Fact
from shared.contracts import actions, cases, demands, households, referrals, values
from shared.contracts.clock import EscalationDeadlinePassed
from shared.contracts.envelope import Data
from shared.contracts.topics import ACTIONS, CLOCK, DEMANDS, HOUSEHOLDS, REFERRALS

CALL_BACK = "household:"
"""Kinds of deadlines that call back all cases of a demand begin so; every other kind is the obstacle of one case."""


def facts_of(facts: Mapping[str, values.Fact]) -> dict[str, Fact]:
    """Facts of the wire in the words of the decisions."""
    return {name: Fact(**dict(fact)) for name, fact in facts.items()}


CLAIMS: Mapping[type[actions.CaseClaim], Callable[[Any], claims.Claim]] = {
    actions.HouseholdFiled: lambda said: claims.File(said.receipt_number),
    actions.HouseholdAsksHelp: lambda said: claims.AskHelp(),
    actions.AuthoritySigns: lambda said: claims.Sign(),
    actions.AuthorityPlans: lambda said: claims.Plan(said.promised_on),
    actions.AuthorityAsksExtension: lambda said: claims.AskExtension(said.until, said.reason),
    actions.AuthorityAgreesExtension: lambda said: claims.AnswerExtension(said.agreed),
    actions.AuthorityParks: lambda said: claims.Park(said.review_on, said.reason),
    actions.HouseholdAnswers: lambda said: claims.Supply(),
    actions.AuthorityAsksHousehold: lambda said: claims.AskHousehold(said.what),
    actions.AuthorityResolves: lambda said: claims.Resolve(said.evidence, facts_of(said.facts), said.evidence_kind),
    actions.AuthorityRefuses: lambda said: claims.Refuse(said.reason, said.cannot_be_removed),
    actions.AuthorityTransfers: lambda said: claims.Transfer(said.to, said.reason),
    actions.AuthorityConfirmsRaise: lambda said: claims.AnswerDraft(said.confirmed),
    actions.ConsultationDecides: lambda said: claims.Decide(said.decision, said.reason, said.to, said.until),
}
# What these say of remedies is what still matters; the last three end every case.
KEEPS_REMEDIES = (referrals.RoundOpened, referrals.ConsentRequested, referrals.FactsRequested, referrals.Standing)
ENDS_ALL: Mapping[type[referrals.ReferralData], Callable[[Any], str]] = {
    referrals.Dormant: lambda said: "dormant",
    referrals.Funded: lambda said: "funded",
    referrals.Closed: lambda said: str(said.reason),
}
CALLS_BACK: Mapping[type[households.HouseholdData], str] = {
    households.Erased: "erased",
    households.ConsentRevoked: "consent_revoked",
    households.ConsentExpired: "consent_expired",
}
CONSULTS = (actions.ConsultationDecides, actions.ConsultationCloses)
HANDLED: Mapping[str, Sequence[type[Data]]] = {
    HOUSEHOLDS: tuple(CALLS_BACK),
    DEMANDS: (demands.Withdrawn, demands.Merged, demands.FactsSupplied, demands.EvidenceAttached),
    ACTIONS: (*CLAIMS, actions.ConsultationCloses),
    REFERRALS: (referrals.Obstructed, *KEEPS_REMEDIES, referrals.Disbursed, *ENDS_ALL),
    CLOCK: (EscalationDeadlinePassed,),
}
_TOLD: Sequence[type[Data]] = cases.OF_CASES
TELLS: Mapping[str, type[cases.CaseData]] = {
    data.TYPE.split(".")[3]: data for data in _TOLD if issubclass(data, cases.CaseData)
}
"""From what happened, as the decisions call it, to the event that tells it."""
