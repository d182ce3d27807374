"""Runs an import: rows in order, some batches at once, every row's problems kept, gone on with where it broke off."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from freshwater.gate import Answer
from freshwater.importing.mapping import RowMapping
from freshwater.importing.mark import Mark
from freshwater.importing.rows import Line, rows
from shared.contracts.door import DemandSubmitted
from shared.errors import FreshwaterError

AT_ONCE, BATCH_ROWS = 4, 250


class Gate(Protocol):
    """Takes events and answers each, in their order."""

    async def send(self, events: Sequence[Mapping[str, Any]]) -> list[Answer]: ...


@dataclass(slots=True)
class Result:
    """What an import came to, in rows. `unfit`: the mapping does not take them; `skipped`: done by a run before."""

    rows: int = 0
    taken: int = 0
    refused: int = 0
    unfit: int = 0
    skipped: int = 0


@dataclass(slots=True)
class Problems:
    """The file of errors: a line for each thing that is wrong, by row. It is made when there is a first one."""

    file: Path
    written: int = 0
    _lines: Any = field(default=None, repr=False)
    _stream: Any = field(default=None, repr=False)

    def write(self, row: int, source_id: str, problems: Sequence[str]) -> None:
        if self._stream is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            # With a byte-order mark: a spreadsheet program reads Chinese only so.
            self._stream = self.file.open("w", encoding="utf-8-sig", newline="")
            self._lines = csv.writer(self._stream)
            self._lines.writerow(["row", "source_id", "problem"])
        for problem in problems:
            self._lines.writerow([row, source_id, problem])
        self.written += len(problems)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()


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

    async def run(self, file: Path) -> Result:
        """Send the whole file. Raises GateAway; what was answered by then is kept and not sent again."""
        lines = islice(rows(file, self._mapping.format), self._mark.rows, None)
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
        finally:
            self._problems.close()
        return self.result

    async def _send(self, number: int, lines: Sequence[Line]) -> None:
        events, sent = [], []
        for line in lines:
            event = self._event(line)
            if event is not None:
                events.append(event)
                sent.append(line.number)
        answers = await self._gate.send(events) if events else []
        for row, event, answer in zip(sent, events, answers, strict=True):
            if answer.taken:
                self.result.taken += 1
            else:
                self.result.refused += 1
                self._problems.write(row, str(event["id"]), answer.problems or (f"answered {answer.status}",))
        self.result.rows += len(lines)
        self._mark.answered(number, len(lines))
        self._progress(self.result)

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
            "type": DemandSubmitted.TYPE,
            "simulated": self._mapping.simulated,
            "datacontenttype": "application/json",
            "data": mapped.data,
        }


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, BATCH_ROWS)):
        yield batch
