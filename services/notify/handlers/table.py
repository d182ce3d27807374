"""What notify hears of each topic, what it remembers of it, and what ends a leave to see an identity."""

from __future__ import annotations

from shared.contracts import cases, demands, households, receipts, referrals
from shared.contracts.clock import NotifyDeadlinePassed
from shared.contracts.envelope import TYPE_PREFIX, Data
from shared.contracts.topics import CASES, CLOCK, DEMANDS, HOUSEHOLDS, RECEIPTS, REFERRALS

HANDLED: dict[str, tuple[type[Data], ...]] = {
    HOUSEHOLDS: tuple(data for data in households.EVENTS if data is not households.Visited),
    DEMANDS: demands.EVENTS,
    RECEIPTS: receipts.EVENTS,
    REFERRALS: referrals.EVENTS,
    # What is keyed by a county and about no demand is for the departments' digest.
    CASES: tuple(data for data in cases.EVENTS if "summary" in data.model_fields),
    CLOCK: (NotifyDeadlinePassed,),
}
ABOUT_A_DEMAND = (referrals.ReferralData, cases.CaseData, cases.ActionRefused)
"""What can only be told when the demand itself was heard: it came by another topic, which may be behind."""
REMEMBERED: tuple[type[Data], ...] = (
    *(data for data in demands.EVENTS if issubclass(data, demands.DemandData)),
    *(data for data in households.EVENTS if issubclass(data, households.HouseholdData)),
    cases.Opened,
    cases.Transferred,
)
"""What changes a state here, told to anybody or not."""
TAKES_BACK: tuple[type[Data], ...] = (
    referrals.Recalled,
    referrals.Declined,
    referrals.Lapsed,
    referrals.NotChosen,
    referrals.Switched,
    cases.Withdrawn,
    cases.Transferred,
)
"""What ends the leave of a bank or authority to see who the household is."""
_FOLLOWED: tuple[type[Data], ...] = (*REMEMBERED, *TAKES_BACK, receipts.ReceiptCame, NotifyDeadlinePassed)
ALWAYS_READ = frozenset(data.TYPE for data in _FOLLOWED)
"""The types that are read whether or not the catalogue's table has a row for them."""
RECEIPT = "receipt-"
UNHEARD = "unheard"
"""Kinds of deadlines: a receipt came for a delivery; an event waits for its demand."""


TYPES_HEARD: dict[str, type[Data]] = {data.TYPE: data for topic in HANDLED.values() for data in topic}


def name_of(data: type[Data]) -> str:
    """A type as the catalogue's table names it."""
    return data.TYPE.removeprefix(f"{TYPE_PREFIX}.").removesuffix(".v1")
