"""What the books ask of a town: lists in place of Kafka, and each service's own account of its tables."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import msgspec

from freshwater.books.accounts import Account
from freshwater.books.records import Place, Seen, seen
from shared import entry
from shared.ledger import Ask, Offsets, at
from tests.path.town import Town

_decode = msgspec.json.Decoder(Account).decode


class Ledgers:
    """Implements `Source`. The books run in a thread of their own; the services answer on the town's event loop."""

    def __init__(self, town: Town) -> None:
        self._town, self._events = town, asyncio.get_running_loop()

    def committed(self) -> dict[str, Offsets]:
        found: dict[str, Offsets] = {}
        for reader in self._town.readers:
            for place, position in reader.position.items():
                found.setdefault(reader.service, {}).setdefault(place.topic, {})[place.partition] = position
        return found

    def ends(self) -> Offsets:
        found: Offsets = {}
        for place, log in self._town.logs.items():
            found.setdefault(place.topic, {})[place.partition] = len(log)
        return found

    def read(self, since: Offsets, until: Offsets) -> Iterator[tuple[str, Iterator[Seen]]]:
        for topic, ends in until.items():
            yield topic, self._read(topic, since, ends)

    def _read(self, topic: str, since: Offsets, until: Mapping[int, int]) -> Iterator[Seen]:
        for partition, end in until.items():
            place = Place(topic, partition)
            for record in self._town.logs[place][at(since, topic, partition) : end]:
                yield seen(place, record.offset, record.value, record.headers)

    def ask(self, asks: Mapping[str, Ask]) -> dict[str, Account]:
        return {name: self._ask(name, asked) for name, asked in asks.items()}

    def _ask(self, name: str, asked: Ask) -> Account:
        answer = asyncio.run_coroutine_threadsafe(entry._for_books(self._town.entries[name], asked), self._events)
        return _decode(msgspec.json.encode(answer.result(60)))
