"""What is being done, told to the person who waits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[str], None]
"""Takes one line of progress."""

LINE_EVERY = 5


def say(text: str) -> None:
    """One line to where errors go, so that a command's output stays its own."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextmanager
def counting(report: Report, what: str, total: int) -> Iterator[Callable[[], None]]:
    """Gives a function to call once per file: a bar on a terminal, a line now and then anywhere else."""
    if report is say and sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)
        report(f"{what}: {total} files")
        return
    report(f"{what}: {total} files")
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if done % LINE_EVERY == 0 or done == total:
            report(f"{what}: {done} of {total} files")

    yield advance
