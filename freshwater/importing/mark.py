"""How far an import has come, kept so that it can go on after it was broken off."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path


class Mark:
    """The rows that the gate has answered without a gap from the first; of one file under one mapping.

    A row may be sent a second time after a kill: the gate knows it by its number.
    """

    def __init__(self, folder: Path, file: Path, mapping: Path) -> None:
        digest = sha256(mapping.read_bytes())
        digest.update(f"{file.resolve()}\n{file.stat().st_size}".encode())
        self._file = folder / f"{digest.hexdigest()[:16]}.json"
        self._answered: dict[int, int] = {}
        self._next = 0
        self.rows = int(json.loads(self._file.read_text("ascii"))["rows"]) if self._file.exists() else 0

    def answered(self, batch: int, rows: int) -> None:
        """Batch number so-and-so, of so many rows, has its answers."""
        self._answered[batch] = rows
        while self._next in self._answered:
            self.rows += self._answered.pop(self._next)
            self._next += 1
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_name(self._file.name + ".new")
        new.write_text(json.dumps({"rows": self.rows}), "ascii")
        new.replace(self._file)
