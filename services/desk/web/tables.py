"""One way to declare a table: its columns give the HTML, the CSV and the XLSX alike.

    BANKS = Table("banks", N_("Banks"), (
        Column(N_("Bank"), lambda row, words: words.name(row["bank"], "institutions"), link=lambda row: "/banks/…"),
        Column(N_("State"), lambda row, _: row["state"], "state", label="referral"),
        Column(N_("Granted"), lambda row, _: row["granted_yuan"], "yuan"),
    ), empty=N_("No bank yet. The catalogue names them."))

A page puts `table=shown(BANKS, rows, visit.words)` into its template, which says `{{ parts.table(table) }}`. With a
`Listing` it can be taken away as well: `{{ parts.export(table) }}`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID

from services.desk.web.wording.words import CHINA, Words

if TYPE_CHECKING:
    from services.desk.web.rendering import Visit

Kind = Literal["text", "code", "number", "yuan", "rate", "day", "moment", "due", "state"]
"""What a value is. `code`: digits and letters that are no number, a telephone too. `rate`: basis points. `due`: a
moment that is red when it has passed. `state`: a code of `Column.label`, shown as a coloured word."""
NUMBERS: frozenset[Kind] = frozenset({"number", "yuan", "rate"})
Value: TypeAlias = str | int | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """`value` takes a row and the words of the reader's language; `note` is a small line under it, in HTML alone."""

    title: str
    value: Callable[[Any, Words], Value]
    kind: Kind = "text"
    label: str = ""
    link: Callable[[Any], str | None] | None = None
    note: Callable[[Any, Words], str] | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """`name` stands in addresses and file names; `empty` says what to do where there is no row."""

    name: str
    title: str
    columns: tuple[Column, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as a page shows it."""

    text: str
    kind: Kind
    state: str = ""
    href: str | None = None
    note: str = ""
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A table with its rows in one language, for a template."""

    name: str
    title: str
    empty: str
    heads: tuple[tuple[str, bool], ...]
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Listing:
    """A table that can be taken away: who may come to `address` may, with what `load` finds for the same filters.

    `demand`: the one demand that it is all about, so that whoever asks who saw what is told of it.
    """

    table: Table
    address: str
    load: Callable[[Visit, int], Awaitable[Sequence[Any]]]
    demand: Callable[[Visit], UUID] | None = None


def shown(table: Table, rows: Sequence[Any], words: Words) -> Shown:
    """The table for a template."""
    text = words.language.text
    heads = tuple((text(column.title), column.kind in NUMBERS) for column in table.columns)
    cells = [[_cell(column, row, words) for column in table.columns] for row in rows]
    return Shown(table.name, text(table.title), text(table.empty), heads, cells)


def _cell(column: Column, row: Any, words: Words) -> Cell:
    value = column.value(row, words)
    return Cell(
        in_words(value, column, words),
        column.kind,
        value if column.kind == "state" and isinstance(value, str) else "",
        column.link(row) if column.link else None,
        column.note(row, words) if column.note else "",
        value if isinstance(value, datetime) else None,
    )


def in_words(value: Value, column: Column, words: Words) -> str:
    """A value as text in the reader's language."""
    if isinstance(value, datetime):
        return words.when(value)
    if isinstance(value, date):
        return words.day(value)
    if isinstance(value, int):
        return _SPOKEN.get(column.kind, Words.number)(words, value)
    return words.label(value, column.label) if column.kind == "state" else value or "–"


_SPOKEN: dict[Kind, Callable[[Words, int], str]] = {"yuan": Words.money, "rate": Words.rate}


def plain(column: Column, row: Any, words: Words) -> Value | float:
    """A value as a spreadsheet holds it: numbers as numbers, days as days, states by their names."""
    value = column.value(row, words)
    if value is None:
        return None
    if column.kind == "state":
        return words.label(str(value), column.label)
    if column.kind == "rate" and isinstance(value, int):
        return value / 10_000
    return value.astimezone(CHINA).replace(tzinfo=None) if isinstance(value, datetime) else value
