"""When something is due: the shares of a bank's running clock, and the one deadline that a demand has."""

from __future__ import annotations

from datetime import date, datetime

from services.matching.domain.demand import AT_BANKS, ENDED, Demand, Referral

SHARES = (50, 80)
"""Percent of a bank's clock at which it is reminded."""


def reached_at(referral: Referral, share: int) -> datetime | None:
    """When so many percent of a running clock have passed; None where no clock runs."""
    if referral.due_at is None:
        return None
    return referral.since + (referral.due_at - referral.since) * share // 100


def alarm(demand: Demand) -> datetime | None:
    """When something is next due for this demand: the one deadline that it has in the table. None once it has ended."""
    if demand.label in ENDED:
        return None
    ticks = [tick for referral in demand.live if (tick := _tick(referral)) is not None]
    if demand.turn_due is not None:
        ticks.append(demand.turn_due)
    return min(ticks, default=None)


def _tick(referral: Referral) -> datetime | None:
    """The next moment of a running clock that somebody is told of: half of it, four fifths, its end."""
    return reached_at(referral, next((share for share in SHARES if share > referral.warned), 100))


def opens_on(demand: Demand) -> date | None:
    """The first day on which time alone opens a product for a demand that is obstructed; None where it never does."""
    if demand.label != "obstructed":
        return None
    alone = [each.steps for each in demand.remedies if all(step.on is not None for step in each.steps)]
    return min((max(step.on for step in steps if step.on) for steps in alone), default=None)


def due_at(demand: Demand) -> datetime | None:
    """The promised time of whose turn it is: the earliest of the banks' clocks, or the owner's own."""
    if demand.label in ENDED:
        return None
    if demand.turn_due is not None or demand.label not in AT_BANKS:
        return demand.turn_due
    return min((each.due_at for each in demand.live if each.due_at), default=None)
