"""What is compared with what: the services' own accounts, and what the topics come to at each one's watermark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from freshwater.books.accounts import Account
from freshwater.books.agreement import Agreement
from freshwater.books.facts import Facts
from freshwater.books.subjects import is_door_in
from shared.ledger import Became, Offsets


@dataclass(frozen=True, slots=True)
class Sides:
    """`became`: by service, all rows of its journal. `taken`: by service, what lies before its watermarks. `answered`:
    what escalation has committed. `before`: what stood on the topics before the services were asked. `all`: everything
    that was read. `names`: of what does not fit, by balance, where somebody has looked."""

    accounts: Mapping[str, Account]
    became: Mapping[str, list[Became]]
    ends: Offsets
    agreements: Mapping[str, Agreement]
    taken: Mapping[str, Facts]
    answered: Facts
    before: Facts
    all: Facts
    strange: tuple[str, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def rows(self, service: str, topic: str) -> Iterable[Became]:
        """What became of the records of one topic."""
        return (each for each in self.became.get(service, ()) if each.topic == topic)

    def at_doors(self) -> Iterable[Became]:
        """What became of all that came in by a door."""
        return (each for each in self.became.get("intake", ()) if is_door_in(each.topic))

    def more(self, service: str, *path: str) -> Any:
        """One of a service's own counts; 0 where it gives none."""
        found: Any = self.accounts[service].more
        for name in path:
            found = found.get(name, {}) if isinstance(found, dict) else {}
        return found or 0
