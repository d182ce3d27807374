"""Where the books get their figures from: the services, as processes of their own, and Kafka."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from freshwater.books.accounts import Account
from freshwater.books.records import Seen
from shared.ledger import Ask, Offsets


class Source(Protocol):
    """What the books are made of. Names of topics are those of the list, without a prefix."""

    def committed(self) -> dict[str, Offsets]:
        """By service, what its groups have committed."""
        ...

    def ends(self) -> Offsets:
        """The next offset of every partition of every topic."""
        ...

    def ask(self, asks: Mapping[str, Ask]) -> dict[str, Account]:
        """The accounts of these services, asked at the same time."""
        ...

    def read(self, since: Offsets, until: Offsets) -> Iterator[tuple[str, Iterator[Seen]]]:
        """Topic after topic of `until`, the records between two offsets; those of one partition in their order."""
        ...
