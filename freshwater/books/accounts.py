"""What a service says of itself, as the books read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from shared.ledger import Became, Ledger, Offsets


class StateCount(msgspec.Struct):
    """States of a kind under a label."""

    kind: str
    label: str
    n: int


class Waiting(msgspec.Struct):
    """States of a kind that wait for somebody, by the kind of their owner."""

    kind: str
    label: str
    owner: str | None
    n: int


class Unclocked(msgspec.Struct):
    """A state that waits without an owner or without a deadline."""

    subject: str
    kind: str
    label: str
    owner: str


class Deadlines(msgspec.Struct):
    """How many are set, and how many have fired and are still there."""

    open: int = 0
    fired: int = 0


class Account(msgspec.Struct):
    """`python -m services.<name> accounts --books`."""

    service: str
    watermarks: Offsets = {}
    states: list[StateCount] = []
    deadlines: Deadlines = msgspec.field(default_factory=Deadlines)
    fired: list[str] = []
    waiting: list[Waiting] = []
    unclocked: list[Unclocked] = []
    without_clock: int = 0
    more: dict[str, Any] = {}
    listed: dict[str, Any] = {}
    subjects: dict[str, list[str]] = {}
    ledger: Ledger = msgspec.field(default_factory=Ledger)

    def watermark(self, topic: str, partition: int) -> int:
        """The first offset that was not taken."""
        return self.watermarks.get(topic, {}).get(partition, 0)


read_account = msgspec.json.Decoder(Account).decode


def added(before: Iterable[Became], more: Iterable[Became]) -> list[Became]:
    """Two counts as one."""
    sums: dict[tuple[str, str, str, tuple[str, ...]], int] = {}
    for each in (*before, *more):
        key = (each.topic, each.type, each.outcome, each.told)
        sums[key] = sums.get(key, 0) + each.n
    return [Became(*key, n) for key, n in sums.items()]
