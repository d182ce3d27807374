"""`freshwater ledger verify | roots`: whether what happened is still what the desk wrote down."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer

from freshwater.places import CHECKOUT

app = typer.Typer(help="The ledger: a chain of hashes over what happened.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.command("verify", epilog="Example: ./run ledger verify --root 5f0c…")
def verify(
    root: Annotated[str | None, typer.Option(help="A root that was printed or published: it must be there.")] = None,
    as_json: Json = False,
) -> None:
    """Compute every link and root again, and compare the timeline. Exit code 1 where a row was changed, removed or
    inserted."""
    _desk(["verify", *(["--root", root] if root else [])], as_json)


@app.command("roots", epilog="Example: ./run ledger roots >> /mnt/elsewhere/roots.txt")
def roots(as_json: Json = False) -> None:
    """All roots. Who keeps one elsewhere can prove later that nothing before it was written anew."""
    _desk(["roots"], as_json)


def _desk(arguments: list[str], as_json: bool) -> None:
    """The ledger is the desk's: its own command reads it. Exit code as there."""
    paths = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    own = os.environ.get("FRESHWATER_DESK_POSTGRES")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.desk", "ledger", *arguments, *(["--json"] if as_json else [])],
        env={**os.environ, "PYTHONPATH": paths, **({"FRESHWATER_POSTGRES": own} if own else {})},
        check=False,
    )
    if done.returncode:
        raise typer.Exit(done.returncode)
