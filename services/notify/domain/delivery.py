"""One delivery: a notice to one recipient over one channel, and how attempts and receipts move it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from services.notify.domain.timing import pause

State = Literal["pending", "sent", "failed", "held"]
End = Literal["sent", "failed", "refused", "gone", "unknown"]
STANDING = ("feed", "desk")
"""Channels that send nothing: the notice stands there and is looked at or fetched."""
MOST_CALLS = 3
"""Telephone calls in vain before it is given up."""
REPEATABLE = frozenset({"webhook"})
"""Channels on which a repeat carries the id of the first, so that the recipient drops it."""


class Delivery(NamedTuple):
    """A row of deliveries. `content` is what there is to send, as its channel needs it; never personal data.

    `then`: the channels that are tried when this one gives up, the nearest first, separated by commas.
    """

    id: UUID
    cause: UUID
    cause_type: str
    household: UUID
    demand: UUID
    audience: str
    recipient: str
    channel: str
    lane: str
    template: str
    language: str
    state: State
    attempt: int
    made_at: datetime
    due_at: datetime
    expires_at: datetime
    number: str | None = None
    reason: str | None = None
    content: bytes | None = None
    simulated: bool = False
    then: str = ""


def facts_of(row: Delivery) -> dict[str, Any]:
    """What every event of feedback says of a delivery."""
    return {
        "delivery": row.id,
        "demand": row.demand,
        "cause": row.cause,
        "cause_type": row.cause_type,
        "audience": row.audience,
        "recipient": row.recipient,
        "channel": row.channel,
        "attempt": row.attempt,
    }


@dataclass(frozen=True, slots=True)
class Content:
    """What is rendered when it is sent: the template's values, and ciphertext where the event brought its own.

    `body`: what a partner's webhook or feed gets, byte for byte. `collected`: templates and values of what a morning's
    message is made of.
    """

    values: dict[str, Any] = field(default_factory=dict)
    sealed: Mapping[str, str] | None = None
    body: bytes | None = None
    collected: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended.

    refused: this message will never go. gone: nothing will ever reach this address again. unknown: it may have gone.
    `whole_lane`: not the message but the way to the recipient failed, so that others on it wait too. `address`: the
    one that is gone. `number`: the message's as the channel gave it.
    """

    end: End
    reason: str = ""
    whole_lane: bool = False
    retry_after: float | None = None
    address: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """What follows for the delivery: its state, why, and the seconds until the next attempt where it is pending."""

    state: State
    reason: str | None = None
    pause_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a message is tried: attempts, the first pause, the longest."""

    attempts: int = 12
    first_seconds: float = 2.0
    longest_seconds: float = 600.0


def after_attempt(delivery: UUID, channel: str, attempt: int, ended: Ended, patience: Patience) -> Next:
    """Sent, failed for good, held where it may have gone and a repeat would look like a first, or tried again."""
    if ended.end == "sent":
        return Next("sent")
    if ended.end in ("refused", "gone"):
        return Next("failed", ended.reason or ended.end)
    if ended.end == "unknown" and channel not in REPEATABLE:
        return Next("held", ended.reason or "end_unknown")
    if attempt >= patience.attempts:
        return Next("failed", ended.reason or "given_up")
    waits = pause(str(delivery), attempt, patience.first_seconds, patience.longest_seconds)
    return Next("pending", ended.reason, max(waits, ended.retry_after or 0.0))


def after_receipt(state: str, outcome: str, attempt: int) -> Next | None:
    """What a channel's receipt, or the end of a telephone call, makes of a delivery.

    Delivered or reached settles what was held, a bounce undoes what was sent, and who was not reached is called again.
    """
    if outcome in ("delivered", "reached"):
        return Next("sent") if state == "held" else None
    if outcome == "not_reached" and state == "held" and attempt + 1 < MOST_CALLS:
        return Next("held", outcome)
    return Next("failed", outcome) if state in ("sent", "held") else None


def ways_on(delivery: Delivery) -> tuple[str, ...]:
    """The channels that are left. What came too late is sent nowhere: it only stands where its reader looks."""
    ways = tuple(filter(None, delivery.then.split(",")))
    return tuple(way for way in ways if way in STANDING) if delivery.reason == "expired" else ways
