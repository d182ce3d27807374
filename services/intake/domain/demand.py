"""A demand (融资需求) as the gate keeps it, and the household it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.intake.domain.consent import Consent
from services.intake.domain.facts import Fact

Kind = Literal["loan", "renewal", "service"]
State = Literal["open", "closed", "withdrawn", "merged", "erased"]
Level = Literal["none", "credit_code", "registration_number", "preregistration_number", "id_hash"]


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who handed it in, under which number of their own."""

    partner: str
    source_id: str
    channel: str = "partner"
    assisted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand at one revision. `fingerprint` stands for all that its submitter said, personal data included.

    `closed` is what the banks' side has ended; `merged` one whose events lead to `survivor`. `partners` are all that
    handed it in, those of its aliases too.
    """

    id: UUID
    household: UUID
    state: State
    kind: Kind
    purpose: str
    county: str
    submitter: Submitter
    received_at: datetime
    version: int
    fingerprint: bytes
    sentence: str | None = None
    amount_yuan: int | None = None
    term_months: int | None = None
    industry: str | None = None
    facts: dict[str, Fact] = field(default_factory=dict)
    named_bank: str | None = None
    excluded_banks: tuple[str, ...] = ()
    identity: Level = "none"
    language: str = "zh-CN"
    simulated: bool = False
    survivor: UUID | None = None
    partners: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.state

    @property
    def owner(self) -> str | None:
        """Whose turn it is, the owning contexts say."""
        return None


@dataclass(frozen=True, slots=True)
class Household:
    """One household over all its demands. `bank_limit`: how many banks may see it.

    `contact` is ciphertext, kept only where the owner is to confirm it, until that is done; `code_id` is the event that
    sent the code which is waited for. `pending` is a consent that somebody brought for the owner: it holds from the
    owner's own word on, so nothing goes to a bank before.
    """

    id: UUID
    consent: Consent | None = None
    bank_limit: int = 3
    contact_confirmed: bool = False
    erased: bool = False
    demands: tuple[UUID, ...] = ()
    contact: dict[str, str] = field(default_factory=dict)
    code_id: UUID | None = None
    code_until: datetime | None = None
    code_tries: int = 0
    linked: tuple[UUID, ...] = ()
    pending: Consent | None = None

    @property
    def label(self) -> str:
        if self.erased:
            return "erased"
        return "consented" if self.consent else "unconsented"

    @property
    def owner(self) -> str | None:
        return None


def place_of_purpose(kind: str, purpose: str) -> str:
    """Under what a household has at most one open demand: its purpose; a service is never the same as money."""
    return f"service/{purpose}" if kind == "service" else purpose
