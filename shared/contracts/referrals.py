"""Events of `freshwater.referrals.v1`: the docking (对接) of a demand with banks. Written by matching."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Data
from shared.contracts.values import (
    BasisPoints,
    Code,
    Owner,
    Plan,
    Referral,
    Region,
    Remedy,
    Submitter,
    Text,
    Value,
    Yuan,
)

DockingState = Literal[
    "referred",
    "consent_wanted",
    "offered",
    "chosen",
    "granted",
    "obstructed",
    "standing",
    "dormant",
    "funded",
    "closed",
]


class ReferralSummary(Value):
    """Matching's view of one demand at one revision: its state, whose turn it is, until when."""

    demand: UUID
    household: UUID
    submitter: Submitter
    county: Region
    industry: Annotated[str, Field(max_length=8)] | None = None
    amount_yuan: Yuan | None = None
    state: DockingState
    round: int = 0
    referrals: list[Referral] = []
    remedies: list[Remedy] = []
    owner: Owner | None = None
    due_at: AwareDatetime | None = None
    granted_yuan: Yuan = 0
    disbursed_yuan: Yuan = 0
    simulated: bool = False


class ReferralData(Data):
    """Every event of the docking carries the whole docking's summary."""

    summary: ReferralSummary


class OneReferral(ReferralData):
    """An event about one referral of the docking."""

    referral: UUID
    bank: Code
    unit: Code


class RoundOpened(ReferralData):
    """A round (轮次): up to three banks at once, each with its masked card and its clock."""

    TYPE: ClassVar[str] = "org.freshwater.referral.round-opened.v1"
    round: int
    opened: list[UUID]


class ConsentRequested(ReferralData):
    """A bank that the accepted consent does not name: the household is asked first, by one tap."""

    TYPE: ClassVar[str] = "org.freshwater.referral.consent-requested.v1"
    bank: Code
    product: Code


class NearDue(OneReferral):
    TYPE: ClassVar[str] = "org.freshwater.referral.near-due.v1"
    share: Literal[50, 80]


class Recalled(OneReferral):
    """Taken back from a bank."""

    TYPE: ClassVar[str] = "org.freshwater.referral.recalled.v1"
    reason: Literal[
        "withdrawn", "consent_revoked", "erased", "unit_full", "funded_elsewhere", "adjusted", "not_reached"
    ]


class Accepted(OneReferral):
    TYPE: ClassVar[str] = "org.freshwater.referral.accepted.v1"


class Contacted(OneReferral):
    """A bank tried to reach the household. `from_unit`: the unit that passed it on inside the bank."""

    TYPE: ClassVar[str] = "org.freshwater.referral.contacted.v1"
    outcome: Code
    from_unit: Code | None = None


class Offered(OneReferral):
    TYPE: ClassVar[str] = "org.freshwater.referral.offered.v1"
    plan: Plan


class Declined(OneReferral):
    TYPE: ClassVar[str] = "org.freshwater.referral.declined.v1"
    code: Code
    final: bool = False
    direction: Code | None = None


class Lapsed(OneReferral):
    """No answer in time: the next bank is asked, and everybody hears it."""

    TYPE: ClassVar[str] = "org.freshwater.referral.lapsed.v1"
    stage: Literal["accept", "contact", "decide"]


class Chosen(OneReferral):
    TYPE: ClassVar[str] = "org.freshwater.referral.chosen.v1"


class NotChosen(OneReferral):
    TYPE: ClassVar[str] = "org.freshwater.referral.not-chosen.v1"


class Switched(OneReferral):
    TYPE: ClassVar[str] = "org.freshwater.referral.switched.v1"


class Granted(OneReferral):
    """授信."""

    TYPE: ClassVar[str] = "org.freshwater.referral.granted.v1"
    amount_yuan: Yuan
    rate_bp: BasisPoints


class Disbursed(OneReferral):
    """用信."""

    TYPE: ClassVar[str] = "org.freshwater.referral.disbursed.v1"
    amount_yuan: Yuan
    number: Code
    on: date


class PolicyMoved(OneReferral):
    """A policy was applied for, granted or paid."""

    TYPE: ClassVar[str] = "org.freshwater.referral.policy-moved.v1"
    policy: Code
    step: Literal["applied", "granted", "paid"]
    amount_yuan: Yuan | None = None


class Obstructed(ReferralData):
    """No product open now: what stands in the way, cheapest remedies first; `obstacles` are those an authority owns.

    `authorities`: whether the household's consent lets them see its demand; where not, it is guided and acts itself.
    """

    TYPE: ClassVar[str] = "org.freshwater.referral.obstructed.v1"
    obstacles: list[Code]
    reason: Text | None = None
    authorities: bool = True


class FactsRequested(ReferralData):
    """Products would open if the household told these facts."""

    TYPE: ClassVar[str] = "org.freshwater.referral.facts-requested.v1"
    facts: list[Code]


class Standing(ReferralData):
    """长期匹配: nothing helps today; it is tried again when something changes, at the latest on the review date."""

    TYPE: ClassVar[str] = "org.freshwater.referral.standing.v1"
    review_on: date


class Dormant(ReferralData):
    """The household did not answer two reminders; one tap revives."""

    TYPE: ClassVar[str] = "org.freshwater.referral.dormant.v1"


class Reminded(ReferralData):
    """It is the household's turn, and it was reminded."""

    TYPE: ClassVar[str] = "org.freshwater.referral.reminded.v1"
    count: int


class Funded(ReferralData):
    """Money has reached the household."""

    TYPE: ClassVar[str] = "org.freshwater.referral.funded.v1"


class Closed(ReferralData):
    TYPE: ClassVar[str] = "org.freshwater.referral.closed.v1"
    reason: Literal["withdrawn", "erased", "funded", "no_remedy", "merged"]


class ActionRefused(ReferralData):
    """A claim that the rules do not allow; nothing changed."""

    TYPE: ClassVar[str] = "org.freshwater.referral.action-refused.v1"
    claim: UUID
    partner: Code
    rule: Code
    zh: Text
    en: Text


EVENTS = (
    RoundOpened,
    ConsentRequested,
    NearDue,
    Recalled,
    Accepted,
    Contacted,
    Offered,
    Declined,
    Lapsed,
    Chosen,
    NotChosen,
    Switched,
    Granted,
    Disbursed,
    PolicyMoved,
    Obstructed,
    FactsRequested,
    Standing,
    Dormant,
    Reminded,
    Funded,
    Closed,
    ActionRefused,
)
