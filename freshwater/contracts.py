"""`freshwater contracts generate | release`: the documents of the wire, and the state that nobody may break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from shared.contracts import documents
from shared.contracts.asyncapi import document
from shared.contracts.compatibility import breaking_changes
from shared.contracts.documents import Bundle, bundle, schema_files, text_of
from shared.contracts.samples import example_files
from shared.errors import FreshwaterError

app = typer.Typer(help="The wire: JSON Schemas, examples, AsyncAPI.", no_args_is_help=True)

FOLDER = Path(documents.__file__).parent
RELEASED = FOLDER / "released.json"
_FOLDERS = ("schemas", "examples")


class Breaks(FreshwaterError):
    """What others rely on would break; the message lists all of it."""


def generated() -> dict[str, str]:
    """Every generated file by its path below `shared/contracts/`."""
    made = {**schema_files(), **example_files(), "asyncapi.json": document()}
    return {path: text_of(each) for path, each in made.items()}


def committed() -> dict[str, str]:
    """The same files as they lie there, and any other in their folders."""
    found = [path for folder in _FOLDERS for path in (FOLDER / folder).rglob("*.json")]
    found += [path for path in (FOLDER / "asyncapi.json",) if path.exists()]
    return {path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in found}


def released() -> Bundle:
    """The schemas of the last release: what partners and running services rely on."""
    read: Bundle = json.loads(RELEASED.read_text("utf-8"))
    return read


@app.command("generate", epilog="Example: ./run contracts generate")
def generate() -> None:
    """Write what the models say; take away the files of types that are gone."""
    before, after = committed(), generated()
    written = [path for path, text in after.items() if before.get(path) != text]
    removed = [path for path in before if path not in after]
    for path in written:
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(after[path], "utf-8")
    for path in removed:
        (FOLDER / path).unlink()
        if not any((FOLDER / path).parent.iterdir()):
            (FOLDER / path).parent.rmdir()
    typer.echo(f"{len(after)} files: {len(written)} written, {len(removed)} removed")


@app.command("release", epilog="Example: ./run contracts release")
def release(
    breaking: Annotated[bool, typer.Option("--breaking", help="Release even what breaks others.")] = False,
) -> None:
    """Make the present schemas the state that later ones are compared with."""
    after = bundle()
    changes = breaking_changes(released(), after) if RELEASED.exists() else []
    if changes and not breaking:
        raise Breaks(explained(changes))
    RELEASED.write_text(text_of(after), "utf-8")
    typer.echo(f"released {len(after['events'])} types and {len(after['entities'])} entities, {len(changes)} breaks")


def explained(changes: list[str]) -> str:
    """All breaks, and what to do about them."""
    listed = "\n  ".join(changes)
    return (
        f"this breaks who relies on the released schemas:\n  {listed}\n"
        "Give what must change a new type (….v2) and publish both for a while; make a new field optional. Where nobody "
        "can rely on it yet: freshwater contracts release --breaking"
    )
