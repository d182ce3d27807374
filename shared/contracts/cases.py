"""Events of `freshwater.cases.v1`: obstacles (堵点) and the authorities that remove them. Written by escalation."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts import county
from shared.contracts.envelope import Data
from shared.contracts.values import Case, Code, Facts, Region, Submitter, Text, Value, Yuan


class CaseSummary(Value):
    """Escalation's view of one demand at one revision: all its cases, guided ones too."""

    demand: UUID
    household: UUID
    submitter: Submitter
    county: Region
    industry: str | None = None
    amount_yuan: Yuan | None = None
    cases: list[Case] = []
    simulated: bool = False


class CaseData(Data):
    """Every event about a case carries the summary of its demand, and names the case."""

    summary: CaseSummary
    case: UUID
    obstacle: Code
    authority: Code
    unit: Code | None = None


class Guided(CaseData):
    """The household acts first: it gets steps, place, papers and the usual days. No case is opened yet."""

    TYPE: ClassVar[str] = "org.freshwater.case.guided.v1"
    usual_working_days: int


class Filed(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.filed.v1"
    receipt_number: Code


class Opened(CaseData):
    """会办事项: an authority has it, with a clock; `supports` are informed; `catch_all` when nobody was found."""

    TYPE: ClassVar[str] = "org.freshwater.case.opened.v1"
    reason: Literal["authority_acts", "time_has_run", "help_asked", "decided"]
    supports: list[Code] = []
    catch_all: bool = False


class Signed(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.signed.v1"


class Planned(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.planned.v1"
    promised_on: date


class ExtensionAsked(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.extension-asked.v1"
    until: date
    reason: Text


class Extended(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.extended.v1"
    until: date


class ExtensionDenied(CaseData):
    """The next level said no: the case's time stays as it was."""

    TYPE: ClassVar[str] = "org.freshwater.case.extension-denied.v1"


class Parked(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.parked.v1"
    review_on: date
    reason: Text


class HouseholdAsked(CaseData):
    """一次性告知: the authority cannot go on before the household has sent something; its own time stands still."""

    TYPE: ClassVar[str] = "org.freshwater.case.household-asked.v1"
    asked: Text


class Resumed(CaseData):
    """The authority's time runs again: the household has answered, or its own time is over."""

    TYPE: ClassVar[str] = "org.freshwater.case.resumed.v1"
    answered: bool
    paused_days: int


class NearDue(CaseData):
    """A time is running out: the authority's, or the household's where it was asked for something."""

    TYPE: ClassVar[str] = "org.freshwater.case.near-due.v1"
    share: Literal[50, 80]
    waits_for: Literal["authority", "household"] = "authority"


class Overdue(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.overdue.v1"
    stage: Literal["sign", "plan", "solve"]


class Raised(CaseData):
    """督办: a draft to the next level, or the confirmed one."""

    TYPE: ClassVar[str] = "org.freshwater.case.raised.v1"
    draft: bool
    to: Code
    level: Literal["county", "city", "province"]


class RaiseDropped(CaseData):
    """A named person dropped the draft of a 督办: the next level does not hear of it."""

    TYPE: ClassVar[str] = "org.freshwater.case.raise-dropped.v1"
    to: Code


class Transferred(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.transferred.v1"
    before: Code
    upward: bool = False


class ConsultationOpened(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.consultation-opened.v1"
    session_on: date


class ConsultationDecided(CaseData):
    TYPE: ClassVar[str] = "org.freshwater.case.consultation-decided.v1"
    decision: Code
    reason: Text


class Cleared(CaseData):
    """The obstacle is gone; `facts` carry what changed, and matching tries again.

    `along`: it was cleared in another demand of the household, which has been told there.
    """

    TYPE: ClassVar[str] = "org.freshwater.case.cleared.v1"
    facts: Facts
    evidence: Text
    along: bool = False


class Refused(CaseData):
    """It cannot be removed, with the reason; that remedy ends and the household hears it."""

    TYPE: ClassVar[str] = "org.freshwater.case.refused.v1"
    reason: Text


class Withdrawn(CaseData):
    """Called back: it no longer matters."""

    TYPE: ClassVar[str] = "org.freshwater.case.withdrawn.v1"
    reason: Code


class ActionRefused(Data):
    """A claim that the rules do not allow; nothing changed."""

    TYPE: ClassVar[str] = "org.freshwater.case.action-refused.v1"
    summary: CaseSummary
    claim: UUID
    partner: Code
    rule: Code
    zh: Text
    en: Text


OF_CASES = (
    Guided,
    Filed,
    Opened,
    Signed,
    Planned,
    ExtensionAsked,
    Extended,
    ExtensionDenied,
    Parked,
    HouseholdAsked,
    Resumed,
    NearDue,
    Overdue,
    Raised,
    RaiseDropped,
    Transferred,
    ConsultationOpened,
    ConsultationDecided,
    Cleared,
    Refused,
    Withdrawn,
    ActionRefused,
)

EVENTS = (*OF_CASES, *county.EVENTS)
