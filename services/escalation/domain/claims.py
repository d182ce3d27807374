"""Claims as the decisions see them: what an outside party says it did with a case, and in whose name it may speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.escalation.domain.case import Fact

ALL = "all"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, as the gate knows it; `for_submitter`: it is the partner that handed the demand in."""

    role: str
    speaks_for: frozenset[str]
    person: str | None = None
    for_submitter: bool = False

    def may_speak_for(self, authority: str) -> bool:
        return authority in self.speaks_for or ALL in self.speaks_for


@dataclass(frozen=True, slots=True)
class File:
    receipt_number: str


@dataclass(frozen=True, slots=True)
class AskHelp:
    """帮办."""


@dataclass(frozen=True, slots=True)
class Sign:
    """签收."""


@dataclass(frozen=True, slots=True)
class Plan:
    promised_on: date


@dataclass(frozen=True, slots=True)
class AskExtension:
    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerExtension:
    agreed: bool


@dataclass(frozen=True, slots=True)
class Park:
    review_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class AskHousehold:
    """一次性告知: all that is missing, said once."""

    what: str


@dataclass(frozen=True, slots=True)
class Supply:
    """The household has sent what it was asked for."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """`kind`: what the evidence is (register, number, document); None where it was not said."""

    evidence: str
    facts: Mapping[str, Fact]
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    reason: str
    cannot_be_removed: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    to: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Decide:
    """What a county team decided on one item of its joint consultation."""

    decision: Literal["assign", "park", "cannot_be_removed", "policy", "clear"]
    reason: str
    to: str | None = None
    until: date | None = None


Claim = (
    File
    | AskHelp
    | Sign
    | Plan
    | AskExtension
    | AnswerExtension
    | Park
    | AskHousehold
    | Supply
    | Resolve
    | Refuse
    | Transfer
    | AnswerDraft
    | Decide
)
