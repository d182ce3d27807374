"""A table of `tables.py` as HTML. In Python, not in a template: a long list has some hundreds of cells, and a macro
for each took most of the page's time. On a phone each row becomes a card, its heads beside the values."""

from __future__ import annotations

from markupsafe import Markup, escape

from services.desk.web.tables import Cell, Shown
from services.desk.web.wording.words import Words


def table_html(shown: Shown, words: Words) -> Markup:
    """The whole table, or what stands in its place where it has no row."""
    if not shown.rows:
        return Markup('<p class="empty">{}</p>').format(shown.empty)
    heads = [(str(escape(head)), number) for head, number in shown.heads]
    first = "".join(f'<th scope="col"{_NUM if number else ""}>{head}</th>' for head, number in heads)
    rows = "\n".join(f"<tr>{''.join(_cells(row, heads, words))}</tr>" for row in shown.rows)
    whole = f'<div class="table"><table class="stack">\n<thead><tr>{first}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n'
    return Markup(whole + "</table></div>")  # noqa: S704 - each part is escaped above and below


_NUM, _NOWRAP = ' class="num"', ' class="nowrap"'


def _cells(row: list[Cell], heads: list[tuple[str, bool]], words: Words) -> list[str]:
    made = [f'<th scope="row">{_value(row[0], words)}</th>']
    for cell, (head, number) in zip(row[1:], heads[1:], strict=True):
        named = " ".join(name for name in ("num" if number else "", "none" if cell.text == "–" else "") if name)
        style = f' class="{named}"' if named else ""
        made.append(f'<td{style} data-label="{head}">{_value(cell, words)}</td>')
    return made


def _value(cell: Cell, words: Words) -> str:
    text = str(escape(cell.text))
    if cell.state:
        text = f'<span class="chip chip-{escape(cell.state)}">{text}</span>'
    elif cell.moment:
        due = cell.kind == "due"
        left = f"<small>{escape(words.left(cell.moment))}</small>" if due else ""
        late = ' class="late"' if due and words.late(cell.moment) else ""
        text = f'<time datetime="{cell.moment.isoformat()}"{late}>{text}{left}</time>'
    if cell.href:
        text = f'<a href="{escape(cell.href)}">{text}</a>'
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    return f"<span{_NOWRAP if cell.kind == 'day' else ''}>{text}{note}</span>"
