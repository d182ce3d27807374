"""One list for each street, bank or grid worker: a spreadsheet with locked ids and drop-downs, and a page to print."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation

OUTCOMES = ("有需求", "无需求", "未找到", "已关停", "拒访")
GIVEN = ("编号", "店名", "统一社会信用代码", "所在县区", "地址", "联系电话")
"""Columns that come from the office's list; a column that it lacks stays empty."""
TO_FILL = ("走访人", "走访日期", "走访结果", "备注")
WIDTHS = (14, 24, 22, 10, 30, 15, 14, 13, 11, 24)
LEFT_OPEN = 10
"""Empty lines at the end of a printed list: whoever goes through a street finds shops that stand on no list."""


class Shop(NamedTuple):
    """One line of a list, by the names of `GIVEN`."""

    number: str
    cells: Mapping[str, str]


def grouped(shops: Iterable[Shop], by: str) -> dict[str, list[Shop]]:
    """Lists by the values of a column, in the order of the file; without a value they stand under 未分配."""
    found: dict[str, list[Shop]] = {}
    for shop in shops:
        found.setdefault(shop.cells.get(by, "").strip() or "未分配", []).append(shop)
    return found


def file_name(group: str) -> str:
    """A name for files: whatever a path or a shell would take for something else becomes a hyphen."""
    return re.sub(r"[^\w\u3400-\u9fff]+", "-", group).strip("-")[:60] or "list"


def write_spreadsheet(file: Path, title: str, shops: Sequence[Shop]) -> None:
    """What is given is locked; the outcome has a drop-down, and an empty one is refused when it comes back."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "走访"
    columns = (*GIVEN, *TO_FILL)
    sheet.append([title])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
    sheet.append(list(columns))
    for shop in shops:
        sheet.append([shop.number, *(shop.cells.get(name, "") for name in GIVEN[1:]), *[""] * len(TO_FILL)])
    _dress(sheet, len(shops) + 2)
    book.save(file)


def _dress(sheet: Any, last: int) -> None:
    for place, width in enumerate(WIDTHS):
        sheet.column_dimensions[chr(ord("A") + place)].width = width
    for cell in (*sheet[1], *sheet[2]):
        cell.font, cell.alignment = Font(bold=True), Alignment(horizontal="center", wrap_text=True)
        cell.fill = PatternFill("solid", fgColor="FFE8EEF4")
    for row in sheet.iter_rows(min_row=3, max_row=last):
        for place, cell in enumerate(row):
            # As text: a spreadsheet makes 6.2E+17 of a code that is typed again.
            cell.number_format = "@"
            cell.protection = Protection(locked=place < len(GIVEN))
    choices = DataValidation(type="list", formula1=f'"{",".join(OUTCOMES)}"', allow_blank=True, showErrorMessage=True)
    choices.error, choices.errorTitle = "请从下拉列表中选择走访结果", "走访结果"
    column = chr(ord("A") + len(GIVEN) + TO_FILL.index("走访结果"))
    choices.add(f"{column}3:{column}{max(last, 3)}")
    sheet.add_data_validation(choices)
    sheet.protection.sheet = True
    sheet.freeze_panes = "A3"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:2"


def page(title: str, shops: Sequence[Shop]) -> str:
    """The same to print and to fill in with a pen, with boxes to tick and lines for shops that stand on no list."""
    lines = [_line(shop.number, [shop.cells.get(name, "") for name in GIVEN[1:]]) for shop in shops]
    lines += [_line("", [""] * (len(GIVEN) - 1)) for _ in range(LEFT_OPEN)]
    heads = "".join(f"<th>{html.escape(name)}</th>" for name in (*GIVEN, *TO_FILL))
    return _PAGE.format(title=html.escape(title), heads=heads, lines="\n".join(lines))


def _line(number: str, cells: Sequence[str]) -> str:
    boxes = " ".join(f"□{outcome}" for outcome in OUTCOMES)
    filled = "".join(f"<td>{html.escape(text)}</td>" for text in (number, *cells))
    return f'<tr>{filled}<td></td><td class="day"></td><td class="boxes">{boxes}</td><td></td></tr>'


_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
@page {{ size: A4 landscape; margin: 10mm; }}
body {{ font: 10pt/1.35 sans-serif; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border: 1px solid #444; padding: 1.5mm; text-align: left; height: 8mm; }}
thead {{ display: table-header-group; }}
tr {{ break-inside: avoid; }}
.day {{ min-width: 18mm; }}
.boxes {{ white-space: nowrap; }}
footer {{ margin-top: 4mm; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>走访结果必填一项。两周内已有其他机构走访的，请不要重复打扰。</p>
<table>
<thead><tr>{heads}</tr></thead>
<tbody>
{lines}
</tbody>
</table>
<footer>走访人签字：＿＿＿＿＿＿　日期：＿＿＿＿＿＿</footer>
</body>
</html>
"""
