"""`freshwater deliveries list | summary | retry | called`: who was told what, and what is still to be said."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from typing import Annotated, Literal

import typer

from freshwater.gate import Gate
from freshwater.places import CHECKOUT
from shared.contracts.door import ReceiptCame
from shared.errors import FreshwaterError

app = typer.Typer(help="Deliveries: who was told what over which channel, and how it ended.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")]
State = Literal["pending", "sent", "failed", "held"]
Way = Literal["webhook", "email", "sms", "wechat", "door", "feed", "call_list", "digest", "desk"]
Outcome = Literal["reached", "not_reached", "wrong_number", "refused"]


@app.command("list", epilog="Example: ./run deliveries list --state held --channel call_list")
def list_(
    state: Annotated[State | None, typer.Option(help="Only these: failed is given up, held waits for a word.")] = None,
    channel: Annotated[Way | None, typer.Option(help="Only what goes this way.")] = None,
    recipient: Annotated[str | None, typer.Option(help="A partner, unit, authority or household by its id.")] = None,
    demand: Annotated[str | None, typer.Option(help="Only what was told of this demand.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """The newest deliveries that fit. What was said is not shown: it may be personal."""
    given = (("state", state), ("channel", channel), ("recipient", recipient), ("demand", demand))
    chosen = [part for name, value in given if value for part in (f"--{name}", value)]
    _notify(["list", *chosen, "--limit", str(limit), *_json(as_json)])


@app.command("summary", epilog="Example: ./run deliveries summary --json")
def summary(as_json: Json = False) -> None:
    """By recipient and channel: sent, retried, held, given up, waiting."""
    _notify(["summary", *_json(as_json)])


@app.command("retry", epilog="Example: ./run deliveries retry 01a20b1c-22b8-89f3-b08d-8f6a8c7f503f")
def retry(ids: Annotated[list[str], typer.Argument(metavar="ID...")], as_json: Json = False) -> None:
    """Have what was given up, or is held and known not to have come, sent again. Exit code 1 where one can not be."""
    _notify(["retry", *ids, *_json(as_json)])


@app.command("called", epilog="Example: ./run deliveries called 01a20b1c-22b8-89f3-b08d-8f6a8c7f503f --outcome reached")
def called(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The delivery on the call list.")],
    outcome: Annotated[Outcome, typer.Option(help="How the call ended; not reached is called again, three times.")],
    reason: Annotated[str | None, typer.Option(help="What there is to say of it; nothing personal.")] = None,
) -> None:
    """Say how a telephone call from the call list ended. It goes through the gate, as FRESHWATER_KEY's partner."""
    url, key = os.environ.get("FRESHWATER_INTAKE_URL"), os.environ.get("FRESHWATER_KEY")
    if not url or not key:
        raise FreshwaterError(
            "the outcome goes through the gate: set FRESHWATER_INTAKE_URL and the FRESHWATER_KEY of a partner, "
            "or run a demonstration on this machine"
        )
    data = {"number": identifier, "channel": "call_list", "outcome": outcome, **({"reason": reason} if reason else {})}
    event = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "/freshwater/deliveries",
        "type": ReceiptCame.TYPE,
        "data": data,
    }
    asyncio.run(_say(url, key, event))
    typer.echo(f"{identifier}: {outcome}")


async def _say(url: str, key: str, event: Mapping[str, object]) -> None:
    gate = Gate(url, key)
    try:
        (answer,) = await gate.send([event])
    finally:
        await gate.close()
    if not answer.taken:
        raise FreshwaterError("; ".join(answer.problems) or f"the gate answered {answer.status}")


def _json(as_json: bool) -> list[str]:
    return ["--json"] if as_json else []


def _notify(arguments: list[str]) -> None:
    """Deliveries are notify's: its own command looks at them. Exit code as there."""
    paths = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    own = os.environ.get("FRESHWATER_NOTIFY_POSTGRES")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.notify", "deliveries", *arguments],
        env={**os.environ, "PYTHONPATH": paths, **({"FRESHWATER_POSTGRES": own} if own else {})},
        check=False,
    )
    if done.returncode:
        raise typer.Exit(done.returncode)
