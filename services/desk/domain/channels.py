"""Which way a demand came (渠道): the form of its own, a printed QR code, or a partner."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

QR, WEB = "qr", "web"
NONE = "-"
_MOST = 19
_WORD = re.compile(r"[^A-Za-z0-9_-]+")


class ChannelRow(NamedTuple):
    """What came one way: demands, those of them that were referred to banks, those that were granted, and the money."""

    channel: str
    demands: int
    referred: int
    granted: int
    granted_yuan: int


@dataclass(frozen=True, slots=True)
class Code:
    """What a QR code says of itself; None where it does not say."""

    campaign: str | None
    activity: str | None
    place: str | None


def channel_of(asked: Mapping[str, str]) -> str:
    """The channel of a form that was opened with these words in its address: each has its own place, so that a poster
    without an activity is not taken for one."""
    parts = [_WORD.sub("", asked.get(name, ""))[:_MOST].strip(NONE) for name in ("campaign", "activity", "channel")]
    return ".".join([QR, *(part or NONE for part in parts)]) if any(parts) else WEB


def code_of(channel: str) -> Code | None:
    """The QR code by which it came, if by one."""
    first, *parts = channel.split(".")
    if first != QR or len(parts) != len(Code.__slots__):
        return None
    return Code(*(None if part == NONE else part for part in parts))


def by_activity(rows: Iterable[ChannelRow]) -> dict[str, ChannelRow]:
    """All that each activity brought, by whichever of its codes."""
    found: dict[str, ChannelRow] = {}
    for row in rows:
        code = code_of(row.channel)
        if code is not None and code.activity is not None:
            before = found.get(code.activity, ChannelRow(code.activity, 0, 0, 0, 0))
            sums = (one + more for one, more in zip(before[1:], row[1:], strict=True))
            found[code.activity] = ChannelRow(code.activity, *sums)
    return found
