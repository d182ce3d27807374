"""What notify hears of each topic, what it remembers of it, and what ends a leave to see an identity."""

from __future__ import annotations

from shared.contracts import cases, county, demands, households, receipts, referrals
from shared.contracts.clock import NotifyDeadlinePassed
from shared.contracts.envelope import TYPE_PREFIX, Data
from shared.contracts.topics import CASES, CLOCK, DEMANDS, HOUSEHOLDS, RECEIPTS, REFERRALS

HANDLED: dict[str, tuple[type[Data], ...]] = {
    HOUSEHOLDS: tuple(data for data in households.EVENTS if data is not households.Visited),
    DEMANDS: demands.EVENTS,
    RECEIPTS: receipts.EVENTS,
    REFERRALS: referrals.EVENTS,
    CASES: (
        *cases.OF_CASES,
        county.SessionOpened,
        county.ConsultationRefused,
        county.CommonIssueFormed,
        county.CommonIssueClosed,
        county.ObstacleAccount,
    ),
    CLOCK: (NotifyDeadlinePassed,),
}
Types = frozenset[type[Data]]


def _kinds(events: tuple[type[Data], ...], base: type[Data]) -> Types:
    """All types of a kind. To look a type up is ten times as fast as to ask isinstance of a pydantic model."""
    return frozenset(data for data in events if issubclass(data, base))


OF_DEMANDS = _kinds(demands.EVENTS, demands.DemandData)
OF_HOUSEHOLDS = _kinds(households.EVENTS, households.HouseholdData)
OF_REFERRALS = _kinds(referrals.EVENTS, referrals.ReferralData)
OF_ONE_REFERRAL = _kinds(referrals.EVENTS, referrals.OneReferral)
OF_CASES = _kinds(cases.EVENTS, cases.CaseData)
OF_A_COUNTY: Types = frozenset({county.CommonIssueFormed, county.CommonIssueClosed, county.ObstacleAccount})
"""About no household: departments hear of them."""
SEALING: Types = frozenset({demands.Accepted, demands.Corrected})
"""What brings sealed contacts."""
SHOWN: Types = frozenset({cases.Opened, cases.Transferred})
"""From then on an authority knows of the case."""
OF_COUNTIES: Types = frozenset({county.SessionOpened, county.ConsultationRefused})
"""Keyed by a county and about no demand."""
REFUSED: Types = frozenset({referrals.ActionRefused, cases.ActionRefused})
_ALONE: Types = frozenset({receipts.ReceiptCame, demands.Rejected, demands.InputRefused})
WITHOUT_STATE = OF_COUNTIES | _ALONE
"""About no household that is known."""
ABOUT_A_DEMAND = OF_REFERRALS | OF_CASES | REFUSED
"""What can only be told when the demand itself was heard: it came by another topic, which may be behind."""
FREES: Types = frozenset({cases.Cleared, referrals.RoundOpened})
"""What an authority cleared, and the round that follows of it."""
REMEMBERED = OF_DEMANDS | OF_HOUSEHOLDS | SHOWN | FREES
"""What changes a state here, told to anybody or not."""
TAKES_BACK: Types = frozenset(
    {
        referrals.Recalled,
        referrals.Declined,
        referrals.Lapsed,
        referrals.NotChosen,
        referrals.Switched,
        cases.Withdrawn,
        cases.Transferred,
    }
)
"""What ends the leave of a bank or authority to see who the household is."""
_FOLLOWED: tuple[type[Data], ...] = (*REMEMBERED, *TAKES_BACK, receipts.ReceiptCame, NotifyDeadlinePassed)
ALWAYS_READ = frozenset(data.TYPE for data in _FOLLOWED)
"""The types that are read whether or not the catalogue's table has a row for them."""
RECEIPT = "receipt-"
UNHEARD = "unheard"
ONWARD = "onward"
MORNING = "morning-"
RETRY = "retry"
"""Kinds of deadlines: a receipt came for a delivery; an event waits for its demand; a delivery was given up and goes on
by its next channel; what was collected for a morning; an operator has a delivery sent again."""


TYPES_HEARD: dict[str, type[Data]] = {data.TYPE: data for topic in HANDLED.values() for data in topic}

NAMES = {data: data.TYPE.removeprefix(f"{TYPE_PREFIX}.").removesuffix(".v1") for data in TYPES_HEARD.values()}


def name_of(data: type[Data]) -> str:
    """A type as the catalogue's table names it."""
    return NAMES[data]
