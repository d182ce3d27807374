"""The worklist as XLSX: ids and revisions locked, results and codes by drop-down; read back within bounds.

A file from outside is hostile until it is read: its size, what it unpacks to, its sheets and rows are bounded, and
nothing in it is computed.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from openpyxl import load_workbook

from services.desk.domain.worklist import Filled
from services.desk.web.files.spreadsheets import Watermark, head_format, put, stamped, workbook

MOST_ROWS = 2_000
LARGEST_FILE = 2_000_000
LARGEST_UNPACKED = 20_000_000
MOST_PARTS = 200
_MOST_COLUMNS = 40
_HEAD_ROWS = 6
_KEYS = ("id", "revision")
"""The first two cells of the row of keys, by which a worklist is known again whatever was done above it."""


class Unreadable(Exception):
    """The file is no worklist; `reason` is one of too_large, not_xlsx, not_ours, too_many."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Sheet(NamedTuple):
    """What a worklist holds. `shown`: heads of what is only read; `filled`: key and head of what is filled in.

    `rows`: id, revision, the shown values, and the name of the list of results of this row. `lists`: by name, what a
    drop-down offers; `choices`: key of a filled column -> its list.
    """

    name: str
    shown: Sequence[str]
    filled: Sequence[tuple[str, str]]
    rows: Sequence[tuple[str, str, Sequence[Any], str]]
    lists: Mapping[str, Sequence[str]]
    choices: Mapping[str, str]
    help: str


def written(sheet: Sheet, watermark: Watermark, password: str) -> bytes:
    """The file. Its protection keeps people from slips, not attackers from changing it: reading trusts no cell."""
    out = io.BytesIO()
    book = workbook(out, watermark)
    page, lists = book.add_worksheet(sheet.name), book.add_worksheet("lists")
    stamped(page, watermark)
    _heads(book, page, sheet, watermark)
    _body(book, page, sheet, _lists(lists, sheet.lists))
    first = 2 + len(sheet.shown)
    page.set_column(0, 1, 14)
    page.set_column(2, first - 1, 18)
    page.set_column(first, first + len(sheet.filled) - 1, 20)
    page.freeze_panes(4, 2)
    page.protect(password, {"select_locked_cells": True, "sort": True, "autofilter": True, "format_columns": True})
    lists.very_hidden()
    book.close()
    return out.getvalue()


def _heads(book: Any, page: Any, sheet: Sheet, watermark: Watermark) -> None:
    """The watermark, how to fill it, a hidden row of keys by which it is read, and the heads for people."""
    small, head = book.add_format({"italic": True, "font_color": "#666666"}), head_format(book)
    page.write_string(0, 0, watermark.text, small)
    page.write_string(1, 0, sheet.help, small)
    keys = [*_KEYS, *(f"shown{n}" for n in range(len(sheet.shown))), *(key for key, _ in sheet.filled)]
    heads = [*_KEYS, *sheet.shown, *(head for _, head in sheet.filled)]
    for place, (key, title) in enumerate(zip(keys, heads, strict=True)):
        page.write_string(2, place, key)
        page.write_string(3, place, title, head)
    page.set_row(2, None, None, {"hidden": True})


def _body(book: Any, page: Any, sheet: Sheet, ranges: Mapping[str, str]) -> None:
    """A row for each item: what is locked, and what is filled with its drop-downs."""
    yellow = {"locked": False, "bg_color": "#FFF9E5", "border": 1}
    text, number = book.add_format({**yellow, "num_format": "@"}), book.add_format(yellow)
    formats = dict.fromkeys(("amount", "term", "rate"), number)
    formats["day"] = book.add_format({**yellow, "num_format": "yyyy-mm-dd"})
    closed = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    for row, (identifier, revision, values, results) in enumerate(sheet.rows, 4):
        for place, value in enumerate((identifier, revision, *values)):
            put(page, row, place, value, closed)
        for place, (key, _) in enumerate(sheet.filled, 2 + len(sheet.shown)):
            page.write_blank(row, place, None, formats.get(key, text))
            named = results if key == "result" else sheet.choices.get(key)
            if named:
                # A result is one of the list; a code may be one that the list cannot hold, the id of an authority.
                strict = "stop" if key == "result" else "information"
                offered = {"validate": "list", "source": ranges[named], "error_type": strict}
                page.data_validation(row, place, row, place, offered)


def _lists(page: Any, lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A column for each list; returns where it lies."""
    found = {}
    for place, (name, values) in enumerate(lists.items()):
        for number, value in enumerate(values):
            page.write_string(number, place, value)
        column = _letters(place)
        found[name] = f"=lists!${column}$1:${column}${max(len(values), 1)}"
    return found


def _letters(place: int) -> str:
    return ("" if place < 26 else _letters(place // 26 - 1)) + chr(ord("A") + place % 26)


def read(content: bytes) -> list[Filled]:
    """The rows in which a result was chosen. Raises Unreadable."""
    if len(content) > LARGEST_FILE:
        raise Unreadable("too_large")
    _unpacks_within_bounds(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception:
        # Whatever a broken file does to the library, it is not ours to crash.
        raise Unreadable("not_xlsx") from None
    try:
        sheets = [sheet for sheet in book.worksheets[:3] if hasattr(sheet, "iter_rows")]
        return list(_rows(next(iter(sheets), None)))
    except Unreadable:
        raise
    except Exception:
        raise Unreadable("not_xlsx") from None
    finally:
        book.close()


def _unpacks_within_bounds(content: bytes) -> None:
    """The sizes that the archive states, added up before anything is unpacked; what lies about them fails later."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise Unreadable("not_xlsx") from None
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise Unreadable("too_large")


def _rows(sheet: Any) -> Iterator[Filled]:
    keys: list[str] = []
    if sheet is None:
        raise Unreadable("not_ours")
    # What a sheet says of its own size may be wrong: rows are counted as they come.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), 1):
        texts = [_text(cell) for cell in row]
        if not keys:
            keys = texts if texts[:2] == list(_KEYS) and "result" in texts else []
            if not keys and number >= _HEAD_ROWS:
                break
            continue
        if number > MOST_ROWS + _HEAD_ROWS:
            raise Unreadable("too_many")
        cells = dict(zip(keys, texts, strict=False))
        # The heads for people stand under the keys, and begin like them.
        if cells.get("result") and cells["id"] != "id":
            yield Filled(number, cells["id"], cells["revision"], cells)
    if not keys:
        raise Unreadable("not_ours")


def _text(cell: Any) -> str:
    """A cell as a person would type it: whole numbers without a point, percentages as percent, days as days."""
    value = getattr(cell, "value", None)
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        shown = round(value * 100, 6) if "%" in str(getattr(cell, "number_format", "")) else value
        return str(int(shown)) if shown == int(shown) else repr(shown)
    return str(value).strip()[:4_000]
