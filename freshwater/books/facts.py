"""What the first copies of all records come to. The order in which they are taken does not matter."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from freshwater.books.records import MARK, Seen
from freshwater.books.subjects import is_read
from shared.contracts import demands, referrals
from shared.contracts.topics import CASES, DEMANDS, FEEDBACK, REFERRALS, dead_letters, partner_of
from shared.ledger import LETTER

OUT = "freshwater.door.out"
"""All doors that lead out, counted as one."""
OBSTRUCTED = "obstructed"


class Docked(msgspec.Struct):
    """The newest that matching said of a demand, and the obstacles that it named last."""

    sequence: int = -1
    state: str = ""
    named_at: int = -1
    obstacles: tuple[str, ...] = ()


class Facts(msgspec.Struct):
    """Counts and the newest of each demand.

    `records`: topic -> type -> how many; `copies`: the same of repeated ones. `newest`: topic -> demand -> the highest
    sequence. `letters`: topic of the dead letter, where its record had stood, type of that record -> how many. `aside`:
    places of records of the topics that are read here. `known`: `demand/obstacle` of every case. `ended`: deliveries of
    which their sending has told the end; `opened`: disclosures that were opened.
    """

    records: dict[str, dict[str, int]] = {}
    copies: dict[str, dict[str, int]] = {}
    accepted: set[str] = set()
    newest: dict[str, dict[str, int]] = {}
    docked: dict[str, Docked] = {}
    known: set[str] = set()
    letters: dict[str, dict[str, dict[str, int]]] = {}
    aside: set[str] = set()
    ended: int = 0
    opened: int = 0

    def take(self, seen: Seen) -> None:
        """Count one first copy."""
        if seen.type == LETTER:
            of = self.letters.setdefault(seen.place.topic, {}).setdefault(seen.origin, {})
            of[seen.state] = of.get(seen.state, 0) + 1
            if is_read(seen.stood.partition("/")[0]):
                self.aside.add(seen.stood)
        elif seen.type != MARK:
            of = self.records.setdefault(_counted_as(seen.place.topic), {})
            of[seen.type] = of.get(seen.type, 0) + 1
            self._take_demand(seen)
        if seen.place.topic == FEEDBACK:
            self.ended += seen.sent
            self.opened += seen.type.endswith(".disclosure-opened.v1")

    def repeat(self, seen: Seen) -> None:
        """Count a copy, and nothing else of it."""
        of = self.copies.setdefault(seen.place.topic, {})
        of[seen.type] = of.get(seen.type, 0) + 1

    def again(self, topic: str, kind: str) -> int:
        """How many copies there are of a type."""
        return self.copies.get(topic, {}).get(kind, 0)

    def _take_demand(self, seen: Seen) -> None:
        topic, demand = seen.place.topic, seen.demand
        if not demand:
            return
        newest = self.newest.setdefault(topic, {})
        newest[demand] = max(newest.get(demand, 0), seen.sequence)
        if topic == DEMANDS and seen.type == demands.Accepted.TYPE:
            self.accepted.add(demand)
        elif topic == REFERRALS:
            self._take_docking(seen)
        elif topic == CASES and seen.obstacle:
            self.known.add(f"{demand}/{seen.obstacle}")

    def _take_docking(self, seen: Seen) -> None:
        docked = self.docked.setdefault(seen.demand, Docked())
        if seen.sequence >= docked.sequence:
            docked.sequence, docked.state = seen.sequence, seen.state
        if seen.type == referrals.Obstructed.TYPE and seen.sequence >= docked.named_at:
            docked.named_at, docked.obstacles = seen.sequence, seen.obstacles

    def copy(self) -> Facts:
        """One that can go on without changing this one."""
        return _decode(_encode(self))

    def of_type(self, topic: str, kind: str) -> int:
        return self.records.get(topic, {}).get(kind, 0)

    def set_aside(self, service: str, topic: str) -> dict[str, int]:
        """By type, how many records of a topic a service has set aside."""
        return self.letters.get(dead_letters(service), {}).get(topic, {})

    def obstructed(self) -> dict[str, Docked]:
        """The demands that stand obstructed by the newest that matching said."""
        return {demand: docked for demand, docked in self.docked.items() if docked.state == OBSTRUCTED}


@cache
def _counted_as(topic: str) -> str:
    return OUT if partner_of(topic) else topic


_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Facts)


def _decode(packed: bytes) -> Facts:
    found: Facts = _decoder.decode(packed)
    return found
