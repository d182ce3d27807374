"""What comes through a door: `freshwater.door.<partner>.in.v1` from a partner, `freshwater.door.gate.in.v1` from HTTP.

A partner's own door may carry clear text (its records are deleted within the hour); the gate's topic never does: there
the personal data is sealed before it is sent, and the household and the speaker are already known.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from shared.contracts.demands import IdentityLevel, Kind, PaperOutcome
from shared.contracts.envelope import Data
from shared.contracts.values import Code, ConsentProof, Facts, FactValue, Months, Region, Sealed, Text, Value, Yuan

SourceId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Short = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class Personal(Value):
    """Personal data in clear text: only here, only until it is sealed."""

    contact_name: Annotated[str, StringConstraints(max_length=50)] | None = None
    shop_name: Short | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{5,18}[0-9]$")] | None = None
    email: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] | None = None
    id_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{17}[0-9Xx]$")] | None = None
    credit_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{18}$")] | None = None
    registration_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{15}$")] | None = None
    preregistration_number: Annotated[str, StringConstraints(min_length=4, max_length=40)] | None = None
    wechat: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{6,64}$")] | None = None
    address: Short | None = None


class ConsentReference(Value):
    """Which version of the consent text was accepted, which boxes, when, and how it can be proved.

    `evidence` is the reference of the proof: the form's number, the recording's, the clerk's note. `evidence_kind` says
    which: form 表单, recording 录音, scan 扫描件 (with its `file`, POST /v1/files), tap 在线点选, oral 当面口述 before
    somebody who assists.
    """

    version: Code
    boxes: list[Literal["banks", "authorities", "messages", "statistics"]] = ["banks", "authorities", "messages"]
    given_at: AwareDatetime | None = None
    expires_on: date | None = None
    evidence: Text
    evidence_kind: ConsentProof = "unstated"
    file: UUID | None = None


class DemandBody(Data):
    """What a demand says. The minimum: one contact, the county, a consent reference and a sentence."""

    source_id: SourceId
    version: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    kind: Kind = "loan"
    purpose: Code = "unstated"
    county: Region
    sentence: Text
    amount_yuan: Yuan | None = None
    term_months: Months | None = None
    industry: Short | None = None
    facts: dict[Code, FactValue] = {}
    consent: ConsentReference
    named_bank: Code | None = None
    excluded_banks: Annotated[list[Code], Field(max_length=64)] = []
    channel: Code = "partner"
    assisted_by: Code | None = None
    language: Code = "zh-CN"
    received_at: AwareDatetime | None = None


class DemandSubmitted(DemandBody):
    """A demand as a Kafka partner sends it."""

    TYPE: ClassVar[str] = "org.freshwater.door.demand-submitted.v1"
    personal: Personal


class Speech(Value):
    """Who speaks through the gate's HTTP: authenticated there, believed here.

    `role` is the actor's where a portal's request names one. `speaks_for`: the institutions or authorities in whose
    name it may speak; `demand`: the only demand that a household may speak of.
    """

    partner: Code
    role: Code
    actor: Short
    receipt: UUID
    speaks_for: Annotated[list[Code], Field(max_length=64)] = []
    demand: UUID | None = None


class GateDemand(DemandBody):
    """A demand as the gate's HTTP sends it: sealed, with its household and its speaker.

    `fingerprint` is a keyed hash of the personal data, so that a copy that contradicts the first one is seen.
    """

    TYPE: ClassVar[str] = "org.freshwater.door.gate-demand.v1"
    speech: Speech
    household: UUID
    sealed: Sealed
    identity: IdentityLevel = "none"
    fingerprint: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{0,64}$")] = ""


class Said(Data):
    """Anything else a partner may say; through the gate `speech` says who, through a door the door's name does."""

    speech: Speech | None = None
    source_id: SourceId | None = None


class DemandNamed(Said):
    """Names a demand: by its id, or by the number under which this partner sent it."""

    demand: UUID | None = None
    demand_source_id: SourceId | None = None


class FactsSupplied(DemandNamed):
    TYPE: ClassVar[str] = "org.freshwater.door.facts-supplied.v1"
    facts: Facts


class DemandAdjusted(DemandNamed):
    TYPE: ClassVar[str] = "org.freshwater.door.demand-adjusted.v1"
    amount_yuan: Yuan | None = None
    term_months: Months | None = None
    facts: dict[Code, FactValue] = {}


class DemandWithdrawn(DemandNamed):
    TYPE: ClassVar[str] = "org.freshwater.door.demand-withdrawn.v1"
    reason: Text = "withdrawn by the household"


class DemandRevived(DemandNamed):
    TYPE: ClassVar[str] = "org.freshwater.door.demand-revived.v1"


