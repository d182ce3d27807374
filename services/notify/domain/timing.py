"""When a notice goes out: quiet hours of households, how long it is worth sending, and the pause between attempts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from hashlib import blake2b

SHANGHAI = timezone(timedelta(hours=8))
"""Without summer time since 1992."""
QUIET_FROM, QUIET_UNTIL = 21, 8
"""Hours in Shanghai between which nobody is disturbed."""
WORTH = {"urgent": timedelta(days=1), "normal": timedelta(days=3), "low": timedelta(days=7)}
LONGEST = timedelta(days=3650)
DISTURBING = frozenset({"email", "sms", "wechat"})
"""Channels that reach a person of a household wherever it is."""
DIGEST = "digest"
"""The channel of what is collected for the next morning."""


def first_due(now: datetime, audience: str, channel: str, urgency: str) -> datetime:
    """Now, or at eight in the morning where a household would be disturbed at night for what is not urgent."""
    if audience != "household" or channel not in DISTURBING or urgency == "urgent":
        return now
    if QUIET_UNTIL <= now.astimezone(SHANGHAI).hour < QUIET_FROM:
        return now
    return next_morning(now)


def is_collected(channel: str, urgency: str, told_today: int, most_a_day: int) -> bool:
    """Whether a notice to a household waits for the message of the next morning: it is not worth one of its own, or the
    person has had enough today. What is urgent never waits."""
    if channel not in DISTURBING or urgency == "urgent":
        return False
    return urgency == "low" or told_today >= most_a_day


def next_morning(now: datetime) -> datetime:
    """The next time that it is eight in the morning in Shanghai."""
    local = now.astimezone(SHANGHAI)
    morning = local.replace(hour=QUIET_UNTIL, minute=0, second=0, microsecond=0)
    return (morning if local.hour < QUIET_UNTIL else morning + timedelta(days=1)).astimezone(now.tzinfo)


def lasts(length: timedelta, factor: float) -> timedelta:
    """What the machine's own time is on a clock that runs `factor` times as fast; never so long that years run out."""
    return min(length * factor, LONGEST)


def expires(due: datetime, urgency: str, factor: float = 1.0) -> datetime:
    """After this moment it is no longer worth sending; given up, and said so. Sending takes the machine's time."""
    return due + lasts(WORTH[urgency], factor)


def pause(key: str, attempt: int, first_seconds: float, longest_seconds: float) -> float:
    """Seconds until the next attempt: doubled each time up to the longest, jittered to half of it and above.

    The jitter is computed from the key and the attempt: the same after a restart, different between recipients.
    """
    whole = min(first_seconds * 2.0 ** min(attempt - 1, 30), longest_seconds)
    digest = blake2b(f"{key}/{attempt}".encode(), digest_size=4).digest()
    return whole * (0.5 + int.from_bytes(digest, "big") / 2**33)
