"""A report as a Word document on A4, in the fonts that Chinese offices have, for somebody to go on writing in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from services.desk.web.tables import Shown

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def docx_bytes(
    title: str, sentences: Sequence[str], tables: Sequence[Shown], notes: Sequence[str], *, wide: bool = False
) -> bytes:
    """Title, what it comes to, the tables, and what to know of the figures. `wide`: the sheet lies on its side."""
    # Imported here: a process that never writes one does without two dozen megabytes of it.
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    document = docx.Document()
    section, short, long = document.sections[0], Cm(21), Cm(29.7)
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if wide else (short, long)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(1.8)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(10)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    document.core_properties.title = title
    document.add_heading(title, 0)
    for sentence in sentences:
        document.add_paragraph(sentence)
    for shown in tables:
        _table(document, shown)
    for note in notes:
        document.add_paragraph(note, style="List Bullet")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _table(document: Any, shown: Shown) -> None:
    document.add_heading(shown.title, 2)
    if not shown.rows:
        document.add_paragraph(shown.empty)
        return
    table = document.add_table(rows=1, cols=len(shown.heads), style="Light Grid Accent 1")
    for cell, (head, _) in zip(table.rows[0].cells, shown.heads, strict=True):
        cell.text = head
    for row in shown.rows:
        for cell, value, (_, is_number) in zip(table.add_row().cells, row, shown.heads, strict=True):
            cell.text = f"{value.text}\n{value.note}" if value.note else value.text
            if is_number:
                cell.paragraphs[0].alignment = 2
