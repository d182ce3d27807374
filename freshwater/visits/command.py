"""`freshwater visits lists FILE --by COLUMN`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from freshwater.importing.mapping import Format, MappingProblem
from freshwater.importing.rows import find_head, heads_of, rows
from freshwater.importing.rules import column_name
from freshwater.servers.report import say
from freshwater.visits.lists import GIVEN, Shop, file_name, grouped, page, write_spreadsheet

app = typer.Typer(help="Lists for visits (走访), from an office's list of shops.", no_args_is_help=True)
NEEDED = ("店名", "所在县区")


@app.command("lists", epilog="Example: ./run visits lists shops.xlsx --by 街道 --to lists/")
def lists(
    file: Annotated[
        Path, typer.Argument(help="A CSV or XLSX with 店名, 所在县区 and what else there is.", exists=True)
    ],
    by: Annotated[str, typer.Option(help="The column whose values make the lists: 街道, 走访银行, 网格员.")],
    to: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("visits"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Write one spreadsheet and one printable page for each street, bank or grid worker.

    The filled-in spreadsheets come back with `freshwater import LIST.xlsx --mapping docs/examples/visits.yaml`; a line
    without an outcome is refused. Nothing of the list is stored by Freshwater.
    """
    found = grouped(shops_of(file, by), column_name(by))
    to.mkdir(parents=True, exist_ok=True)
    written = {}
    for group, shops in found.items():
        title, name = f"走访名单 {by}：{group}（{len(shops)}户）", file_name(group)
        write_spreadsheet(to / f"{name}.xlsx", title, shops)
        (to / f"{name}.html").write_text(page(title, shops), "utf-8")
        written[group] = len(shops)
    if as_json:
        typer.echo(json.dumps({"folder": str(to), "lists": written}, ensure_ascii=False))
        return
    for group, count in written.items():
        say(f"{group}: {count}")
    typer.echo(f"{len(written)} lists of {sum(written.values())} shops in {to}")


def shops_of(file: Path, by: str) -> list[Shop]:
    """Raises MappingProblem where the list lacks what every list needs."""
    heads = heads_of(file)
    wanted = {column_name(name) for name in (*NEEDED, by)}
    head = find_head(heads, wanted)
    if head is None:
        there = ", ".join(heads[0].names[:12]) if heads else "none"
        raise MappingProblem(f"{file.name} needs the columns {', '.join(sorted(wanted))}; it has {there}")
    found = []
    for line in rows(file, Format(), head):
        if line.problem is None:
            number = line.cells.get(GIVEN[0], "").strip() or f"{file.stem}-{line.number}"
            found.append(Shop(number, line.cells))
    return found
