"""Events of `freshwater.cases.v1` about a county: its joint consultations (联合会诊), its common issues, its account.

Keyed by the county's id (`ids.county_id`); the subject is the county's code. Written by escalation.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.envelope import Data
from shared.contracts.values import Code, Region, Text, Value

Reason = Literal["breached", "exhausted", "common"]
Verdict = Literal["assign", "park", "cannot_be_removed", "policy", "clear"]


class CountyData(Data):
    """Every event about a county names it."""

    county: Region


class AgendaItem(Value):
    """What a session decides on: all cases of one obstacle that are on its agenda.

    `reasons`: breached twice, docking exhausted, a common issue of many households (`issue`).
    """

    id: UUID
    obstacle: Code
    reasons: list[Reason]
    households: int
    demands: int
    blocked_yuan: int
    authorities: Annotated[list[Code], Field(max_length=64)] = []
    issue: UUID | None = None
    decision: Verdict | None = None


class SessionOpened(CountyData):
    """The agenda of a weekly joint consultation, the working day before it: grouped by obstacle, most money first."""

    TYPE: ClassVar[str] = "org.freshwater.case.session-opened.v1"
    session: UUID
    session_on: date
    team: Code
    members: Annotated[list[Code], Field(max_length=200)] = []
    items: list[AgendaItem]


class ItemDecided(CountyData):
    """What the session decided on one item; every case of it hears it by a deadline that is due now.

    `number` is the decision's own: a catalogue release names it when a policy comes of it.
    """

    TYPE: ClassVar[str] = "org.freshwater.case.item-decided.v1"
    session: UUID
    item: UUID
    obstacle: Code
    number: Code
    decision: Verdict
    reason: Text
    to: Code | None = None
    until: date | None = None
    demands: int


class SessionClosed(CountyData):
    """Closed by the team, which needs a decision on each item, or by the next session, which takes the rest over."""

    TYPE: ClassVar[str] = "org.freshwater.case.session-closed.v1"
    session: UUID
    session_on: date
    decided: int
    settled: int
    carried: int


class CommonIssueFormed(CountyData):
    """共性问题: many households of a county are stopped by the same obstacle; `blocked_yuan` is what they ask for."""

    TYPE: ClassVar[str] = "org.freshwater.case.common-issue-formed.v1"
    obstacle: Code
    households: int
    blocked_yuan: int
    issue: UUID | None = None
    demands: int = 0


class CommonIssueClosed(CountyData):
    """No open case is left (solved), it has become rare (dissolved), or a policy came of it."""

    TYPE: ClassVar[str] = "org.freshwater.case.common-issue-closed.v1"
    obstacle: Code
    issue: UUID | None = None
    reason: Literal["solved", "dissolved", "policy_issued"] = "solved"


class PolicyWanted(CountyData):
    """A decision asks for a new policy: open, with an owner, until a catalogue release names the decision's number."""

    TYPE: ClassVar[str] = "org.freshwater.case.policy-wanted.v1"
    number: Code
    obstacle: Code
    owner: Code
    reason: Text
    households: int
    blocked_yuan: int


class PolicyIssued(CountyData):
    """A catalogue release carries the decision out."""

    TYPE: ClassVar[str] = "org.freshwater.case.policy-issued.v1"
    number: Code
    obstacle: Code
    entity: Code
    release: int


class AccountLine(Value):
    """One obstacle at one authority. The median of net working days counts open cases too (censored): leaving them
    open makes it no better; None where fewer than half have ended. Money is counted in each line that it waits for."""

    obstacle: Code
    authority: Code
    opened: int
    open: int
    overdue: int
    cleared: int
    median_net_days: int | None = None
    blocked_yuan: int
    released_yuan: int


class ObstacleAccount(CountyData):
    """A snapshot of a county at close of business: what blocks whom, priced in money."""

    TYPE: ClassVar[str] = "org.freshwater.case.obstacle-account.v1"
    at: AwareDatetime
    households: dict[Code, int]
    blocked_yuan: dict[Code, int]
    lines: list[AccountLine] = []


class ConsultationRefused(CountyData):
    """A claim about a session or an item that the rules do not allow; nothing changed."""

    TYPE: ClassVar[str] = "org.freshwater.case.consultation-refused.v1"
    about: UUID
    claim: UUID
    partner: Code
    rule: Code
    zh: Text
    en: Text


EVENTS = (
    SessionOpened,
    ItemDecided,
    SessionClosed,
    CommonIssueFormed,
    CommonIssueClosed,
    PolicyWanted,
    PolicyIssued,
    ObstacleAccount,
    ConsultationRefused,
)
