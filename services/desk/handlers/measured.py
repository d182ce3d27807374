"""From an event to the rows that the campaign is measured by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from services.desk.domain.measures import Moments, Money, Rating, Visit
from services.desk.domain.rows import Row
from shared.contracts import referrals

_MOMENT: dict[type, str] = {
    referrals.Accepted: "accepted_at",
    referrals.Contacted: "contacted_at",
    referrals.Offered: "offered_at",
    referrals.Declined: "declined_at",
    referrals.Lapsed: "lapsed_at",
    referrals.Recalled: "recalled_at",
    referrals.NotChosen: "recalled_at",
    referrals.Switched: "recalled_at",
    referrals.Granted: "granted_at",
    referrals.Disbursed: "disbursed_at",
}
_REACHED = frozenset({"reached", "already_customer", "confirmed"})
"""Outcomes of a contact in which the household was spoken with."""
GIVEN_BACK = "unit_full"
"""A recall that is the bank's doing: its unit took less than before. It counts like a clock that ran out, or lowering
one's limit for an hour would be the cheapest way to be rid of what is hard."""
_MOVED: dict[type, str] = {referrals.Granted: "granted", referrals.Disbursed: "disbursed"}


def measured_rows(event: Any) -> Iterator[Row]:
    """The moment of a referral that an event tells, and the money that moved."""
    data = event.data
    place = (data.summary.household, data.summary.demand)
    if isinstance(data, referrals.RoundOpened):
        for referral in data.opened:
            yield Moments(referral, *place, opened_at=event.time)
        return
    moment = "lapsed_at" if getattr(data, "reason", None) == GIVEN_BACK else _MOMENT.get(type(data))
    if moment and getattr(data, "outcome", "reached") in _REACHED:
        told = {moment: event.time, "decline_code": getattr(data, "code", None)}
        yield Moments(data.referral, *place, **told)
    if type(data) in _MOVED or isinstance(data, referrals.PolicyMoved):
        yield _money(event, place)


def _money(event: Any, place: tuple[UUID, UUID]) -> Money:
    data = event.data
    step = getattr(data, "step", None)
    moved = _MOVED.get(type(data)) or f"policy_{step}"
    about = (event.id, *place, data.referral, data.bank, data.unit, event.time, moved, getattr(data, "policy", None))
    return Money._make((*about, data.amount_yuan or 0, getattr(data, "rate_bp", None)))


def visited_rows(event: Any) -> Iterator[Row]:
    """Somebody went to see a household."""
    data = event.data
    about = (data.household, data.visitor, data.bank, data.county, data.on, data.outcome)
    yield Visit(event.id, *about)


def rated_rows(event: Any) -> Iterator[Row]:
    """A household said how it was served."""
    data = event.data
    yield Rating(event.id, UUID(event.partitionkey), data.demand, event.time, data.about, data.stars)
