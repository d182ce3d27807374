"""`freshwater import FILE`: the rows of a CSV become demands."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from freshwater.importing.mapping import RowMapping, find_mapping, load_mapping
from freshwater.importing.mark import Mark
from freshwater.importing.rows import header_of, rows
from freshwater.importing.sending import Gate, Import, Problems, Result
from freshwater.places import CHECKOUT
from freshwater.servers.report import Report

EXAMPLES = CHECKOUT / "docs" / "examples"
LINES = 10
"""Without a terminal: so many lines of progress for a whole file."""


async def run_import(
    file: Path,
    mapping_file: Path | None,
    gate: Gate,
    folder: Path,
    report: Report,
    room: Callable[[], Awaitable[None]] | None = None,
) -> Result:
    """Send a file through the gate, with a bar. `folder` keeps the mark and the file of errors."""
    mapping_file = mapping_file or find_mapping(header_of(file), EXAMPLES)
    mapping = load_mapping(mapping_file)
    mapping.check(header_of(file, mapping.format), file.name)
    mark = Mark(folder, file, mapping_file)
    problems = Problems(folder / f"{file.name.partition('.')[0]}.errors.csv")
    report(f"{mapping.name}: {mapping.notice}")
    if mark.rows:
        report(f"{mark.rows} rows were answered in an earlier run; going on behind them")
    with _shown(file, mapping, mark.rows, report) as progress:
        result = await Import(mapping, gate, mark, problems, progress=progress, room=room).run(file)
    if problems.written:
        report(f"{problems.written} problems of {result.refused + result.unfit} rows: {problems.file}")
    return result


@contextmanager
def _shown(file: Path, mapping: RowMapping, done: int, report: Report) -> Iterator[Callable[[Result], None]]:
    """A bar on a terminal, some lines elsewhere."""
    total = sum(1 for _ in rows(file, mapping.format))
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
