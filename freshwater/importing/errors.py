"""The file of errors: a line for each thing that is wrong, by row."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COLUMNS = ("row", "source_id", "problem")


class Problems:
    """It is made when there is a first one; what an import that is gone on with has found already stays in it."""

    def __init__(self, file: Path, *, keep_to: int = 0) -> None:
        """`keep_to`: the row up to which lines of the run before are kept; 0 begins anew."""
        self.file, self.written = file, 0
        self._stream: Any = None
        self._lines: Any = None
        self._kept = _lines_to(file, keep_to) if keep_to else []
        file.unlink(missing_ok=True)
        for line in self._kept:
            self._write(line)

    def write(self, row: int, source_id: str, problems: Sequence[str]) -> None:
        for problem in problems:
            self._write((str(row), source_id, problem))
        # A kill may come at any moment, and what was written must be there.
        if self._stream is not None:
            self._stream.flush()

    def _write(self, line: Sequence[str]) -> None:
        if self._stream is None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            # With a byte-order mark: a spreadsheet program reads Chinese only so.
            self._stream = self.file.open("w", encoding="utf-8-sig", newline="")
            self._lines = csv.writer(self._stream)
            self._lines.writerow(COLUMNS)
        self._lines.writerow(line)
        self.written += 1

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def _lines_to(file: Path, row: int) -> list[tuple[str, ...]]:
    if not file.exists():
        return []
    with file.open(encoding="utf-8-sig", newline="") as stream:
        lines = [tuple(line) for line in csv.reader(stream)][1:]
    return [line for line in lines if len(line) == len(COLUMNS) and line[0].isdigit() and int(line[0]) <= row]
