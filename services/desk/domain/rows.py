"""The rows of the read model, as one event gives them, and what remains of many.

A row has a place (its key) and a rank. At one place the highest rank wins, whatever came first: so any order of
arrival, and any cut into batches, ends in the same tables. Rows are tuples in the order of their table's columns.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple, TypeAlias
from uuid import UUID

from services.desk.domain.measures import Limit, Moments, Money, Rating, Visit

CERTAINTY = {"held": 0, "failed": 1, "sent": 2}
STAGES = ("referred", "accepted", "contacted", "offered", "chosen", "granted", "disbursed")
"""How far a demand can come, in order; a demand's stage only rises."""
REACHES = {
    "referral.round-opened": 1,
    "referral.accepted": 2,
    "referral.contacted": 3,
    "referral.offered": 4,
    "referral.chosen": 5,
    "referral.granted": 6,
    "referral.disbursed": 7,
    "referral.funded": 7,
}


class Happened(NamedTuple):
    """One line of a household's timeline; `trace` only where it is a claim."""

    household: UUID
    event: UUID
    demand: UUID | None
    at: datetime
    type: str
    actor: str
    about: UUID | None
    cause: UUID | None
    trace: UUID | None
    params: bytes | None


class Taken(NamedTuple):
    """Intake's column group of a demand; `summary` is its whole view, for the demand's page.

    `first_time`: a household that never had a business loan (首贷), where that is known. `verified`: of at least half
    of its facts more than the household's own word is known. `channel`: which way it came (domain/channels.py).
    """

    household: UUID
    demand: UUID
    intake_sequence: int
    state: str
    kind: str
    purpose: str
    county: str
    industry: str | None
    amount_yuan: int | None
    term_months: int | None
    partner: str
    source_id: str
    channel: str
    received_at: datetime
    simulated: bool
    first_time: bool | None
    verified: bool
    summary: bytes


class ReferralRow(NamedTuple):
    """One demand at one bank. `known_county`: as far as its bank may know it."""

    referral: UUID
    household: UUID
    demand: UUID
    bank: str
    unit: str
    product: str
    round: int
    state: str
    due_at: datetime | None
    cost_bp: int | None
    known_county: str | None
    body: bytes


class Docking(NamedTuple):
    """Matching's column group of a demand, and the referrals that its summary holds."""

    household: UUID
    demand: UUID
    matching_sequence: int
    docking: str
    round: int
    owner: str | None
    due_at: datetime | None
    granted_yuan: int
    disbursed_yuan: int
    remedies: bytes
    referrals: tuple[ReferralRow, ...]


class CaseRow(NamedTuple):
    """One obstacle of one demand at one authority."""

    case: UUID
    household: UUID
    demand: UUID
    obstacle: str
    matter: UUID
    authority: str
    unit: str | None
    level: str
    state: str
    due_at: datetime | None
    promised_on: date | None
    transfers: int
    raised: int
    extended: bool
    reached: str | None = None
    extension_asked: bool = False
    household_asked: bool = False
    known_county: str | None = None


class Question(NamedTuple):
    """What a case asks of the next level: a draft of a 督办 (`raise`) or an `extension`; closed by the answer."""

    case: UUID
    what: str
    sequence: int
    household: UUID
    demand: UUID
    authority: str
    asked_of: str | None
    until: date | None
    reason: str | None
    at: datetime
    open: bool


class Obstacles(NamedTuple):
    """Escalation's column group of a demand, and the cases that its summary holds."""

    household: UUID
    demand: UUID
    escalation_sequence: int
    open_cases: int
    cases: tuple[CaseRow, ...]


class Progress(NamedTuple):
    """The furthest stage that a demand has ever reached, and what it asked for then."""

    household: UUID
    demand: UUID
    stage: int
    sequence: int
    amount_yuan: int


class Delivery(NamedTuple):
    """One notice to one recipient: a later attempt, or a surer end of the same attempt, wins."""

    household: UUID
    delivery: UUID
    demand: UUID
    cause_type: str
    audience: str
    recipient: str
    channel: str
    at: datetime
    attempt: int
    certainty: int
    outcome: str
    reason: str | None


class HouseholdRow(NamedTuple):
    """What holds over all demands of a household."""

    household: UUID
    sequence: int
    consent_version: str | None
    consent_until: date | None
    bank_limit: int
    contact_confirmed: bool
    erased: bool


class Alias(NamedTuple):
    """The number of a demand that was merged into another."""

    alias: UUID
    household: UUID
    demand: UUID
    partner: str
    source_id: str


class Refusal(NamedTuple):
    """What the gate refused, with all that was wrong."""

    event: UUID
    at: datetime
    demand: UUID | None
    partner: str
    said: str
    source_id: str | None
    problems: bytes


class Letter(NamedTuple):
    """A dead letter: its demand is held."""

    letter: UUID
    at: datetime
    service: str
    origin: str
    reason: str
    demand: UUID | None


class Capacity(NamedTuple):
    """What a bank's unit says it can take."""

    bank: str
    unit: str
    version: int
    open_limit: int
    quota_yuan: int | None


class CountyWord(NamedTuple):
    """What was said of a county; `about` is its session or common issue, `told` the whole event's data as JSON."""

    county: str
    event: UUID
    at: datetime
    type: str
    about: UUID | None
    told: str


Row: TypeAlias = (
    Happened
    | Taken
    | Docking
    | Obstacles
    | Question
    | Progress
    | Delivery
    | HouseholdRow
    | Alias
    | Refusal
    | Letter
    | Capacity
    | Moments
    | Money
    | Rating
    | Visit
    | Limit
    | CountyWord
)
