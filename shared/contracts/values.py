"""The small values of events. Money is integer yuan, rates are integer basis points, times are aware UTC."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, dataclass_transform
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PrivateAttr, StringConstraints

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)  # pydantic does not name it in public

# A NUL passes JSON and pydantic but neither `text` nor `jsonb` of PostgreSQL; other control characters have no place
# in a name or a sentence either.
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")]
Region = Annotated[str, StringConstraints(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
Yuan = Annotated[int, Field(ge=0, le=1_000_000_000)]
BasisPoints = Annotated[int, Field(ge=-10_000, le=100_000)]
Months = Annotated[int, Field(ge=1, le=600)]
FactValue = bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | Text | Annotated[list[Code], Field(max_length=32)]


EvidenceKind = Literal["register", "number", "document"]
"""How a clearing is proved: a register's own fact, the number of a permit or receipt, a paper or its picture."""


@dataclass_transform(kw_only_default=True, field_specifiers=(Field, PrivateAttr))
class PlainClass(ModelMetaclass):
    """Makes isinstance() ask the class itself: pydantic's way by ABCMeta costs a microsecond for every no."""

    __instancecheck__ = type.__instancecheck__


class Value(BaseModel, metaclass=PlainClass):
    """A part of an event. Unknown fields are ignored: a newer producer may say more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Fact(Value):
    """What is known about a household: value, who said it, as of when, and how surely (self, partner, register)."""

    value: FactValue
    source: Code
    as_of: date
    assurance: Literal["self", "partner", "register"] = "self"


Facts = Annotated[dict[Code, Fact], Field(max_length=100)]


ConsentProof = Literal["form", "recording", "scan", "tap", "oral", "unstated"]


class Consent(Value):
    """An accepted version of the consent text; the version names the recipients, the boxes what may be done.

    `text_hash`: SHA-256 of the text that was shown, with its recipients and boxes.
    """

    version: Code
    boxes: Annotated[list[Literal["banks", "authorities", "messages", "statistics"]], Field(max_length=4)]
    given_at: AwareDatetime
    expires_on: date
    evidence: Text
    added_banks: Annotated[list[Code], Field(max_length=64)] = []
    evidence_kind: ConsentProof = "unstated"
    file: UUID | None = None
    text_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


class Problem(Value):
    """One thing that is wrong with what was sent: a code, where (JSON pointer), and what to do, in both languages."""

    code: Code
    pointer: Annotated[str, StringConstraints(max_length=300)]
    zh: Text
    en: Text


class Submitter(Value):
    """Who handed a demand in, under which number of their own, by which channel."""

    partner: Code
    source_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    channel: Code = "partner"
    assisted_by: Code | None = None


class Owner(Value):
    """Whose turn it is. Exactly one, unless closed or dormant."""

    kind: Literal["bank", "household", "authority", "campaign_office", "county_team"]
    id: Code


class Plan(Value):
    """A financing plan: what a bank offers."""

    amount_yuan: Yuan
    term_months: Months
    rate_bp: BasisPoints
    instalment_yuan: Yuan | None = None
    subsidies: list[Code] = []


class CostLine(Value):
    """One line of what the household really pays (到手成本), in basis points a year; negative where it saves."""

    item: Literal["rate", "subsidy", "guarantee_fee", "fee_waiver"]
    policy: Code | None = None
    bp: BasisPoints
    evidence_missing: list[Code] = []


class Step(Value):
    """One thing to do: which fact, what value would pass, who acts, how long it usually takes (working days)."""

    kind: Literal["supply", "adjust", "clear", "wait"]
    fact: Code
    target: FactValue | None = None
    obstacle: Code | None = None
    acts: Literal["household", "authority", "both", "time"]
    working_days: int | None = None
    on: date | None = None


class Remedy(Value):
    """条件处方: do these, `products` open, the best at `best_rate_bp`."""

    steps: list[Step]
    products: int
    best_product: Code | None = None
    best_rate_bp: BasisPoints | None = None


class Card(Value):
    """The masked card: what a bank may know of a demand before it has accepted it.

    `industry` is a division (letter and two digits), a section (the letter) or left out, the amount a band of yuan
    (from, inclusive; to, exclusive): always so coarse that enough households of the place look the same.
    """

    county: Region | None = None
    industry: Annotated[str, Field(max_length=3)] | None = None
    amount_from: Yuan | None = None
    amount_to: Yuan | None = None


class Referral(Value):
    """One demand at one bank, as all audiences may know it.

    `card` is all that a bank sees of the demand before it accepts; `added` the guarantee company, and its policies,
    that a later round brought in. What it costs is an estimate as of `estimated_on`: a simple annual rate with its
    lines, over the whole term in yuan beside the amount itself, and as an equal monthly instalment, each rounded up.
    """

    id: UUID
    bank: Code
    unit: Code
    product: Code
    round: int
    state: Literal[
        "open", "accepted", "contacted", "offered", "chosen", "granted", "declined", "lapsed", "recalled", "not_chosen"
    ]
    due_at: AwareDatetime | None = None
    cost_bp: BasisPoints | None = None
    cost_lines: list[CostLine] = []
    cost_yuan: Yuan | None = None
    instalment_yuan: Yuan | None = None
    estimated_on: date | None = None
    plan: Plan | None = None
    decline_code: Code | None = None
    added: list[Code] = []
    card: Card | None = None


class Case(Value):
    """会办事项: one obstacle of one demand at one authority.

    Of one that an authority had and that has ended: working days from its opening (gross), and without those on which
    the household owed something (net). `reached`: of an overdue one, how far it has come. An extension may
    be asked for once, and so may the household.
    """

    id: UUID
    obstacle: Code
    matter: UUID
    authority: Code
    unit: Code | None = None
    level: Literal["county", "city", "province"]
    state: Literal[
        "guided", "filed", "opened", "signed", "planned", "parked", "waiting", "overdue", "cleared", "refused",
        "withdrawn",
    ]  # fmt: skip
    due_at: AwareDatetime | None = None
    promised_on: date | None = None
    transfers: int = 0
    raised: int = 0
    extended: bool = False
    gross_days: int | None = None
    net_days: int | None = None
    reached: Literal["opened", "signed", "planned", "parked"] | None = None
    extension_asked: bool = False
    household_asked: bool = False


Sealed = Annotated[dict[Code, Annotated[str, StringConstraints(max_length=8192)]], Field(max_length=16)]
