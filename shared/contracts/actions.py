"""Events of `freshwater.actions.v1`: claims, what an outside party says it did. Written by intake.

Nobody acts outward on a claim: matching or escalation answers it on its own topic, with the fact or with a refusal.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.envelope import Data
from shared.contracts.values import BasisPoints, Code, EvidenceKind, Facts, Plan, Text, Yuan


class Claim(Data):
    """Who says it (partner; its unit and person where known), about which demand.

    `speaks_for`: the institutions or authorities in whose name the partner may speak, as the gate knows it; "all" for
    the campaign office's own desk.
    """

    demand: UUID
    partner: Code
    role: Literal["bank", "authority", "household", "portal", "campaign_office"]
    speaks_for: Annotated[list[Code], Field(max_length=64)] = []
    unit: Code | None = None
    person: Code | None = None


class ReferralClaim(Claim):
    """A claim about one referral."""

    referral: UUID


class CaseClaim(Claim):
    """A claim about one case, or about all cases of a matter through one of them.

    A county team's `case` may also be an item of its session, or the session itself.
    """

    case: UUID


class BankAccepts(ReferralClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.bank-accepts.v1"


class BankTriedContact(ReferralClaim):
    """How it ended. A wrong branch passes it on inside its bank: to the unit named, or to the bank's next one there."""

    TYPE: ClassVar[str] = "org.freshwater.action.bank-tried-contact.v1"
    outcome: Literal["reached", "not_reached", "wrong_number", "no_real_demand", "already_customer", "wrong_branch"]
    passed_to: Code | None = None


class BankOffers(ReferralClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.bank-offers.v1"
    plan: Plan


class BankDeclines(ReferralClaim):
    """`direction`: what the code asks for, as the catalogue lists it (less, more; of a score its main direction)."""

    TYPE: ClassVar[str] = "org.freshwater.action.bank-declines.v1"
    code: Code
    direction: Code | None = None


class BankGrants(ReferralClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.bank-grants.v1"
    amount_yuan: Yuan
    rate_bp: BasisPoints


class BankDisburses(ReferralClaim):
    """用信: again and again for a revolving line; `number` is the bank's own, so that a copy is seen."""

    TYPE: ClassVar[str] = "org.freshwater.action.bank-disburses.v1"
    amount_yuan: Yuan
    number: Code
    on: date


class HouseholdChooses(ReferralClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.household-chooses.v1"


class HouseholdSwitches(ReferralClaim):
    """Away from this referral's bank to another one."""

    TYPE: ClassVar[str] = "org.freshwater.action.household-switches.v1"
    reason: Text | None = None


class HouseholdConfirmsContact(ReferralClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.household-confirms-contact.v1"
    contacted: bool


class HouseholdFiled(CaseClaim):
    """The household has filed what only it can file; the receipt's number starts the usual time."""

    TYPE: ClassVar[str] = "org.freshwater.action.household-filed.v1"
    receipt_number: Code


class HouseholdAsksHelp(CaseClaim):
    """帮办: the household asks the authority to do it with it."""

    TYPE: ClassVar[str] = "org.freshwater.action.household-asks-help.v1"


class HouseholdAnswers(CaseClaim):
    """The household has sent what the authority asked it for."""

    TYPE: ClassVar[str] = "org.freshwater.action.household-answers.v1"
    answer: Text


class HouseholdRates(Claim):
    TYPE: ClassVar[str] = "org.freshwater.action.household-rates.v1"
    stars: Annotated[int, Field(ge=1, le=5)]
    about: Literal["bank", "authority", "service"]


class AuthoritySigns(CaseClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.authority-signs.v1"


class AuthorityPlans(CaseClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.authority-plans.v1"
    promised_on: date


class AuthorityAsksExtension(CaseClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.authority-asks-extension.v1"
    until: date
    reason: Text


class AuthorityAgreesExtension(CaseClaim):
    """The next level's word on an extension."""

    TYPE: ClassVar[str] = "org.freshwater.action.authority-agrees-extension.v1"
    agreed: bool


class AuthorityParks(CaseClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.authority-parks.v1"
    review_on: date
    reason: Text


class AuthorityAsksHousehold(CaseClaim):
    """一次性告知: what the household still has to send, said once and completely; the authority's time stands still."""

    TYPE: ClassVar[str] = "org.freshwater.action.authority-asks-household.v1"
    what: Text


class AuthorityResolves(CaseClaim):
    """The obstacle is gone: what the obstacle asks as evidence, and the fact's new value."""

    TYPE: ClassVar[str] = "org.freshwater.action.authority-resolves.v1"
    evidence: Text
    facts: Facts
    evidence_kind: EvidenceKind | None = None


class AuthorityRefuses(CaseClaim):
    TYPE: ClassVar[str] = "org.freshwater.action.authority-refuses.v1"
    reason: Text
    cannot_be_removed: bool = True


class AuthorityTransfers(CaseClaim):
    """Not mine: whose it is must be named."""

    TYPE: ClassVar[str] = "org.freshwater.action.authority-transfers.v1"
    to: Code
    reason: Text


class AuthorityConfirmsRaise(CaseClaim):
    """A named person sends a draft of a 督办 to the next level, or drops it."""

    TYPE: ClassVar[str] = "org.freshwater.action.authority-confirms-raise.v1"
    confirmed: bool


class ConsultationDecides(CaseClaim):
    """联合会诊: what the county team decided on one item of the agenda, or on one case that is on it.

    clear: the decision itself removes the obstacle; policy: a new one is asked for.
    """

    TYPE: ClassVar[str] = "org.freshwater.action.consultation-decides.v1"
    decision: Literal["assign", "park", "cannot_be_removed", "policy", "clear"]
    to: Code | None = None
    until: date | None = None
    reason: Text


class ConsultationCloses(CaseClaim):
    """The county team ends a session (`case` names it): every item needs its decision first."""

    TYPE: ClassVar[str] = "org.freshwater.action.consultation-closes.v1"


class PolicyStep(ReferralClaim):
    """A policy was applied for, granted or paid."""

    TYPE: ClassVar[str] = "org.freshwater.action.policy-step.v1"
    policy: Code
    step: Literal["applied", "granted", "paid"]
    amount_yuan: Yuan | None = None


EVENTS = (
    BankAccepts,
    BankTriedContact,
    BankOffers,
    BankDeclines,
    BankGrants,
    BankDisburses,
    HouseholdChooses,
    HouseholdSwitches,
    HouseholdConfirmsContact,
    HouseholdFiled,
    HouseholdAsksHelp,
    HouseholdAnswers,
    HouseholdRates,
    AuthoritySigns,
    AuthorityPlans,
    AuthorityAsksExtension,
    AuthorityAgreesExtension,
    AuthorityParks,
    AuthorityAsksHousehold,
    AuthorityResolves,
    AuthorityRefuses,
    AuthorityTransfers,
    AuthorityConfirmsRaise,
    ConsultationDecides,
    ConsultationCloses,
    PolicyStep,
)
