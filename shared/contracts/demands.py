"""Events of `freshwater.demands.v1`: what the gate says of a demand (融资需求). Written by intake."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Data
from shared.contracts.values import (
    Code,
    Consent,
    Facts,
    Months,
    Problem,
    Region,
    Sealed,
    Submitter,
    Text,
    Value,
    Yuan,
)

Kind = Literal["loan", "renewal", "service"]
PaperOutcome = Literal["used", "unusable"]
"""What became of a paper that somebody has read."""
IdentityLevel = Literal["none", "credit_code", "registration_number", "preregistration_number", "id_hash"]


class DemandSummary(Value):
    """Intake's view of one demand at one revision. What nobody said is absent from `facts`: unknown is not false."""

    demand: UUID
    household: UUID
    state: Literal["open", "withdrawn", "merged", "erased"]
    kind: Kind = "loan"
    purpose: Code = "unstated"
    county: Region
    amount_yuan: Yuan | None = None
    term_months: Months | None = None
    industry: Annotated[str, Field(pattern=r"^[A-T]?[0-9]{0,4}$")] | None = None
    sentence: Text | None = None
    facts: Facts = {}
    consent: Consent | None = None
    submitter: Submitter
    received_at: AwareDatetime
    named_bank: Code | None = None
    excluded_banks: Annotated[list[Code], Field(max_length=64)] = []
    identity: IdentityLevel = "none"
    language: Code = "zh-CN"
    version: int = 1
    simulated: bool = False


class DemandData(Data):
    """Every event about an accepted demand carries its summary."""

    summary: DemandSummary


class Accepted(DemandData):
    """A demand passed the gate. `sealed` holds the household's personal data, encrypted field by field."""

    TYPE: ClassVar[str] = "org.freshwater.demand.accepted.v1"
    sealed: Sealed = {}
    warnings: list[Problem] = []


class Rejected(Data):
    """What was sent is not a demand; all its problems at once, and where the answer goes."""

    TYPE: ClassVar[str] = "org.freshwater.demand.rejected.v1"
    demand: UUID
    submitter: Submitter
    problems: Annotated[list[Problem], Field(min_length=1)]
    sealed: Sealed = {}


class InputRefused(Data):
    """Something else than a demand was refused at the gate: what it was, by whom, and all that is wrong with it."""

    TYPE: ClassVar[str] = "org.freshwater.demand.input-refused.v1"
    partner: Code
    said: Code
    source_id: Text | None = None
    problems: Annotated[list[Problem], Field(min_length=1)]


class Repeated(DemandData):
    """The same demand came again under the same number."""

    TYPE: ClassVar[str] = "org.freshwater.demand.repeated.v1"


class Merged(DemandData):
    """A second open demand of the household for the same purpose; its events lead to the survivor from now on."""

    TYPE: ClassVar[str] = "org.freshwater.demand.merged.v1"
    alias: UUID
    submitter: Submitter


class Corrected(DemandData):
    """A higher version from the same submitter replaces what it said before; `sealed` replaces what was sealed then."""

    TYPE: ClassVar[str] = "org.freshwater.demand.corrected.v1"
    changed: list[Code]
    sealed: Sealed = {}


class FactsSupplied(DemandData):
    """Facts were added or renewed; `cleared_by` names the case that brought them, if one did."""

    TYPE: ClassVar[str] = "org.freshwater.demand.facts-supplied.v1"
    changed: list[Code]
    cleared_by: UUID | None = None


class EvidenceAttached(DemandData):
    """A file or paper came in: its kind, where it lies sealed, and its SHA-256."""

    TYPE: ClassVar[str] = "org.freshwater.demand.evidence-attached.v1"
    kind: Code
    file: UUID
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class EvidenceRead(DemandData):
    """A bank or office has read a paper: used what it says, or could not and said why."""

    TYPE: ClassVar[str] = "org.freshwater.demand.evidence-read.v1"
    kind: Code
    file: UUID
    outcome: PaperOutcome
    reason: Text | None = None


class EvidenceNumbered(DemandData):
    """A paper was named by its number alone, where no file is needed."""

    TYPE: ClassVar[str] = "org.freshwater.demand.evidence-numbered.v1"
    kind: Code
    number: Text


class Adjusted(DemandData):
    """The household asks for something else: less, longer, other collateral."""

    TYPE: ClassVar[str] = "org.freshwater.demand.adjusted.v1"
    changed: list[Code]


class Withdrawn(DemandData):
    """The household no longer wants it."""

    TYPE: ClassVar[str] = "org.freshwater.demand.withdrawn.v1"
    reason: Text


class Reopened(DemandData):
    """A closed demand is open again."""

    TYPE: ClassVar[str] = "org.freshwater.demand.reopened.v1"


class Revived(DemandData):
    """A dormant household answered: one tap."""

    TYPE: ClassVar[str] = "org.freshwater.demand.revived.v1"


EVENTS = (
    Accepted,
    Rejected,
    InputRefused,
    Repeated,
    Merged,
    Corrected,
    FactsSupplied,
    EvidenceAttached,
    EvidenceRead,
    EvidenceNumbered,
    Adjusted,
    Withdrawn,
    Reopened,
    Revived,
)
