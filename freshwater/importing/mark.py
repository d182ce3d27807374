"""How far an import has come and what each row was answered, kept so that it can go on after it was broken off."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from uuid import UUID

UNFIT, REFUSED = UUID(int=1), UUID(int=2)
"""What stands for a row that the mapping does not take, and for one that the gate refused at once."""
_ROW = struct.Struct(">I16s")


class Mark:
    """The rows that the gate has answered without a gap from the first, and their receipts; of one file under one
    mapping.

    A row may be sent a second time after a kill: the gate knows it by its number. An import that came to its end is
    begun anew the next time.
    """

    def __init__(self, folder: Path, file: Path, mapping: Path, now_ms: int = 0) -> None:
        """`now_ms`: what time it is at the gate."""
        digest = sha256(mapping.read_bytes())
        digest.update(f"{file.resolve()}\n{file.stat().st_size}".encode())
        self._file = folder / f"{digest.hexdigest()[:16]}.json"
        self._answers = self._file.with_suffix(".answers")
        self._waiting: dict[int, Sequence[tuple[int, UUID]]] = {}
        self._next = 0
        kept = json.loads(self._file.read_text("ascii")) if self._file.exists() else {}
        if kept.get("finished"):
            kept = {}
        self.rows = int(kept.get("rows", 0))
        self.started_ms = int(kept.get("started_ms", now_ms))
        """When its first row was sent: an older receipt is that of an earlier import."""
        self._cut()

    def _cut(self) -> None:
        """What was written behind the mark is sent again, and must not be counted twice."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._answers.open("ab") as stream:
            stream.truncate(self.rows * _ROW.size)
        # Before the first row is sent: what a killed run has sent is this import's own.
        self._keep(finished=False)

    def answered(self, batch: int, answers: Sequence[tuple[int, UUID]]) -> None:
        """Batch number so-and-so has its answers: for each of its rows the number in the file, and the answer."""
        self._waiting[batch] = answers
        with self._answers.open("ab") as stream:
            while self._next in self._waiting:
                found = self._waiting.pop(self._next)
                stream.write(b"".join(_ROW.pack(row, answer.bytes) for row, answer in found))
                self.rows += len(found)
                self._next += 1
        self._keep(finished=False)

    def finish(self) -> None:
        """The file has come to its end, and every row to its verdict."""
        self._keep(finished=True)

    def answers(self) -> Iterator[tuple[int, UUID]]:
        """Each row's number in the file and what it was answered, in order: a receipt, UNFIT or REFUSED."""
        with self._answers.open("rb") as stream:
            while part := stream.read(_ROW.size * 4_096):
                for row, answer in _ROW.iter_unpack(part):
                    yield row, UUID(bytes=answer)

    @property
    def last_row(self) -> int:
        """The number in the file of the last row that is answered; 0 before the first."""
        if not self.rows:
            return 0
        with self._answers.open("rb") as stream:
            stream.seek((self.rows - 1) * _ROW.size)
            return int(_ROW.unpack(stream.read(_ROW.size))[0])

    def _keep(self, *, finished: bool) -> None:
        new = self._file.with_name(self._file.name + ".new")
        new.write_text(json.dumps({"rows": self.rows, "started_ms": self.started_ms, "finished": finished}), "ascii")
        os.replace(new, self._file)
