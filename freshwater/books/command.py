"""`freshwater books`: once, or again and again."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

import typer

from freshwater.books.installed import books_here
from freshwater.books.metrics import Gauges
from freshwater.books.reckoning import Books
from freshwater.books.table import show
from freshwater.places import data_folder
from shared.errors import FreshwaterError


def books(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything, not only what is new.")] = False,
    watch: Annotated[float | None, typer.Option(help="Look again after so many seconds, until Ctrl-C.", min=1)] = None,
    metrics_port: Annotated[int | None, typer.Option(help="With --watch: serve Prometheus metrics there.")] = None,
) -> None:
    """Compare what every service counts with the others and with Kafka. Exit code 1 where it does not balance.

    Without FRESHWATER_KAFKA and FRESHWATER_POSTGRES: of the data on this machine. FRESHWATER_MATCHING_POSTGRES and
    the like name the databases of services that have different ones.
    """
    if metrics_port is not None and watch is None:
        raise FreshwaterError("--metrics-port needs --watch SECONDS: what is served once is gone before it is read")
    with suppress(KeyboardInterrupt):
        balanced = asyncio.run(_look(full, as_json, watch, metrics_port))
        if not balanced:
            raise typer.Exit(1)


async def _look(full: bool, as_json: bool, watch: float | None, port: int | None) -> bool:
    async with books_here(data_folder()) as found:
        if watch is not None:
            await _watch(found, watch, Gauges(port), as_json)
        report = await asyncio.to_thread(found.balance, full=full)
        show(report, as_json)
        return report.balanced


async def _watch(found: Books, seconds: float, gauges: Gauges, as_json: bool) -> None:
    """For ever. Where it can not be looked, that is said, and the metrics grow old."""
    while True:
        try:
            report = await asyncio.to_thread(found.balance)
            gauges.set(report)
            show(report, as_json)
        except FreshwaterError as error:
            gauges.failed()
            typer.echo(f"freshwater: {error}", err=True)
        await asyncio.sleep(seconds)
