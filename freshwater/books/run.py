"""One run: ask how far everybody is, and read what is new up to there.

The order matters. What the groups have committed comes first, then the ends of the topics, then the services' own view:
so every output of a committed record stands on Kafka before its end, and every record before that end has its cause in
the journal that is looked at. Whoever works on meanwhile only adds to what is in flight.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from freshwater.books.accounts import Account, added
from freshwater.books.agreement import Agreement, Carried
from freshwater.books.checkpoint import Checkpoint
from freshwater.books.facts import Facts
from freshwater.books.firsts import Firsts
from freshwater.books.records import Place, Seen, where
from freshwater.books.sides import Sides
from freshwater.books.source import Source
from freshwater.books.subjects import is_of_letters, is_read, readers_of, writer_of
from shared.contracts.topics import SERVICES
from shared.ledger import Ask, Became, Offsets, at

LISTED = {"matching": ["demand"]}
"""Kinds of states whose ids are asked for, by service."""
NO_TRANSACTION = 2**62


@dataclass(slots=True)
class Run:
    """Everything of one run, from what the last one kept. `settled` holds what will not be read again, `beyond` the
    first copies after that."""

    source: Source
    kept: Checkpoint
    committed: dict[str, Offsets] = field(default_factory=dict)
    ends: Offsets = field(default_factory=dict)
    later: Offsets = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    settled: Facts = field(default_factory=Facts)
    beyond: list[Seen] = field(default_factory=list)
    agreements: dict[str, Agreement] = field(default_factory=dict)
    strange: list[str] = field(default_factory=list)
    aside: set[str] = field(default_factory=set)
    count: int = 0
    copies: int = 0

    def take(self) -> None:
        """Ask and read."""
        self.committed = self.source.committed()
        self.ends = self.source.ends()
        self.accounts = self.source.ask({service: self._ask(service) for service in SERVICES})
        self.later = self.source.ends()
        self.settled = self.kept.facts.copy()
        self.aside |= self.kept.facts.aside
        # Dead letters first: they say what became of records elsewhere.
        topics = sorted(filter(is_read, self.later), key=lambda topic: (not is_of_letters(topic), topic))
        until = {topic: self.later[topic] for topic in topics}
        for topic, records in self.source.read(self.kept.read, until):
            self._read(topic, records)

    def _ask(self, service: str) -> Ask:
        return Ask(
            since=self.kept.counted.get(service, {}),
            transaction=self.kept.transactions.get(service, 0),
            committed=self.committed.get(service, {}),
            subjects=LISTED.get(service, []),
        )

    def settles_at(self, place: Place) -> int:
        """Where the next run begins to read: nobody who reads the topic is behind it."""
        end = at(self.ends, *place)
        for reader in readers_of(place.topic):
            committed = at(self.committed.get(reader, {}), *place)
            end = min(end, self.accounts[reader].watermark(*place), committed)
        return max(end, at(self.kept.read, *place))

    def _read(self, topic: str, records: Iterator[Seen]) -> None:
        until, since = self.later[topic], self.kept.read.get(topic, {})
        settles = {partition: self.settles_at(Place(topic, partition)) for partition in until}
        agreement = self._agreement(topic)
        firsts = Firsts(agreement)
        met, met_settled = dict.fromkeys(until, 0), dict.fromkeys(until, 0)
        for seen in records:
            partition = seen.place.partition
            settled, within = seen.offset < settles[partition], seen.offset < at(self.ends, *seen.place)
            met[partition] += within
            met_settled[partition] += settled
            self.count += 1
            what = firsts.take(seen, settled, within)
            if what == "first":
                self._keep(seen, settled)
            elif what == "copy" and settled:
                self.settled.repeat(seen)
        if agreement is not None:
            self._judge(agreement, firsts, settles)
            agreement.gone += _gone(since, self.ends.get(topic, {}), met)
            agreement.gone_before += _gone(since, settles, met_settled)
        self.copies += firsts.copies
        self.strange += firsts.strange

    def _judge(self, agreement: Agreement, firsts: Firsts, settles: Mapping[int, int]) -> None:
        """What no journal accounts for: a copy of something old, a record that its readers set aside, or a fault. As
        long as one of them has not passed it, nobody can say."""
        unknown, agreement.unknown = self._look_further(agreement), []
        for seen in unknown:
            settled, aside = seen.offset < settles[seen.place.partition], where(seen) in self.aside
            if not firsts.is_first(seen):
                agreement.unknown.append(seen)
                continue
            # Nobody acted on what was set aside: it counts as a record, and says nothing.
            self._keep(seen._replace(demand="") if aside else seen, settled)
            if not aside and settled:
                agreement.unknown.append(seen)
            agreement.undecided += not aside and not settled

    def _keep(self, seen: Seen, settled: bool) -> None:
        if seen.stood:
            self.aside.add(seen.stood)
        if settled:
            self.settled.take(seen)
        else:
            self.beyond.append(seen)

    def _agreement(self, topic: str) -> Agreement | None:
        writer = writer_of(topic)
        if writer is None:
            return None
        ledger, carried = self.accounts[writer].ledger, self.kept.carried.get(topic, Carried())
        made = Agreement.of(
            carried, ledger.sure.get(topic, []), ledger.open.get(topic, []), self.committed.get(writer, {})
        )
        self.agreements[topic] = made
        return made

    def _look_further(self, agreement: Agreement) -> list[Seen]:
        """What this run's rows of the journal do not account for, a row that was counted before may."""
        causes = {seen.cause for seen in agreement.unknown} - {""}
        if self.kept.empty or not causes:
            return agreement.unknown
        writer = writer_of(agreement.unknown[0].place.topic) or ""
        known = agreement.explain(causes_of(self.source, writer, causes))
        self.copies += len(known)
        return agreement.unknown

    def facts_at(self, offsets: Offsets) -> Facts:
        """What all first copies before these offsets come to; never less than what is settled."""
        more = [seen for seen in self.beyond if seen.offset < at(offsets, *seen.place)]
        if not more:
            return self.settled
        facts = self.settled.copy()
        for seen in more:
            facts.take(seen)
        return facts

    def became(self) -> dict[str, list[Became]]:
        """What became of everything that each service took, by all its rows."""
        kept = self.kept.became
        return {name: added(kept.get(name, []), account.ledger.became) for name, account in self.accounts.items()}

    def sides(self) -> Sides:
        """What is compared."""
        answered = self.committed.get("escalation", {})
        return Sides(
            accounts=self.accounts,
            became=self.became(),
            ends=self.later,
            agreements=self.agreements,
            taken={name: self.facts_at(account.watermarks) for name, account in self.accounts.items()},
            answered=self.facts_at(answered),
            before=self.facts_at(self.ends),
            all=self.facts_at(self.later),
            strange=tuple(self.strange),
        )

    def checkpoint(self) -> Checkpoint:
        """What the next run may begin with, if this one balanced."""
        read = {
            topic: {partition: self.settles_at(Place(topic, partition)) for partition in self.later[topic]}
            for topic in filter(is_read, self.later)
        }
        return Checkpoint(
            read=read,
            counted={name: account.watermarks for name, account in self.accounts.items()},
            transactions={name: account.ledger.transaction for name, account in self.accounts.items()},
            facts=self.settled,
            became=self.became(),
            carried={topic: agreement.carry() for topic, agreement in self.agreements.items()},
        )


def causes_of(source: Source, writer: str, causes: set[str]) -> Mapping[str, list[int]]:
    """The digests of what these events made a service say, as far as its journal has them."""
    ask = Ask(transaction=NO_TRANSACTION, causes=uuids(causes))
    return source.ask({writer: ask})[writer].ledger.causes


def uuids(texts: Iterable[str]) -> list[UUID]:
    """Those texts that are ids."""
    found = []
    for text in texts:
        with contextlib.suppress(ValueError):
            found.append(UUID(text))
    return found


def _gone(since: Mapping[int, int], until: Mapping[int, int], met: Mapping[int, int]) -> int:
    """How many offsets of a range hold no record any more."""
    return sum(max(end - since.get(partition, 0) - met.get(partition, 0), 0) for partition, end in until.items())
