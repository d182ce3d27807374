"""`freshwater desk rebuild | plan`: the desk's read model anew from the topics; a campaign's plan from a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from freshwater.places import CHECKOUT

app = typer.Typer(help="The desk's read model, and a campaign's plan.", no_args_is_help=True)


@app.command(epilog="Example: ./run desk plan docs/examples/service-month.yaml --login campaign")
def plan(
    file: Annotated[Path, typer.Argument(help="YAML: commitments, activities, visit_lists, reported.", exists=True)],
    login: Annotated[str, typer.Option(help="The account in whose name it is entered.")],
) -> None:
    """Enter a campaign's plan from a file. A line that is there already is not entered again."""
    _run("plan", str(file.absolute()), "--login", login)


@app.command(epilog="Example: ./run desk rebuild")
def rebuild(as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")] = False) -> None:
    """Make the read model again from the topics; the old one serves until the new one is whole.

    Accounts, plans and what officers have sent are the desk's own and stay as they are.
    """
    _run("rebuild", *(["--json"] if as_json else []))


def _run(*arguments: str) -> None:
    ended = subprocess.run([sys.executable, "-P", "-m", "services.desk", *arguments], cwd=CHECKOUT, check=False)
    raise typer.Exit(ended.returncode)
