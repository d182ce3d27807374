"""The rows that the campaign is measured by: sets keyed by event id, and the moments of each referral."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID


class Moments(NamedTuple):
    """When what first happened to a referral. One event knows one of them; together they are the earliest of each.

    `recalled_at`: taken back, or the household chose another bank; `lapsed_at`: the bank let its clock run out, or
    gave it back because its unit was full.
    """

    referral: UUID
    household: UUID
    demand: UUID
    opened_at: datetime | None = None
    accepted_at: datetime | None = None
    contacted_at: datetime | None = None
    offered_at: datetime | None = None
    declined_at: datetime | None = None
    lapsed_at: datetime | None = None
    recalled_at: datetime | None = None
    granted_at: datetime | None = None
    disbursed_at: datetime | None = None
    decline_code: str | None = None


class Money(NamedTuple):
    """Money that moved, or a step of a policy: granted (授信), disbursed (用信), or policy with its step."""

    event: UUID
    household: UUID
    demand: UUID
    referral: UUID
    bank: str
    unit: str
    at: datetime
    moved: str
    policy: str | None
    amount_yuan: int
    rate_bp: int | None


class Rating(NamedTuple):
    """What a household said of those who served it: 1 to 5 stars."""

    event: UUID
    household: UUID
    demand: UUID
    at: datetime
    of: str
    stars: int


class Visit(NamedTuple):
    """走访 with its outcome; `bank` is whose visit it was."""

    event: UUID
    household: UUID
    visitor: str
    bank: str | None
    county: str
    visited_on: date
    result: str


class Limit(NamedTuple):
    """What a unit said, and when: how long it took in less than before is counted from all that it ever said."""

    event: UUID
    bank: str
    unit: str
    at: datetime
    version: int
    open_limit: int


def earliest(one: Moments, other: Moments) -> Moments:
    """Both together: of each moment the earlier one, in whatever order they came."""
    return Moments._make(
        theirs if ours is None else ours if theirs is None else min(ours, theirs)
        for ours, theirs in zip(one, other, strict=True)
    )
