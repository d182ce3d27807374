"""Which record of an event is the first: all later ones with the same id are copies, and count for nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from freshwater.books.agreement import Agreement
from freshwater.books.records import MARK, Seen, where
from shared.contracts.feedback import DisclosureOpened

What = Literal["first", "copy", "waits"]


@dataclass(slots=True)
class Firsts:
    """The records of one topic, one after another. `agreement` is None where no journal accounts for them.

    `copies` were equal to the first, byte for byte. `strange` names those that were not, and notices that were told
    by a second event.
    """

    agreement: Agreement | None
    digests: dict[str, int] = field(default_factory=dict)
    notices: set[str] = field(default_factory=set)
    copies: int = 0
    strange: list[str] = field(default_factory=list)

    def take(self, seen: Seen, settled: bool, within: bool) -> What:
        """What a record is. `within`: the journal that was looked at must account for it; where it does not, the record
        waits among the agreement's unknown ones."""
        new = self._is_new(seen)
        if self.agreement is not None and within and _is_decided(seen) and not self.agreement.meet(seen, settled):
            return "waits"
        return "first" if new else "copy"

    def is_first(self, seen: Seen) -> bool:
        """Whether a record that waited was the first of its event."""
        return self.digests.get(seen.id) == seen.digest

    def _is_new(self, seen: Seen) -> bool:
        first = self.digests.get(seen.id)
        if first is None:
            self.digests[seen.id] = seen.digest
            if seen.notice in self.notices:
                self.strange.append(f"notice {seen.notice} was told again by {seen.id} at {where(seen)}")
            elif seen.notice:
                self.notices.add(seen.notice)
        elif first == seen.digest:
            self.copies += 1
        else:
            self.strange.append(f"{seen.type} {seen.id}: the copy at {where(seen)} has other bytes")
        return first is None


def _is_decided(seen: Seen) -> bool:
    """Whether a decision made it: the end of a delivery and the opening of a disclosure are told by who did it, and a
    mark is an operator's."""
    return not seen.sent and seen.type not in (MARK, DisclosureOpened.TYPE)
