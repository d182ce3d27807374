"""`freshwater secrets init | list`: what a deployment keeps in files, drawn here; there is no default password."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from freshwater.access.rules import OWN_USERS
from freshwater.places import CHECKOUT
from shared.contracts.topics import SERVICES

app = typer.Typer(help="The secrets of a deployment: one file each, drawn here.", no_args_is_help=True)

FOLDER = CHECKOUT / "deploy" / "secrets"
Folder = Annotated[Path, typer.Option(help="The folder that holds them.", show_default="deploy/secrets")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]


def _text() -> str:
    """256 bits, in characters that need no quoting in a DSN or a shell."""
    return secrets.token_urlsafe(32)


def _key() -> str:
    """256 bits as the vault takes them."""
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def _api_key() -> str:
    return f"fw_{secrets.token_urlsafe(32)}"


@dataclass(frozen=True, slots=True)
class Secret:
    """One file: its name, what it opens, and how it is drawn."""

    name: str
    opens: str
    draw: Callable[[], str] = _text


ALL = (
    Secret("kafka-admin", "Kafka as its administrator: topics, users, access lists"),
    *(Secret(f"kafka-{user}", f"Kafka as the user {user}") for user in OWN_USERS),
    Secret("postgres-superuser", "PostgreSQL as its administrator: databases and roles"),
    *(Secret(f"postgres-{service}", f"PostgreSQL as {service}: its own schema") for service in SERVICES),
    Secret("postgres-books", "PostgreSQL as the books: every schema, to read; never the vault"),
    Secret("vault-key", "wraps the keys of all households: without it sealed data is lost", _key),
    Secret("actor-secret", "signs who an officer is, and links to an identity"),
    Secret("desk-session", "signs the cookies of the desk"),
    Secret("desk-key", "the desk's own key at the gate", _api_key),
    Secret("grafana-admin", "Grafana as admin"),
    Secret("kafka-broker", "Kafka's nodes to one another, where there are several"),
    Secret("smtp-password", "the mail server: write the password in; empty where it asks for none", str),
    Secret("chat-technical", "the work chat's robot for technical alerts: write its address in; empty: nobody", str),
    Secret("chat-business", "the work chat's robot for business alerts: the same", str),
)
"""Every secret of deploy/docker-compose.yml."""


@app.command("init", epilog="Example: ./run secrets init")
def init(folder: Folder = FOLDER, as_json: Json = False) -> None:
    """Draw what is missing; what is there stays as it is.

    The folder is its owner's alone (mode 0700). The files in it can be read by all: each is mounted into the few
    containers that need it, whose users are not the owner of the folder.
    """
    made = make_missing(folder)
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "made": made, "kept": len(ALL) - len(made)}))
        return
    typer.echo(f"{len(made)} made, {len(ALL) - len(made)} kept in {folder}")
    if "vault-key" in made:
        typer.echo("Keep a copy of vault-key apart from all backups: without it they cannot be read, with it they can.")


@app.command("list", epilog="Example: ./run secrets list")
def list_(folder: Folder = FOLDER, as_json: Json = False) -> None:
    """Every secret by name: what it opens, and whether it is there. Never what it is."""
    rows = [{"name": each.name, "opens": each.opens, "there": (folder / each.name).is_file()} for each in ALL]
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "secrets": rows}))
        return
    for row in rows:
        typer.echo(f"{row['name']:<20} {'there' if row['there'] else 'missing':<8} {row['opens']}")


def make_missing(folder: Path) -> list[str]:
    """Draw the secrets that have no file yet; returns their names."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return [each.name for each in ALL if _made(folder / each.name, each.draw)]


def _made(file: Path, draw: Callable[[], str]) -> bool:
    """Whole or not at all: a file that was broken off would be taken for the secret."""
    if file.exists():
        return False
    new = file.with_name(file.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as stream:
        stream.write(draw())
    new.chmod(0o444)
    new.replace(file)
    return True
