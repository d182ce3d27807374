"""The rows of a CSV, one after another: plain or gzip, in UTF-8 or GB 18030."""

from __future__ import annotations

import codecs
import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, NamedTuple, cast

from freshwater.importing.mapping import Format, MappingProblem

LOOKED_AT = 1 << 20
UNREADABLE = "\N{REPLACEMENT CHARACTER}"


class Line(NamedTuple):
    """One row under its number in the file (the header is 1); `problem` says why it has no cells."""

    number: int
    cells: dict[str, str]
    problem: str | None = None


@contextmanager
def _bytes(file: Path) -> Iterator[IO[bytes]]:
    """Unpacked. Raises MappingProblem where there is no such file."""
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            yield cast("IO[bytes]", stream)
    except OSError as error:
        raise MappingProblem(f"{file}: {error.strerror or error}") from error


@contextmanager
def _text(file: Path, form: Format) -> Iterator[TextIOWrapper]:
    with _bytes(file) as stream:
        yield TextIOWrapper(stream, form.encoding or encoding_of(file), errors="replace", newline="")


def encoding_of(file: Path) -> str:
    """UTF-8 where its beginning is that; otherwise GB 18030, in which Chinese offices' older programs write."""
    with _bytes(file) as stream:
        beginning = stream.read(LOOKED_AT)
    try:
        # Not final: the piece may end in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def header_of(file: Path, form: Format | None = None) -> list[str]:
    """The names of the columns."""
    form = form or Format()
    with _text(file, form) as text:
        return next(csv.reader(text, delimiter=form.delimiter), [])


def rows(file: Path, form: Format) -> Iterator[Line]:
    """All rows. One of another length, or that the csv module or the encoding refuses, has a problem and no cells."""
    with _text(file, form) as text:
        # The csv module refuses a NUL; as an unreadable sign it spoils its own row alone.
        reader = csv.reader((line.replace("\0", UNREADABLE) for line in text), delimiter=form.delimiter)
        header = next(reader, [])
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield Line(reader.line_num, {}, f"not readable as CSV: {error}")
                continue
            if cells is None:
                return
            if cells:
                problem = _problem(header, cells)
                yield Line(reader.line_num, {} if problem else dict(zip(header, cells, strict=True)), problem)


def _problem(header: list[str], cells: list[str]) -> str | None:
    if len(cells) != len(header):
        return f"has {len(cells)} cells, the header {len(header)}"
    broken = [name for name, cell in zip(header, cells, strict=True) if UNREADABLE in cell]
    return f"not readable in column {', '.join(broken)}: is the encoding right?" if broken else None
