"""`freshwater import FILE` by itself: through a gate that is named, that runs here, or that is started for it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from freshwater.gate import Gate
from freshwater.here import said_here
from freshwater.importing.command import run_import
from freshwater.places import CHECKOUT, data_folder
from freshwater.servers import servers
from freshwater.servers.report import Report, say
from freshwater.stack import Place, stack
from freshwater.stack.partners import IMPORT
from freshwater.timeline import go_on
from shared.catalogue import load_directory

GATE_URL, GATE_KEY = "FRESHWATER_INTAKE_URL", "FRESHWATER_KEY"


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV, also as .gz.", exists=True, dir_okay=False)],
    mapping: Annotated[
        Path | None, typer.Option(help="What its columns mean; otherwise found in docs/examples by the header.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False,
) -> None:
    """Send the rows of a file through the gate as demands; a row that does not fit is told with all its faults.

    FRESHWATER_INTAKE_URL and FRESHWATER_KEY name a gate and a partner's key; otherwise the demonstration that runs here
    is used, or a gate is started on this machine's data for as long as it takes. Broken off, it goes on where it was.
    """
    report: Report = (lambda _: None) if as_json else say
    result = asyncio.run(_import(file.absolute(), mapping.absolute() if mapping else None, report))
    told = json.dumps(result) if as_json else ", ".join(f"{count} {name}" for name, count in result.items())
    typer.echo(told)


async def _import(file: Path, mapping: Path | None, report: Report) -> dict[str, int]:
    async with _gate(report) as gate:
        try:
            found = await run_import(file, mapping, gate, data_folder() / "imports", report)
        finally:
            await gate.close()
    told = {"rows": found.rows, "taken": found.taken, "refused": found.refused, "unfit": found.unfit}
    return told | ({"answered before": found.skipped} if found.skipped else {})


@asynccontextmanager
async def _gate(report: Report) -> AsyncIterator[Gate]:
    named = {name: os.environ.get(name, "") for name in (GATE_URL, GATE_KEY)}
    if not all(named.values()):
        said = said_here(data_folder())
        named = {name: said.get(name, "") for name in named}
    if all(named.values()):
        yield Gate(named[GATE_URL], named[GATE_KEY])
        return
    folder = data_folder()
    async with servers(folder, report=report) as found:
        place = Place.on(folder, found.own_kafka is not None and found.own_postgres is not None)
        go_on(place.timeline)
        release = load_directory(CHECKOUT / "catalogue")
        async with stack(found, place, release, names=("intake",), report=report) as running:
            yield Gate(running.intake_url, running.entrance.keys[IMPORT])
