"""`freshwater servers`: the local Kafka and PostgreSQL without anything else."""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from freshwater.servers.report import say
from freshwater.servers.running import Servers, servers

app = typer.Typer(help="The local Kafka and PostgreSQL, for developing.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `up` a command of its own; Typer would merge a single one into the group."""


@app.command(epilog="Example: ./run servers up --kafka-port 19092 --postgres-port 15432")
def up(
    data: Annotated[Path | None, typer.Option(help="Where the data lies.", show_default=".freshwater/data")] = None,
    kafka_port: Annotated[int | None, typer.Option(help="A free one unless given.", max=65535)] = None,
    postgres_port: Annotated[int | None, typer.Option(help="A free one unless given.", max=65535)] = None,
    performance: Annotated[bool, typer.Option("--performance", help="More memory, the better compiler.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for programs.")] = False,
) -> None:
    """Start both, print their addresses, and stay until Ctrl-C.

    The lines printed at the end let another terminal use them: its ./run commands start no servers of their own.
    """

    async def stay() -> None:
        task = asyncio.current_task()
        assert task is not None
        # SIGINT too: where a shell started this in the background, Python leaves it ignored.
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        own = servers(data, performance=performance, kafka_port=kafka_port, postgres_port=postgres_port)
        async with own as running:
            typer.echo(_as_json(running) if as_json else _as_lines(running))
            await asyncio.Event().wait()

    with suppress(asyncio.CancelledError):
        asyncio.run(stay())
    say("Stopped. The data is kept.")


def _as_json(running: Servers) -> str:
    return json.dumps({"kafka": running.kafka, "postgres": running.postgres, "environment": running.environment})


def _as_lines(running: Servers) -> str:
    lines = [f"export {name}='{value}'" for name, value in running.environment.items()]
    return "\n".join(["Kafka and PostgreSQL are up. To use them from another terminal:", "", *lines, ""])
