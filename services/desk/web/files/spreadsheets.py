"""Tables as files: CSV that a spreadsheet opens without harm, and XLSX with its watermark.

What comes from outside never becomes a formula, and a long number never loses its digits.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import xlsxwriter

from services.desk.web.tables import Column, Table, plain
from services.desk.web.wording.words import Words

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_NUMBER = 11
"""A spreadsheet shows longer digits as 9.16E+17 and keeps fifteen of them."""
_FORMATS = {
    "number": "#,##0",
    "yuan": "#,##0",
    "rate": "0.00%",
    "day": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "due": "yyyy-mm-dd hh:mm",
}
_WIDEST = 48


@dataclass(frozen=True, slots=True)
class Watermark:
    """Who took it away, when and why: on every page, and in the file's properties under its number in the records."""

    text: str
    number: str


def csv_bytes(table: Table, rows: Sequence[Any], words: Words, watermark: Watermark) -> bytes:
    """UTF-8 with the mark that spreadsheets need to see it; the watermark is the last line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([words.language.text(column.title) for column in table.columns])
    writer.writerows([_csv_cell(plain(column, row, words)) for column in table.columns] for row in rows)
    writer.writerow([_csv_cell(f"# {watermark.text}")])
    return out.getvalue().encode("utf-8-sig")


def _csv_cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return safe_text(str(value))


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula or a number, as OWASP's guard against CSV injection asks."""
    if text.startswith(_FORMULA):
        return "'" + text
    is_code = text.isascii() and text.isdigit() and (len(text) > _LONGEST_NUMBER or text.startswith("0"))
    return text + "\t" if is_code else text


def xlsx_bytes(table: Table, rows: Sequence[Any], words: Words, watermark: Watermark) -> bytes:
    """One sheet: the watermark on top and on every printed page, a frozen head with a filter, values by their kind."""
    return book_bytes([(table, rows)], words, watermark)


def book_bytes(tables: Iterable[tuple[Table, Sequence[Any]]], words: Words, watermark: Watermark) -> bytes:
    """A sheet for each table."""
    out = io.BytesIO()
    book = workbook(out, watermark)
    for table, rows in tables:
        _sheet(book, table, rows, words, watermark)
    book.close()
    return out.getvalue()


def _sheet(book: Any, table: Table, rows: Sequence[Any], words: Words, watermark: Watermark) -> None:
    sheet = book.add_worksheet(table.name[:31])
    text = words.language.text
    columns = [(text(column.title), column) for column in table.columns]
    small, head = book.add_format({"italic": True, "font_color": "#666666"}), head_format(book)
    formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
    as_text = book.add_format({"num_format": "@"})
    stamped(sheet, watermark)
    sheet.write_string(0, 0, watermark.text, small)
    for place, (title, column) in enumerate(columns):
        sheet.set_column(place, place, _width(title, column))
        sheet.write_string(1, place, title, head)
    for number, row in enumerate(rows, 2):
        for place, (_, column) in enumerate(columns):
            put(sheet, number, place, plain(column, row, words), formats.get(column.kind, as_text))
    sheet.freeze_panes(2, 1)
    sheet.autofilter(1, 0, max(len(rows) + 1, 1), len(columns) - 1)


def workbook(out: io.BytesIO, watermark: Watermark) -> Any:
    """A workbook in which no text ever turns into a formula, a link or a number."""
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": "Freshwater 金融活水", "comments": watermark.text, "keywords": watermark.number})
    return book


def stamped(sheet: Any, watermark: Watermark) -> None:
    """The watermark at the head and foot of every printed page; A4, as wide as the page."""
    text = watermark.text.replace("&", "&&")[:200]
    sheet.set_header(f"&C&8{text}")
    sheet.set_footer("&C&8&P / &N")
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def head_format(book: Any) -> Any:
    """How a head is written."""
    return book.add_format({"bold": True, "bg_color": "#E4EEF8", "border": 1, "text_wrap": True, "valign": "top"})


def put(sheet: Any, row: int, column: int, value: Any, form: Any) -> None:
    """One value by its kind; everything that is no number and no day is text."""
    if value is None:
        sheet.write_blank(row, column, None, form)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(row, column, value, form)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, form)
    else:
        sheet.write_string(row, column, str(value)[:32_000], form)


def _width(title: str, column: Column) -> int:
    """Wide enough for its kind, and for a title in either script."""
    needed = {"moment": 17, "due": 17, "day": 12, "yuan": 14, "rate": 9, "number": 10, "state": 16, "code": 22}
    return min(max(needed.get(column.kind, 24), 2 + sum(2 if each > "ÿ" else 1 for each in title)), _WIDEST)
