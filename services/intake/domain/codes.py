"""How long a code lives, how often it may be tried, and how often one may be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

VALID, PAUSE, HOUR = timedelta(minutes=10), timedelta(minutes=1), timedelta(hours=1)
MOST_TRIES = 5
MOST_PER_HOUR = 6
"""Codes for one telephone: with five tries each, thirty guesses in a million an hour."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A code that was asked for under a telephone, whether or not anybody is known by it."""

    id: UUID
    phone_hash: str
    made_at: datetime
    tries: int
    used: bool


@dataclass(frozen=True, slots=True)
class TooOften:
    """Another code after so many seconds."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Shop:
    """A household that gave the telephone as its own, and its demands."""

    household: UUID
    demands: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Whose telephone it is: one shop or several, the newest first."""

    shops: tuple[Shop, ...]


def wait_seconds(made: list[datetime], now: datetime) -> int:
    """0 where another code may be asked for; else how long to wait. `made`: those of the last hour, latest first."""
    recent = [at for at in made if now - at < HOUR]
    free = [at + PAUSE for at in recent[:1]] + [at + HOUR for at in recent[MOST_PER_HOUR - 1 : MOST_PER_HOUR]]
    return max((1 + int((at - now).total_seconds()) for at in free if at > now), default=0)


def may_be_tried(sent: Sent | None, phone_hash: str, now: datetime) -> bool:
    """Whether a code can still open anything for this telephone."""
    if sent is None or sent.used or sent.tries >= MOST_TRIES:
        return False
    return sent.phone_hash == phone_hash and timedelta(0) <= now - sent.made_at <= VALID
