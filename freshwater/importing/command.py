"""`freshwater import FILE`: the rows of a CSV or a spreadsheet become demands or visits."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from freshwater.importing.errors import Problems
from freshwater.importing.mapping import Format, MappingProblem, RowMapping, find_mapping, load_mapping
from freshwater.importing.mark import Mark
from freshwater.importing.rows import Head, find_head, heads_of, rows
from freshwater.importing.sending import Gate, Import, Result
from freshwater.importing.tally import Tally, tally_of
from freshwater.places import CHECKOUT
from freshwater.servers.report import Report

EXAMPLES = CHECKOUT / "docs" / "examples"
LINES = 10
"""Without a terminal: so many lines of progress for a whole file."""


@dataclass(slots=True)
class Imported:
    """A file that was sent through, and what is needed to ask what became of its rows."""

    result: Result
    mark: Mark
    problems: Problems


async def run_import(
    file: Path,
    mapping_file: Path | None,
    gate: Gate,
    folder: Path,
    report: Report,
    room: Callable[[], Awaitable[None]] | None = None,
) -> Imported:
    """Send a file through the gate, with a bar. `folder` keeps the mark and the file of errors."""
    heads = heads_of(file)
    mapping_file = mapping_file or find_mapping([head.known() for head in heads], EXAMPLES)
    mapping = load_mapping(mapping_file)
    head = _head(file, mapping, heads)
    mark = Mark(folder, file, mapping_file, await gate.now_ms())
    problems = Problems(folder / f"{file.name.partition('.')[0]}.errors.csv", keep_to=mark.last_row)
    report(f"{mapping.name}: {mapping.notice}")
    if mark.rows:
        report(f"{mark.rows} rows were answered in an earlier run; going on behind them")
    try:
        with _shown(file, mapping, head, mark.rows, report) as progress:
            result = await Import(mapping, gate, mark, problems, progress=progress, room=room).run(file, head)
    except BaseException:
        problems.close()
        raise
    return Imported(result, mark, problems)


async def run_tally(imported: Imported, gate: Gate, report: Report) -> Tally:
    """Wait for the verdict of every row; then the import has come to its end."""
    told = 0

    def waiting(left: int) -> None:
        nonlocal told
        if not told or left < told // 2:
            told = left
            report(f"  waiting for {left} verdicts")

    try:
        tally = await tally_of(imported.mark, gate, imported.problems, waiting)
    finally:
        imported.problems.close()
    if not tally.open:
        imported.mark.finish()
    if imported.problems.written:
        report(f"{imported.problems.written} problems of {tally.rejected} rows: {imported.problems.file}")
    return tally


def _head(file: Path, mapping: RowMapping, heads: Sequence[Head]) -> Head:
    """The header as this mapping knows it. Raises MappingProblem."""
    if mapping.format != Format():
        heads = heads_of(file, mapping.format)
    if not heads:
        raise MappingProblem(f"{file.name} has no rows")
    head = find_head(heads, mapping.columns()) or heads[0]
    mapping.check(head.names, file.name)
    return head


@contextmanager
def _shown(
    file: Path, mapping: RowMapping, head: Head, done: int, report: Report
) -> Iterator[Callable[[Result], None]]:
    """A bar on a terminal, some lines elsewhere."""
    total = sum(1 for _ in rows(file, mapping.format, head))
    if not sys.stderr.isatty():
        step = max(total // LINES, 1)
        told = [done]

        def say(result: Result) -> None:
            if result.rows + done - told[0] >= step:
                told[0] = result.rows + done
                report(f"  {told[0]} of {total} rows")

        yield say
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(file.name, total=total, completed=done)
        yield lambda result: bar.update(task, completed=result.rows + done)
