"""`freshwater import FILE` by itself: through a gate that is named, that runs here, or that is started for it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from freshwater.at_gate import gate_at_hand
from freshwater.gate import Gate
from freshwater.importing.command import run_import, run_tally
from freshwater.importing.tally import Tally
from freshwater.places import data_folder
from freshwater.servers.report import Report, say
from freshwater.stack.setting_up import command


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV, also as .gz, or an .xlsx.", exists=True, dir_okay=False)],
    mapping: Annotated[
        Path | None, typer.Option(help="What its columns mean; otherwise found in docs/examples by the header.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Send the rows of a file through the gate as demands or visits; a row that does not fit is told with all its
    faults.

    FRESHWATER_INTAKE_URL and FRESHWATER_KEY name a gate and a partner's key; otherwise the demonstration that runs here
    is used, or a gate is started on this machine's data for as long as it takes. Broken off, it goes on where it was;
    what was sent before is recognised by its number. Rows = accepted + rejected + merged + repeated; which of the
    accepted ones were merged with a household's other demand is told only to who has the gate's own database.
    """
    report: Report = (lambda _: None) if as_json else say
    tally = asyncio.run(_import(file.absolute(), mapping.absolute() if mapping else None, report))
    counts = tally.counts()
    typer.echo(json.dumps(counts) if as_json else ", ".join(f"{count:,} {name}" for name, count in counts.items()))


async def _import(file: Path, mapping: Path | None, report: Report) -> Tally:
    async with gate_at_hand(report) as found:
        gate, operator = Gate(found.url, found.key), found.operator
        try:
            imported = await run_import(file, mapping, gate, data_folder() / "imports", report)
            tally = await run_tally(imported, gate, report)
        finally:
            await gate.close()
        if operator is not None and tally.new:
            typed = "\n".join(map(str, tally.new))
            tally.with_merged(int(await command("intake", ["merged"], operator, typed)))
    return tally
