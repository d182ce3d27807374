"""A Freshwater on paper: five services that turn the loop over lists, so that any history can be played and any record
of it broken. It gives the books what the real ones give them, by the same functions where these are pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from freshwater.books.accounts import Account, Deadlines, StateCount, Waiting
from freshwater.books.records import Place, Seen, seen
from shared.contracts.ids import partition_of, timed_id
from shared.contracts.topics import CASES, CLOCK, DEMANDS, FEEDBACK, REFERRALS, SERVICES, dead_letters
from shared.ledger import Ask, Collected, Offsets, at, digest_of
from shared.rendering import Headers, Output, pack, unpack
from tests.books.shop import DOOR, OUT, START_MS, Shop, letter

PARTITIONS = 2
ONE_PARTITION = frozenset({DOOR, OUT, *map(dead_letters, SERVICES)})
HEARS: Mapping[str, Sequence[str]] = {
    "intake": (DOOR, REFERRALS, CASES, CLOCK),
    "matching": (DEMANDS, CASES, CLOCK),
    "escalation": (DEMANDS, REFERRALS, CLOCK),
    "notify": (DEMANDS, REFERRALS, CASES, CLOCK),
    "desk": (DEMANDS, REFERRALS, CASES, FEEDBACK, *map(dead_letters, SERVICES)),
}
Line = tuple[bytes | None, Headers]


@dataclass
class Row:
    """A line of a journal, and the transaction that wrote it."""

    transaction: int
    id: UUID
    place: Place
    offset: int
    type: str
    outcome: str
    outputs: bytes | None

    def as_read(self) -> tuple[Any, ...]:
        return (self.id, *self.place, self.offset, self.type, self.outcome, self.outputs)


@dataclass
class Member:
    """One service: its journal, how far it has taken, read and committed, and what it has yet to publish."""

    name: str
    journal: dict[UUID, Row] = field(default_factory=dict)
    next: Offsets = field(default_factory=dict)
    position: Offsets = field(default_factory=dict)
    committed: Offsets = field(default_factory=dict)
    unpublished: list[Output] = field(default_factory=list)
    transaction: int = 1


@dataclass
class Paper:
    """Implements `Source`. `between` is called whenever the books have asked for something: life goes on meanwhile."""

    logs: dict[Place, list[Line | None]] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=lambda: {name: Member(name) for name in SERVICES})
    shop: Shop = field(default_factory=Shop)
    said: int = 0
    between: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        for topic in {*(name for topics in HEARS.values() for name in topics), *ONE_PARTITION}:
            for partition in range(1 if topic in ONE_PARTITION else PARTITIONS):
                self.logs[Place(topic, partition)] = []

    def submit(self, what: str) -> None:
        """Somebody says something at the door."""
        self.said += 1
        self.logs[Place(DOOR, 0)].append((json.dumps({"what": what, "number": self.said}).encode(), ()))

    def poison(self, topic: str) -> None:
        """Somebody who should not be able to writes to an inner topic what nobody can read."""
        self.said += 1
        self.logs[Place(topic, self.said % PARTITIONS)].append((b"{", ()))

    def take(self, service: str, most: int = 1000) -> None:
        """A batch: one transaction over the next records of each partition."""
        member = self.members[service]
        if member.unpublished:
            return
        member.transaction += 1
        for place in (each for each in self.logs if each.topic in HEARS[service]):
            begin = at(member.position, *place)
            end = min(begin + most, len(self.logs[place]))
            for offset in range(begin, end):
                self._take_one(member, place, offset)
            member.position.setdefault(place.topic, {})[place.partition] = end
            of = member.next.setdefault(place.topic, {})
            of[place.partition] = max(of.get(place.partition, 0), end)

    def _take_one(self, member: Member, place: Place, offset: int) -> None:
        line = self.logs[place][offset]
        if line is None:
            return
        record = seen(place, offset, *line)
        at_door, readable = place.topic == DOOR, bool(record.type)
        placed = at_door or not readable
        identifier = timed_id(START_MS, f"{place}/{offset}") if placed else UUID(record.id)
        if identifier in member.journal:
            member.unpublished += unpack(member.journal[identifier].outputs)
            return
        if readable or at_door:
            decided = self.shop.decide(member.name, record, identifier, line[0] or b"")
        else:
            decided = "invalid_json", "dead_lettered", [letter(member.name, place, offset, identifier, line[0])]
        if decided is not None:
            kind, outcome, outputs = decided
            member.journal[identifier] = Row(
                member.transaction, identifier, place, offset, kind, outcome, pack(outputs)
            )
            member.unpublished += outputs

    def publish(self, service: str, most: int = 1000) -> None:
        """Send what was decided, or the first part of it."""
        member = self.members[service]
        for output in member.unpublished[:most]:
            self.append(output)
        del member.unpublished[:most]

    def commit(self, service: str) -> None:
        member = self.members[service]
        if not member.unpublished:
            member.committed = _copied(member.position)

    def crash(self, service: str) -> None:
        """What was not published is gone from memory; reading begins again where it was committed."""
        member = self.members[service]
        member.unpublished.clear()
        member.position = _copied(member.committed)

    def append(self, output: Output) -> None:
        count = 1 if output.topic in ONE_PARTITION else PARTITIONS
        place = Place(output.topic, partition_of(UUID((output.key or b"").decode()), count))
        self.logs[place].append((output.value, output.headers))

    def work_outside(self) -> None:
        """Deadlines fire, and mail is sent."""
        for output in (*self.shop.sweep(), *self.shop.send()):
            self.append(output)

    def settle(self) -> None:
        """Until nothing is left to do."""
        before = None
        while (now := (self.ends(), self.committed())) != before:
            before = now
            for service in SERVICES:
                self.publish(service)
                self.take(service)
                self.publish(service)
                self.commit(service)
            self.work_outside()

    def committed(self) -> dict[str, Offsets]:
        found = {name: _copied(member.committed) for name, member in self.members.items()}
        self.between()
        return found

    def ends(self) -> Offsets:
        found: Offsets = {}
        for place, lines in self.logs.items():
            found.setdefault(place.topic, {})[place.partition] = len(lines)
        self.between()
        return found

    def read(self, since: Offsets, until: Offsets) -> Iterator[tuple[str, Iterator[Seen]]]:
        for topic, ends in until.items():
            yield topic, self._read(topic, since.get(topic, {}), ends)

    def _read(self, topic: str, since: Mapping[int, int], until: Mapping[int, int]) -> Iterator[Seen]:
        for partition, end in until.items():
            place = Place(topic, partition)
            for offset in range(since.get(partition, 0), end):
                if (line := self.logs[place][offset]) is not None:
                    yield seen(place, offset, *line)

    def ask(self, asks: Mapping[str, Ask]) -> dict[str, Account]:
        found = {}
        for name, asked in asks.items():
            found[name] = self._account(self.members[name], asked)
            self.between()
        return found

    def _account(self, member: Member, asked: Ask) -> Account:
        collected = Collected(asked, member.next)
        for row in member.journal.values():
            if row.transaction >= asked.transaction:
                collected.take(row.as_read())
        # The oldest transaction that may still be open is never newer than the last one that was seen.
        account = Account(member.name, _copied(member.next), ledger=collected.ledger(member.transaction))
        account.ledger.causes = {
            str(cause): [digest_of(output.value, output.headers) for output in unpack(member.journal[cause].outputs)]
            for cause in asked.causes
            if cause in member.journal
        }
        if member.name in _MORE:
            _MORE[member.name](self.shop, account, asked)
        return account


def _of_matching(shop: Shop, account: Account, asked: Ask) -> None:
    labels = Counter(label for label, _ in shop.states.values())
    owners = Counter((label, owner or "") for label, owner in shop.states.values() if label != "closed")
    account.states = [StateCount("demand", label, n) for label, n in labels.items()]
    account.waiting = [Waiting("demand", label, owner.partition(":")[0], n) for (label, owner), n in owners.items()]
    account.without_clock = sum(n for (_, owner), n in owners.items() if not owner)
    fired = [f"clock of {demand}" for demand, fired in shop.clocks.items() if fired]
    account.deadlines, account.fired = Deadlines(len(shop.clocks) - len(fired), len(fired)), fired
    account.subjects = {"demand": list(shop.states)}


def _of_notify(shop: Shop, account: Account, asked: Ask) -> None:
    counts = Counter(shop.deliveries.values())
    account.more = {
        "deliveries": [
            {
                "channel": channel,
                "state": state,
                "n": n,
                "endings": n if state != "pending" and channel == "email" else 0,
            }
            for (channel, state), n in counts.items()
        ],
        "notices": {"expected": shop.notices, "recorded": len(shop.deliveries)},
    }


def _of_desk(shop: Shop, account: Account, asked: Ask) -> None:
    account.listed = {
        "demands": [[demand, *row] for demand, row in shop.rows.items()],
        "lines": dict(shop.lines),
        "missing": [str(each) for each in asked.events if str(each) not in shop.shown],
    }


_MORE = {"matching": _of_matching, "notify": _of_notify, "desk": _of_desk}


def _copied(offsets: Offsets) -> Offsets:
    return {topic: dict(of) for topic, of in offsets.items()}
