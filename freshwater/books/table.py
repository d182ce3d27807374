"""A report as a person or a program reads it."""

from __future__ import annotations

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from freshwater.books.balance import Balance, Report

COLUMNS = ("balance", "left", "right", "in flight", "difference")


def as_data(report: Report) -> dict[str, Any]:
    """One JSON object."""
    return {
        "books": verdict(report),
        "balances": [_balance_data(each) for each in report.balances],
        "in_flight": report.in_flight,
        "records": report.read,
        "copies": report.copies,
        "since_last": report.since,
        "seconds": round(report.seconds, 2),
    }


def verdict(report: Report) -> str:
    return "balanced" if report.balanced else "unbalanced"


def _balance_data(each: Balance) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": each.name,
        "zh": each.zh,
        "left": each.left,
        "right": each.right,
        "in_flight": each.in_flight,
        "difference": each.difference,
    }
    if each.parts:
        found["parts"] = dict(each.parts)
    if each.names:
        found["names"] = list(each.names)
    return found


def show(report: Report, as_json: bool) -> None:
    """Print it: one JSON object, a table on a terminal, plain lines elsewhere."""
    if as_json:
        print(json.dumps(as_data(report), ensure_ascii=False))
    elif sys.stdout.isatty():
        _show_table(report)
    else:
        print("\n".join(_lines(report)))


def _show_table(report: Report) -> None:
    table = Table(title="Books 对账")
    for place, column in enumerate(COLUMNS):
        table.add_column(column, justify="right" if place else "left")
    for each in report.balances:
        table.add_row(*map(Text, _cells(each)), style=None if each.balanced else "bold red")
    console = Console()
    console.print(table)
    for line in _after(report):
        console.print(Text(line))


def _lines(report: Report) -> list[str]:
    rows = [COLUMNS, *(_cells(each) for each in report.balances)]
    wide = max(_width(row[0]) for row in rows)
    table = [row[0] + " " * (wide - _width(row[0])) + "".join(f"{cell:>12}" for cell in row[1:]) for row in rows]
    return [*table, *_after(report)]


def _cells(each: Balance) -> tuple[str, ...]:
    counts = (each.left, each.right, each.in_flight, each.difference)
    return (f"{each.name} {each.zh}", *(f"{count:,}" for count in counts))


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def _after(report: Report) -> list[str]:
    lines = [line for each in report.balances if not each.balanced for line in _explained(each)]
    how = "what is new" if report.since else "everything"
    read = f"{report.read:,} records read ({how}), {report.copies:,} of them copies, in {report.seconds:.1f} s"
    return [*lines, f"{verdict(report)}: {read}"]


def _explained(each: Balance) -> list[str]:
    names = each.names or ("no names; the two sides alone differ",)
    return [f"{each.name} differs by {each.difference:,}:", *(f"  {name}" for name in names)]
