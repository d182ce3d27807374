"""`freshwater books`: once, or again and again."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from freshwater.books.checkpoint import Shelf
from freshwater.books.kafka import Installation
from freshwater.books.metrics import Gauges
from freshwater.books.reckoning import Books
from freshwater.books.services import Environment, own_database
from freshwater.books.table import show
from freshwater.places import data_folder
from shared.errors import FreshwaterError
from shared.settings import Settings


def books(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything, not only what is new.")] = False,
    watch: Annotated[float | None, typer.Option(help="Look again after so many seconds, for ever.")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="With --watch: serve Prometheus metrics there.")] = None,
) -> None:
    """Compare what every service counts with the others and with Kafka. Exit code 1 where it does not balance."""
    if metrics_port is not None and watch is None:
        raise FreshwaterError("--metrics-port needs --watch SECONDS: metrics of one moment would be gone at once")
    found = books_of(Settings(), own_database)
    if watch is not None:
        _watch(found, watch, metrics_port, as_json)
    report = found.balance(full=full)
    show(report, as_json)
    if not report.balanced:
        raise typer.Exit(1)


def books_of(settings: Settings, environment: Environment) -> Books:
    """The books of one installation; what they keep lies in the data folder."""
    installation = Installation(settings, environment)
    return Books(installation, Shelf(data_folder() / "books", installation.cluster(), settings.topic_prefix))


def _watch(found: Books, seconds: float, port: int | None, as_json: bool) -> None:
    """Until interrupted. Where it can not be looked, that is said, and the metrics grow old."""
    gauges = Gauges(port)
    while True:
        try:
            report = found.balance()
            gauges.set(report)
            show(report, as_json)
        except FreshwaterError as error:
            gauges.failed()
            typer.echo(f"freshwater: {error}", err=True)
        time.sleep(seconds)