class ConsentGiven(DemandNamed):
    """A consent for the household of a demand; `banks` are added by a one-tap answer."""

    TYPE: ClassVar[str] = "org.freshwater.door.consent-given.v1"
    consent: ConsentReference
    banks: Annotated[list[Code], Field(max_length=64)] = []


class ConsentRevoked(DemandNamed):
    TYPE: ClassVar[str] = "org.freshwater.door.consent-revoked.v1"
    reason: Text | None = None


class EraseAsked(DemandNamed):
    """`household`: for the campaign office, where no demand leads to it."""

    TYPE: ClassVar[str] = "org.freshwater.door.erase-asked.v1"
    household: UUID | None = None


class EvidenceAttached(DemandNamed):
    """A paper: its file in the vault (`POST /v1/files` says this itself), or its number where a file is not needed."""

    TYPE: ClassVar[str] = "org.freshwater.door.evidence-attached.v1"
    kind: Code
    file: UUID | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    number: Short | None = None


class EvidenceRead(DemandNamed):
    """Somebody who works on the demand has read a paper: what it says is known now, or why it cannot be used.

    What it says goes by `facts-supplied`; this is the word to the household that sent it.
    """

    TYPE: ClassVar[str] = "org.freshwater.door.evidence-read.v1"
    file: UUID
    outcome: PaperOutcome
    reason: Text | None = None


class ContactCodeAsked(DemandNamed):
    """Send the contact of an assisted demand a new code, so that the owner can confirm it.

    `household` and `sealed` are the gate's own word for a telephone that wants to see what was asked for under it.
    """

    TYPE: ClassVar[str] = "org.freshwater.door.contact-code-asked.v1"
    household: UUID | None = None
    sealed: Sealed | None = None


class ContactConfirmed(DemandNamed):
    """The owner read out or typed the code that went to the contact: what was handed in for it is its own."""

    TYPE: ClassVar[str] = "org.freshwater.door.contact-confirmed.v1"
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class OperatorChanged(DemandNamed):
    """变更经营者: somebody else runs the shop now. What was known of the one before never goes to the new one."""

    TYPE: ClassVar[str] = "org.freshwater.door.operator-changed.v1"
    on: date


class HouseholdsLinked(DemandNamed):
    """Two shops of one operator, or a household that became a company (个转企).

    The other by its demand, or a company by its credit code, which goes no further than the gate: `other_household` is
    the opaque id that the gate's HTTP puts in its place.
    """

    TYPE: ClassVar[str] = "org.freshwater.door.households-linked.v1"
    other_demand: UUID | None = None
    other_source_id: SourceId | None = None
    other_credit_code: Annotated[str, StringConstraints(pattern=r"^9[13][0-9A-Z]{16}$")] | None = None
    other_household: UUID | None = None
    relation: Literal["same_operator", "became_company"]


class VisitLogged(Said):
    """走访. Of `personal` only the numbers of the register are used, to find the household again; nothing is kept."""

    TYPE: ClassVar[str] = "org.freshwater.door.visit-logged.v1"
    county: Region
    on: date
    visitor: Code
    outcome: Literal["demand", "no_demand", "not_found", "closed_down", "refused"]
    household: UUID | None = None
    personal: Personal | None = None


class LimitDeclared(Said):
    TYPE: ClassVar[str] = "org.freshwater.door.limit-declared.v1"
    unit: Code
    version: int
    open_limit: Annotated[int, Field(ge=0, le=100_000)]
    quota_yuan: Yuan | None = None


class ReceiptCame(Said):
    """What became of a message: a channel's receipt, or how a telephone call from the call list ended."""

    TYPE: ClassVar[str] = "org.freshwater.door.receipt-came.v1"
    number: Code
    channel: Literal["sms", "wechat", "email", "call_list"]
    outcome: Literal["delivered", "bounced", "rejected", "reached", "not_reached", "wrong_number", "refused"]
    reason: Text | None = None


class ClaimMade(Said):
    """What a bank, an authority or a household says it did.

    `action` is the last part of a type of `shared.contracts.actions` ("bank-accepts"); `details` are that type's own
    fields, checked against it at the gate.
    """

    TYPE: ClassVar[str] = "org.freshwater.door.claim-made.v1"
    action: Code
    referral: UUID | None = None
    case: UUID | None = None
    demand: UUID | None = None
    unit: Code | None = None
    person: Code | None = None
    details: Annotated[dict[Code, Any], Field(max_length=20)] = {}


EVENTS = (
    DemandSubmitted,
    GateDemand,
    FactsSupplied,
    DemandAdjusted,
    DemandWithdrawn,
    DemandRevived,
    ConsentGiven,
    ConsentRevoked,
    EraseAsked,
    EvidenceAttached,
    EvidenceRead,
    ContactCodeAsked,
    ContactConfirmed,
    OperatorChanged,
    HouseholdsLinked,
    VisitLogged,
    LimitDeclared,
    ReceiptCame,
    ClaimMade,
)
