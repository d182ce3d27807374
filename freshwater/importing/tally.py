"""What became of all rows of an import: accepted, rejected, repeated; what was merged, only an operator may see."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from uuid import UUID

from freshwater.importing.errors import Problems
from freshwater.importing.mark import REFUSED, UNFIT, Mark
from freshwater.importing.sending import Gate
from shared.contracts.ids import milliseconds_of

AT_ONCE = 500
PATIENCE_SECONDS, PAUSE_SECONDS = 120.0, 0.3
"""As long as verdicts keep coming, an import waits for the rest."""


@dataclass(slots=True)
class Tally:
    """Rows by what became of them; all together are the rows of the file.

    `rejected`: by the mapping, by the gate at once or after it looked into its memory. `repeated`: sent before, by
    this import or by an earlier one. `open`: no verdict yet. `merged` rows are among `accepted` until an operator's
    own total tells them apart.
    """

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    merged: int = 0
    repeated: int = 0
    open: int = 0
    new: list[UUID] = field(default_factory=list, repr=False)
    """Receipts of the accepted ones."""

    def counts(self) -> dict[str, int]:
        return {name: value for name, value in asdict(self).items() if name != "new" and (value or name != "open")}

    def with_merged(self, merged: int) -> None:
        self.merged, self.accepted = merged, self.accepted - merged


async def tally_of(mark: Mark, gate: Gate, problems: Problems, waiting: Callable[[int], None]) -> Tally:
    """Ask for every verdict. `waiting` hears how many are still to come."""
    tally, fresh = Tally(), dict[UUID, int]()
    for row, answer in mark.answers():
        tally.rows += 1
        if answer in (UNFIT, REFUSED):
            tally.rejected += 1
        elif answer in fresh or milliseconds_of(answer) < mark.started_ms:
            tally.repeated += 1
        else:
            fresh[answer] = row
    await _ask(fresh, tally, gate, problems, waiting)
    return tally


async def _ask(
    fresh: dict[UUID, int], tally: Tally, gate: Gate, problems: Problems, waiting: Callable[[int], None]
) -> None:
    left, progress = list(fresh), time.monotonic()
    while left:
        before, rest = len(left), []
        for part in _parts(left):
            for receipt, verdict in zip(part, await gate.verdicts(part), strict=True):
                if verdict.word in ("sent", "unsent"):
                    rest.append(receipt)
                    continue
                _count(tally, receipt, fresh[receipt], verdict.word, verdict.problems, problems)
        left = rest
        if len(left) < before:
            progress = time.monotonic()
        elif time.monotonic() - progress > PATIENCE_SECONDS:
            break
        if left:
            waiting(len(left))
            await asyncio.sleep(PAUSE_SECONDS)
    tally.open = len(left)


def _count(tally: Tally, receipt: UUID, row: int, word: str, said: Sequence[str], problems: Problems) -> None:
    if word in ("accepted", "passed_on"):
        tally.accepted += 1
        tally.new.append(receipt)
    elif word == "repeated":
        tally.repeated += 1
    else:
        tally.rejected += 1
        problems.write(row, "", said or (word,))


def _parts(receipts: Iterable[UUID]) -> Iterator[list[UUID]]:
    rest = iter(receipts)
    while part := list(islice(rest, AT_ONCE)):
        yield part
