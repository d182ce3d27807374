"""`freshwater books`: once, or again and again."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Annotated

import typer

from freshwater.books.installed import books_of, own_database
from freshwater.books.metrics import Gauges
from freshwater.books.reckoning import Books
from freshwater.books.table import show
from freshwater.places import data_folder
from shared.errors import FreshwaterError
from shared.settings import Settings


def books(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything, not only what is new.")] = False,
    watch: Annotated[float | None, typer.Option(help="Look again after so many seconds, until Ctrl-C.", min=1)] = None,
    metrics_port: Annotated[int | None, typer.Option(help="With --watch: serve Prometheus metrics there.")] = None,
) -> None:
    """Compare what every service counts with the others and with Kafka. Exit code 1 where it does not balance.

    FRESHWATER_MATCHING_POSTGRES and the like name the databases of services that have different ones.
    """
    if metrics_port is not None and watch is None:
        raise FreshwaterError("--metrics-port needs --watch SECONDS: what is served once is gone before it is read")
    found = books_of(Settings(), own_database, data_folder())
    if watch is not None:
        with suppress(KeyboardInterrupt):
            _watch(found, watch, Gauges(metrics_port), as_json)
        return
    report = found.balance(full=full)
    show(report, as_json)
    if not report.balanced:
        raise typer.Exit(1)


def _watch(found: Books, seconds: float, gauges: Gauges, as_json: bool) -> None:
    """For ever. Where it can not be looked, that is said, and the metrics grow old."""
    while True:
        try:
            report = found.balance()
            gauges.set(report)
            show(report, as_json)
        except FreshwaterError as error:
            gauges.failed()
            typer.echo(f"freshwater: {error}", err=True)
        time.sleep(seconds)
