"""Runs an import: rows in order, some batches at once, every row's problems kept, gone on with where it broke off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from freshwater.gate import Answer, Verdict
from freshwater.importing.errors import Problems
from freshwater.importing.mapping import RowMapping
from freshwater.importing.mark import REFUSED, UNFIT, Mark
from freshwater.importing.rows import Head, Line, rows
from shared.errors import FreshwaterError

AT_ONCE, BATCH_ROWS = 4, 250


class Gate(Protocol):
    """Takes events and answers each, in their order; says what became of receipts."""

    async def send(self, events: Sequence[Mapping[str, Any]]) -> list[Answer]: ...

    async def verdicts(self, receipts: Sequence[UUID]) -> list[Verdict]: ...

    async def now_ms(self) -> int: ...


@dataclass(slots=True)
class Result:
    """What an import came to, in rows. `unfit`: the mapping does not take them; `skipped`: done by a run before."""

    rows: int = 0
    taken: int = 0
    refused: int = 0
    unfit: int = 0
    skipped: int = 0


class Import:
    """One file under one mapping. `room` is awaited before a batch is sent, so that nobody is flooded."""

    def __init__(
        self,
        mapping: RowMapping,
        gate: Gate,
        mark: Mark,
        problems: Problems,
        *,
        progress: Callable[[Result], None] = lambda _: None,
        room: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._mapping, self._gate, self._mark, self._problems = mapping, gate, mark, problems
        self._progress, self._room = progress, room
        self.result = Result(skipped=mark.rows)

    async def run(self, file: Path, head: Head | None = None) -> Result:
        """Send the whole file. Raises GateAway; what was answered by then is kept and not sent again."""
        lines = islice(rows(file, self._mapping.format, head), self._mark.rows, None)
        try:
            async with asyncio.TaskGroup() as group:
                free = asyncio.Semaphore(AT_ONCE)
                for number, batch in enumerate(_batches(lines)):
                    await free.acquire()
                    if self._room:
                        await self._room()
                    task = group.create_task(self._send(number, batch))
                    task.add_done_callback(lambda _: free.release())
        except* FreshwaterError as errors:
            raise errors.exceptions[0] from None
        return self.result

    async def _send(self, number: int, lines: Sequence[Line]) -> None:
        """Problems are written before the mark: a kill between the two only writes them again."""
        events, places = [], []
        answers = [UNFIT] * len(lines)
        for place, line in enumerate(lines):
            event = self._event(line)
            if event is not None:
                events.append(event)
                places.append(place)
        given = await self._gate.send(events) if events else []
        for place, event, answer in zip(places, events, given, strict=True):
            answers[place] = self._note(lines[place].number, str(event["id"]), answer)
        self.result.rows += len(lines)
        self._mark.answered(number, [(line.number, answer) for line, answer in zip(lines, answers, strict=True)])
        self._progress(self.result)

    def _note(self, row: int, source_id: str, answer: Answer) -> UUID:
        if answer.taken and answer.receipt is not None:
            self.result.taken += 1
            return answer.receipt
        self.result.refused += 1
        self._problems.write(row, source_id, answer.problems or (f"answered {answer.status}",))
        return REFUSED

    def _event(self, line: Line) -> dict[str, Any] | None:
        """The row as an event; None where something is wrong with it, which is then written down."""
        if line.problem is not None:
            self.result.unfit += 1
            self._problems.write(line.number, "", [line.problem])
            return None
        mapped = self._mapping.demand(line.cells)
        if mapped.problems:
            self.result.unfit += 1
            self._problems.write(line.number, mapped.source_id, mapped.problems)
            return None
        return {
            "specversion": "1.0",
            "id": mapped.source_id,
            "source": f"/freshwater/import/{self._mapping.name}",
            "type": self._mapping.event.TYPE,
            "simulated": self._mapping.simulated,
            "datacontenttype": "application/json",
            "data": mapped.data,
        }


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH_ROWS)):
        yield batch
