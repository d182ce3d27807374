"""`freshwater household erase | replay` and `freshwater vault status | rewrap`: intake's own commands do it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from freshwater.places import CHECKOUT

app = typer.Typer(help="Erase a household for good, and again after a restore.", no_args_is_help=True)
vault = typer.Typer(help="The keys of the vault: under which master key they lie.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of a line.")]


@app.command(epilog="Example: ./run household erase --demand 506d06ed-5fbe-8b7a-8345-13269a3405af")
def erase(
    household: Annotated[str | None, typer.Option(help="Its id.")] = None,
    demand: Annotated[str | None, typer.Option(help="A demand of it.")] = None,
    identity: Annotated[
        bool, typer.Option("--identity", help="By a line on standard input: phone 139…, or credit_code 92….")
    ] = False,
    as_json: Json = False,
) -> None:
    """Forget who a household is: its key and every way to it go, and all services hear of it.

    What stands sealed in topics and backups can never be opened again. An identity is read from standard input, so that
    it stands in no list of processes. A household that no longer has a key is erased already.
    """
    given = (("--household", household), ("--demand", demand))
    said = [part for name, value in given if value for part in (name, value)]
    _intake("household", ["erase", *said, *(["--identity"] if identity else [])], as_json)


@app.command(epilog="Example: ./run household replay")
def replay() -> None:
    """After the vault was restored from a backup: erase again everybody who was erased since."""
    _intake("erasures", [], as_json=False)


@vault.command(epilog="Example: ./run vault status")
def status(as_json: Json = False) -> None:
    """How many keys there are, and how many of them lie under an older master key."""
    _intake("household", ["status"], as_json)


@vault.command("rewrap", epilog="Example: ./run vault rewrap")
def rewrap_(as_json: Json = False) -> None:
    """Wrap every key by the first master key of FRESHWATER_VAULT_KEY; then the older ones may go.

    Rotation: put the new key before the old one (new,old) for intake and notify, restart them, run this, see in `vault
    status` that none is left, take the old key away.
    """
    _intake("household", ["rewrap"], as_json)


def _intake(command: str, arguments: list[str], as_json: bool) -> None:
    """Exit code as there."""
    paths = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.intake", command, *arguments, *(["--json"] if as_json else [])],
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
    )
    if done.returncode:
        raise typer.Exit(done.returncode)
