"""The rows of a table under the names of its columns: titles above the header, and headers of two rows, as offices
make them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

from freshwater.importing.mapping import Format
from freshwater.importing.rules import column_name
from freshwater.importing.sheets import UNREADABLE, Raw, raw_rows

LOOKED_THROUGH = 20
"""Rows in which the header may stand."""
SUMS = frozenset({"合计", "总计", "小计", "总 计", "合 计"})
"""A row that begins so is the office's own arithmetic, and nobody's demand."""


class Line(NamedTuple):
    """One row under its number in the file; `problem` says why it has no cells."""

    number: int
    cells: dict[str, str]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A header: the names of each column (with its group's, where a row of groups stands above), and its last row."""

    columns: tuple[tuple[str, ...], ...]
    row: int

    @property
    def names(self) -> list[str]:
        """All names, those of columns first."""
        return list(dict.fromkeys([*(names[0] for names in self.columns if names), *self.known()]))

    def known(self) -> set[str]:
        return {name for names in self.columns for name in names}

    def cells(self, texts: Sequence[str]) -> dict[str, str]:
        return {name: text for names, text in zip(self.columns, texts, strict=True) for name in names}


def heads_of(file: Path, form: Format | None = None) -> list[Head]:
    """All that could be the header, from the top; the first row comes first."""
    first = list(islice(raw_rows(file, form or Format()), LOOKED_THROUGH))
    single = [_single(raw) for raw in first]
    double = [_double(above, below) for above, below in pairwise(first)]
    # The upper row of a header of two lacks the columns, and the lower one the names that span both: no mistake can
    # be made by trying rows alone first.
    return [*single, *double]


def find_head(heads: Sequence[Head], wanted: Collection[str]) -> Head | None:
    """The first that has all these columns."""
    return next((head for head in heads if set(wanted) <= head.known()), None)


def header_of(file: Path, form: Format | None = None) -> list[str]:
    """The names in the first row."""
    heads = heads_of(file, form)
    return heads[0].names if heads else []


def _single(raw: Raw) -> Head:
    return Head(tuple((name,) if (name := column_name(cell)) else () for cell in raw.cells), raw.number)


def _double(above: Raw, below: Raw) -> Head:
    """A merged cell holds its text at its left end alone; one that spans both rows, above."""
    width = max(len(above.cells), len(below.cells))
    groups = [column_name(cell) for cell in above.cells] + [""] * (width - len(above.cells))
    lower = [column_name(cell) for cell in below.cells] + [""] * (width - len(below.cells))
    columns, group = [], ""
    for own, name in zip(groups, lower, strict=True):
        group = own or group
        if not name:
            columns.append((own,) if own else ())
        else:
            plain = (name,) if lower.count(name) == 1 else ()
            columns.append((*plain, f"{group}/{name}") if group else plain)
    return Head(tuple(columns), below.number)


def rows(file: Path, form: Format, head: Head | None = None) -> Iterator[Line]:
    """All rows below the header. One of another length, or that cannot be read, has a problem and no cells."""
    found = head or next(iter(heads_of(file, form)), None)
    if found is None:
        return
    for raw in raw_rows(file, form):
        if raw.number <= found.row or (raw.cells and _is_sum(raw.cells)):
            continue
        texts = _fitted(raw.cells, len(found.columns))
        problem = raw.problem or _problem(found, texts)
        yield Line(raw.number, {} if problem else found.cells(texts), problem)


def _is_sum(cells: Sequence[str]) -> bool:
    return next((cell.strip() for cell in cells if cell.strip()), "") in SUMS


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    """Empty cells at the end are no cells: programs differ in whether they write them."""
    texts = list(cells)
    while len(texts) > width and not texts[-1].strip():
        texts.pop()
    return texts


def _problem(head: Head, cells: Sequence[str]) -> str | None:
    if len(cells) != len(head.columns):
        return f"has {len(cells)} cells, the header {len(head.columns)}"
    broken = [names[0] for names, cell in zip(head.columns, cells, strict=True) if names and UNREADABLE in cell]
    return f"not readable in column {', '.join(broken)}: is the encoding right?" if broken else None
