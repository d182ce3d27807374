"""自报: the banks' own monthly figures, by a spreadsheet that they take away, fill and send back.

They are shown apart, under their own name, and never added to anything that is counted here.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile
from collections.abc import Sequence
from datetime import date
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from services.desk.domain.plans import REPORTED, ReportedFigure, report_problems
from services.desk.store import plans as store
from services.desk.web.campaign.labels import REPORT_PROBLEM
from services.desk.web.campaign.labels import REPORTED as NAMES
from services.desk.web.campaign.plans import made, own_bank, today
from services.desk.web.campaign.tables import REPORTED as TABLE
from services.desk.web.inbox.forms import Fields
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Listing, shown

MOST_ROWS = 2_000
LARGEST_FILE = 256 * 1024
_LARGEST_UNPACKED = 8 * 1024 * 1024
_FIRST_ROW = 4
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NO_FILE = N_("Choose the filled spreadsheet (XLSX, at most 256 KB).")
UNREADABLE = N_("This file is no spreadsheet of ours: take the empty table away, fill it and send that.")


def template(month: date, text: Any) -> bytes:
    """The empty table: locked names, cells for whole numbers only."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("自报")
    head = book.add_format({"bold": True, "bg_color": "#E4EEF8", "border": 1})
    free = book.add_format({"locked": False, "num_format": "#,##0", "border": 1})
    sheet.protect()
    sheet.set_column(0, 0, 16, None, {"hidden": True})
    sheet.set_column(1, 1, 34)
    sheet.set_column(2, 3, 20)
    sheet.write_string(0, 1, text(N_("Figures of the bank itself for %(month)s")) % {"month": f"{month:%Y-%m}"})
    sheet.write_string(1, 1, text(N_("Whole numbers only; leave empty what you do not count.")))
    for column, title in enumerate((N_("Code"), N_("Measure"), N_("Count"), N_("Money in yuan"))):
        sheet.write_string(_FIRST_ROW - 2, column, text(title), head)
    for row, measure in enumerate(REPORTED, _FIRST_ROW - 1):
        sheet.write_string(row, 0, measure)
        sheet.write_string(row, 1, text(NAMES[measure]))
        for column in (2, 3):
            sheet.write_blank(row, column, None, free)
            whole = {"validate": "integer", "criteria": ">=", "value": 0}
            sheet.data_validation(row, column, row, column, whole)
    book.close()
    return out.getvalue()


def read(content: bytes) -> list[tuple[str, object, object]]:
    """The lines of a filled table. Raises ValueError where it is none."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > _LARGEST_UNPACKED:
                raise ValueError("too large when unpacked")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(_FIRST_ROW, _FIRST_ROW + 60, max_col=4, values_only=True))
    except Exception as error:
        # openpyxl says by a dozen classes that a file is not what it should be.
        raise ValueError("unreadable") from error
    filled = [tuple([*row, None, None, None, None][:4]) for row in rows]
    return [(str(code), n, yuan) for code, _, n, yuan in filled if code is not None and (n, yuan) != (None, None)]


async def show(visit: Visit) -> Response:
    """What the banks have sent in, the newest month first."""
    return await _page(visit, [])


async def _page(visit: Visit, problems: Sequence[str]) -> Response:
    rows = await load(visit, MOST_ROWS)
    release = visit.office.catalogue()
    return visit.page(
        "campaign_reported.html",
        422 if problems else 200,
        table=shown(TABLE, rows, visit.words),
        banks=sorted(release.institutions) if release else [],
        own=own_bank(visit),
        problems=problems,
        month=today(visit).replace(day=1),
    )


async def load(visit: Visit, limit: int) -> Sequence[Any]:
    async with visit.office.connection() as connection:
        return await store.reported(connection, own_bank(visit), None, limit)


async def empty(visit: Visit) -> Response:
    """The empty table for this month."""
    month = today(visit).replace(day=1)
    content = await asyncio.to_thread(template, month, visit.words.language.text)
    name = f"reported-{month:%Y-%m}.xlsx"
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def send(visit: Visit) -> Response:
    """A filled table: all of it is taken, or nothing and everything that is wrong is said."""
    fields, release = Fields(visit.form, visit.words), visit.office.catalogue()
    known = release.institutions if release else {}
    own = own_bank(visit)
    bank = own or fields.code("bank", known, N_("Choose the bank from the list."))
    month = fields.day("month", None, N_("Say which month the figures are of."))
    content = await _content(visit)
    figures: list[ReportedFigure] = []
    if content is None:
        fields.problems.append(visit.words.language.text(NO_FILE))
    else:
        figures, wrong = await asyncio.to_thread(_checked, content, visit)
        fields.problems += wrong
    if fields.problems or content is None:
        return await _page(visit, fields.problems)
    file = hashlib.sha256(content).hexdigest()
    async with visit.office.connection() as connection:
        first = date.fromisoformat(month).replace(day=1)
        await store.report(connection, bank, first, file, made(visit), figures)
    return RedirectResponse("/campaign/reported", 303)


def _checked(content: bytes, visit: Visit) -> tuple[list[ReportedFigure], list[str]]:
    text = visit.words.language.text
    try:
        lines = read(content)
    except ValueError:
        return [], [text(UNREADABLE)]
    if not lines:
        return [], [text(N_("No line of the table is filled."))]
    figures, problems = report_problems(lines)
    return figures, [
        f"{visit.words.label(code, 'reported')[:60]}: {text(REPORT_PROBLEM[fault])}" for code, fault in problems
    ]


async def _content(visit: Visit) -> bytes | None:
    file = visit.form.get("file")
    if not isinstance(file, UploadFile):
        return None
    content = await file.read(LARGEST_FILE + 1)
    return content if 0 < len(content) <= LARGEST_FILE else None


LISTING = Listing(TABLE, "campaign_reported", load)
