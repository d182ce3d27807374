"""A run of the books: ask, read, compare; and keep what balanced, so that the next run reads only what is new."""

from __future__ import annotations

import time
from collections.abc import Callable

from freshwater.books.balance import Report
from freshwater.books.balances import balances
from freshwater.books.checkpoint import Checkpoint, Shelf
from freshwater.books.naming import named
from freshwater.books.run import Run
from freshwater.books.source import Source


class Books:
    """`balance()` runs once. Where what is new does not balance, everything is read again before that is said."""

    def __init__(self, source: Source, shelf: Shelf | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._source, self._shelf, self._clock = source, shelf, clock

    def balance(self, *, full: bool = False) -> Report:
        """Balance, and remember how far where it does. `full`: from the beginning."""
        began = self._clock()
        kept = Checkpoint() if full or self._shelf is None else self._shelf.load()
        for start in (kept, Checkpoint()) if not kept.empty else (kept,):
            run = Run(self._source, start)
            run.take()
            report = self._report(run, began)
            if report.balanced:
                break
        if report.balanced and self._shelf is not None:
            self._shelf.keep(run.checkpoint())
        return report

    def _report(self, run: Run, began: float) -> Report:
        sides = run.sides()
        found = tuple(balances(sides))
        wrong = [each.name for each in found if not each.balanced]
        if wrong and run.kept.empty:
            found = tuple(balances(named(run, sides, wrong)))
        return Report(found, run.count, run.copies, not run.kept.empty, self._clock() - began)
