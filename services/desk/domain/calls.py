"""How a telephone call may end, and what may become known of a message whose end nobody knew."""

from __future__ import annotations

CALLED = ("reached", "not_reached", "wrong_number", "refused")
"""A call leaves the list by one of these alone: not reached is called again, the others end it."""
CAME = ("delivered", "bounced")
"""Of a message that is held: it has come, or it has not and the next channel is tried."""
NUMBERED = frozenset({"call_list", "sms", "wechat", "email"})
"""Channels on which a word about a message can be given: the gate takes it as the channel's receipt."""


def outcomes_of(channel: str) -> tuple[str, ...]:
    """What can be said of a held delivery of this channel."""
    if channel == "call_list":
        return CALLED
    return CAME if channel in NUMBERED else ()
