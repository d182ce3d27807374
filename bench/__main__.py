"""`python -m bench`: what each measurement is for stands in its `--help`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

app = typer.Typer(help="Measurements. Example: ./run bench loop --repetitions 5", no_args_is_help=True)


@app.callback()
def _bench() -> None:
    """Measurements, each on servers of its own."""


@app.command()
def loop(
    records: Annotated[int, typer.Option(help="events per run")] = 120_000,
    repetitions: Annotated[int, typer.Option(help="how often all variants are run")] = 5,
    old_rows: Annotated[
        int, typer.Option(help="journal rows and states there before; 0 leaves the variant out")
    ] = 2_000_000,
    only: Annotated[list[str] | None, typer.Option(help="subjects to run; `two`, `old` for those variants")] = None,
) -> None:
    """The loop against a bare forward loop and the usual FastStream handler.

    Example: ./run bench loop --records 60000 --repetitions 5
    """
    from bench.loop import measure

    asyncio.run(measure(records, repetitions, old_rows, set(only or ())))


@app.command()
def path(
    demands: Annotated[int, typer.Option(help="demands in a burst")] = 10_000,
    repetitions: Annotated[int, typer.Option(help="bursts on each stack")] = 5,
    per_second: Annotated[int, typer.Option(help="the even stream")] = 50,
    seconds: Annotated[int, typer.Option(help="how long the even stream lasts")] = 30,
) -> None:
    """From a door to matching's first answer, and through all five services.

    Example: ./run bench path --demands 5000
    """
    from bench.path import measure

    asyncio.run(measure(demands, repetitions, per_second, seconds))


@app.command()
def deadlines(
    still_open: Annotated[int, typer.Option("--open", help="deadlines that are not due")] = 1_000_000,
    due: Annotated[int, typer.Option(help="deadlines that come due at once")] = 100_000,
    repetitions: Annotated[int, typer.Option(help="how often so many come due")] = 5,
) -> None:
    """Due deadlines fired a second by one sweeper, with a million others open.

    Example: ./run bench deadlines --due 50000
    """
    from bench.deadlines import measure

    asyncio.run(measure(still_open, due, repetitions))


@app.command()
def matching(
    sizes: Annotated[list[int] | None, typer.Option("--products", help="how many products, several times")] = None,
    check: Annotated[int, typer.Option(help="demands compared with the oracle at 5,000 products")] = 300,
    postgres: Annotated[bool, typer.Option(help="also PostgreSQL, up to 50,000 products")] = True,
) -> None:
    """The best five and the nearest remedies: the engine against a plain loop and PostgreSQL; growth, edits, what-if.

    Example: ./run bench matching --products 5000 --no-postgres
    """
    from bench.matching import run

    asyncio.run(run(sizes or (500, 5_000, 50_000, 500_000), check, with_postgres=postgres))


@app.command()
def notify(
    demands: Annotated[int, typer.Option(help="demands in a burst, of two events and seven recipients")] = 3_000,
    repetitions: Annotated[int, typer.Option(help="how often each is run")] = 5,
    webhooks: Annotated[int, typer.Option(help="webhooks in a run")] = 2_000,
) -> None:
    """From events to rows of deliveries; and webhooks against plain httpx posts of the same bodies.

    Example: ./run bench notify --repetitions 3
    """
    from bench.notify import measure

    asyncio.run(measure(demands, repetitions, webhooks))


@app.command()
def intake(
    single: Annotated[int, typer.Option(help="single requests per run")] = 400,
    batches: Annotated[int, typer.Option(help="batches of 100 per run")] = 15,
    rows: Annotated[int, typer.Option(help="rows of an imported file")] = 3_000,
    repetitions: Annotated[int, typer.Option(help="how often all is run")] = 5,
) -> None:
    """The gate's HTTP against the same routes with nothing behind them; its checks alone; an import.

    Example: ./run bench intake --repetitions 5
    """
    from bench.intake import measure

    asyncio.run(measure(single, batches, rows, repetitions))


@app.command()
def desk(
    demands: Annotated[int, typer.Option(help="demands in the read model")] = 200_000,
    repetitions: Annotated[int, typer.Option(help="how often each page is visited in a round")] = 5,
    visits: Annotated[int, typer.Option(help="visits of a page in each round")] = 40,
) -> None:
    """Pages of the desk over many demands, as a browser asks for them; events projected a second.

    Example: ./run bench desk --demands 20000
    """
    from bench.desk import measure

    asyncio.run(measure(demands, repetitions, visits))


if __name__ == "__main__":
    app()
