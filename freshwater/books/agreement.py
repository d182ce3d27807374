"""Whether the outputs in a journal and the records on their topic are the same, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from freshwater.books.records import Seen
from shared.ledger import Offsets, Open


class Carried(msgspec.Struct):
    """What a run leaves to the next one.

    `sure` and `open`: outputs that were not found before the place where the next run begins to read. `outputs`: how
    many there have been in all. `gone`: offsets before that place that hold no record any more, because the topic is
    compacted or has grown old.
    """

    sure: list[int] = []
    open: list[Open] = []
    outputs: int = 0
    gone: int = 0


@dataclass(slots=True)
class Agreement:
    """One topic. `sure` outputs must be found, `open` ones may not have been published yet. `found` says of a digest
    whether it was found in a record that will not be read again. `unknown`: records that the journal does not account
    for; `undecided`: how many of them some reader has not passed yet, and may set aside."""

    sure: set[int]
    open: dict[int, Open]
    outputs: int = 0
    gone: int = 0
    gone_before: int = 0
    found: dict[int, bool] = field(default_factory=dict)
    unknown: list[Seen] = field(default_factory=list)
    undecided: int = 0

    @classmethod
    def of(cls, carried: Carried, sure: Iterable[int], opened: Sequence[Open], committed: Offsets) -> Agreement:
        """What was carried over, and what is new in the journal."""
        made = cls({*carried.sure, *sure}, {}, carried.outputs, carried.gone, carried.gone)
        made.outputs += len(made.sure) - len(carried.sure) + len(opened)
        for each in (*carried.open, *opened):
            if each.offset < committed.get(each.topic, {}).get(each.partition, 0):
                made.sure.add(each.digest)
            else:
                made.open[each.digest] = each
        return made

    def meet(self, seen: Seen, settled: bool) -> bool:
        """A record of the topic: whether the journal accounts for it. `settled`: it will not be read again."""
        digest = seen.digest
        if digest not in self.sure and digest not in self.open:
            self.unknown.append(seen)
            return False
        self.found[digest] = self.found.get(digest, False) or settled
        return True

    def explain(self, causes: Mapping[str, Sequence[int]]) -> list[Seen]:
        """Takes those out of the unknown ones that repeat what an earlier run has counted, and returns them.

        `causes`: digests of the outputs of each cause, as the journal has them.
        """
        copies = [seen for seen in self.unknown if seen.digest in causes.get(seen.cause, ())]
        self.unknown = [seen for seen in self.unknown if seen.digest not in causes.get(seen.cause, ())]
        return copies

    @property
    def missing(self) -> list[int]:
        """Outputs that must stand on the topic and do not."""
        return [digest for digest in self.sure if digest not in self.found]

    @property
    def in_flight(self) -> int:
        """Outputs that are on their way."""
        return sum(digest not in self.found for digest in self.open)

    @property
    def lost(self) -> int:
        """How many are missing that have not gone from the topic since, by its age or its compaction."""
        return max(len(self.missing) - self.gone, 0)

    @property
    def on_topic(self) -> int:
        """First copies that stand there, or stood there."""
        return self.outputs - self.in_flight - self.lost + len(self.unknown)

    def carry(self) -> Carried:
        """For the next run, which begins where this one's settled records end."""
        return Carried(
            [digest for digest in self.sure if not self.found.get(digest)],
            [each for digest, each in self.open.items() if not self.found.get(digest)],
            self.outputs,
            self.gone_before,
        )
