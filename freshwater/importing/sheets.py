"""The rows of a CSV or of a spreadsheet, as they stand in the file: cells as text, nothing understood yet."""

from __future__ import annotations

import codecs
import csv
import gzip
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from freshwater.importing.mapping import Format, MappingProblem

LOOKED_AT = 1 << 20
UNREADABLE = "\N{REPLACEMENT CHARACTER}"
EXACT = 10**15
"""A spreadsheet keeps fifteen digits of a number; those behind them it has made up."""
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class Raw(NamedTuple):
    """One row under its number in the file, which begins at 1; `problem` says why it has no cells."""

    number: int
    cells: list[str]
    problem: str | None = None


def raw_rows(file: Path, form: Format) -> Iterator[Raw]:
    """All rows that hold anything. Raises MappingProblem where the file cannot be opened as what its name says."""
    if file.suffix.lower() in (".xls", ".et", ".doc", ".docx", ".wps"):
        raise MappingProblem(f"{file.name}: save it as .xlsx (另存为 Excel 工作簿) or as CSV first")
    yield from _spreadsheet(file, form) if file.suffix.lower() in (".xlsx", ".xlsm") else _csv(file, form)


def _spreadsheet(file: Path, form: Format) -> Iterator[Raw]:
    """Row by row: the file is never in memory as a whole."""
    try:
        book = load_workbook(file, read_only=True, data_only=True)
    except (OSError, zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise MappingProblem(f"{file.name} is not a spreadsheet that can be read: {type(error).__name__}") from None
    try:
        if form.sheet is not None and form.sheet not in book.sheetnames:
            raise MappingProblem(f"{file.name} has no sheet {form.sheet}; it has {', '.join(book.sheetnames)}")
        sheet: Any = book[form.sheet] if form.sheet else book.worksheets[0]
        # Some programs write a size that is wrong, and openpyxl would believe it.
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            texts = [_text_of(cell) for cell in cells]
            if any(texts):
                yield Raw(number, texts)
    finally:
        book.close()


def _text_of(cell: Any) -> str:
    """A cell as a person would have typed it into a CSV."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float():
            return _digits(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date():
            return cell.isoformat()
        case _:
            return str(cell).strip()


def _digits(number: int | float) -> str:
    """Whole numbers without a point; one whose last digits are lost in the form that says so."""
    if abs(number) >= EXACT:
        return f"{number:.1E}"
    return str(int(number)) if number == int(number) else repr(number)


@contextmanager
def _bytes(file: Path) -> Iterator[IO[bytes]]:
    """Unpacked. Raises MappingProblem where there is no such file."""
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            yield cast("IO[bytes]", stream)
    except OSError as error:
        raise MappingProblem(f"{file}: {error.strerror or error}") from error


def encoding_of(file: Path) -> str:
    """By its mark; else UTF-8 where its beginning is that, and GB 18030, in which offices' older programs write."""
    with _bytes(file) as stream:
        beginning = stream.read(LOOKED_AT)
    for mark, name in _BOMS:
        if beginning.startswith(mark):
            return name
    try:
        # Not final: the piece may end in the middle of a character.
        codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _csv(file: Path, form: Format) -> Iterator[Raw]:
    with _bytes(file) as stream:
        text = TextIOWrapper(stream, form.encoding or encoding_of(file), errors="replace", newline="")
        # The csv module refuses a NUL; as an unreadable sign it spoils its own row alone.
        reader = csv.reader((line.replace("\0", UNREADABLE) for line in text), delimiter=form.delimiter)
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield Raw(reader.line_num, [], f"not readable as CSV: {error}")
                continue
            if cells is None:
                return
            if any(map(str.strip, cells)):
                yield Raw(reader.line_num, cells)
