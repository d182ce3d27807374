"""`freshwater databases apply`: databases, roles, rights and schemas on a PostgreSQL server of a deployment."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from freshwater.stack.databases import FINDS, OPENS, make_databases, role_of, service_dsn
from freshwater.stack.place import Place, StackError, at_database
from freshwater.stack.setting_up import command
from shared.contracts.topics import SERVICES
from shared.settings import with_password

app = typer.Typer(help="The databases of a deployment: one role a service, the vault apart.", no_args_is_help=True)
BOOKS = "books"
SECRETS = Path("/run/secrets")


@app.callback()
def _group() -> None:
    """So that `apply` stays a word of its own."""


@app.command("apply", epilog="Example: ./run databases apply --secrets /run/secrets")
def apply(
    secrets: Annotated[Path, typer.Option(help="The folder with postgres-superuser and postgres-<role>.")] = SECRETS,
    post: Annotated[
        bool, typer.Option("--post", help="Also what the release before cannot live with: no process of it may run.")
    ] = False,
) -> None:
    """Make what is missing, set the roles' passwords, bring every schema up to date. Bears repeating.

    FRESHWATER_SUPERUSER is the administrator's DSN without the password.
    """
    dsn = os.environ.get("FRESHWATER_SUPERUSER", "postgres://postgres@127.0.0.1:5432/postgres")
    missing = [name for name in _files() if not (secrets / name).is_file()]
    if missing:
        raise StackError(f"{secrets} has no {', '.join(missing)}: `freshwater secrets init` makes them")
    server = with_password(dsn, (secrets / "postgres-superuser").read_text("ascii").strip())
    asyncio.run(_apply(server, Place(secrets.parent), secrets, post))


def _files() -> list[str]:
    return ["postgres-superuser", *(f"postgres-{role}" for role in (*SERVICES, BOOKS))]


async def _apply(server: str, place: Place, secrets: Path, post: bool) -> None:
    await make_databases(server, place)
    await _books(server, place, (secrets / f"postgres-{BOOKS}").read_text("ascii").strip())
    for service in SERVICES:
        printed = await command(
            service, ["migrate", *(["--post"] if post else [])], _environment(server, place, service)
        )
        typer.echo(f"{service}: {printed.strip().replace(chr(10), ', ') or 'up to date'}")


def _environment(server: str, place: Place, service: str) -> dict[str, str]:
    found = {"FRESHWATER_POSTGRES": service_dsn(server, place, service)}
    if service in (FINDS, OPENS):
        found["FRESHWATER_VAULT"] = service_dsn(server, place, service, place.vault)
    return found


async def _books(server: str, place: Place, password: str) -> None:
    """The books read every service's schema, also tables that a service makes later (a week of the journal)."""
    role = role_of(place, BOOKS)
    connection = await asyncpg.connect(at_database(server, place.database))
    try:
        known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
        await connection.execute(f"{'ALTER' if known else 'CREATE'} ROLE \"{role}\" LOGIN PASSWORD '{password}'")
        await connection.execute(f'GRANT CONNECT ON DATABASE "{place.database}" TO "{role}"')
        for service in SERVICES:
            owner = role_of(place, service)
            for kind, right in (("SCHEMAS", "USAGE"), ("TABLES", "SELECT")):
                await connection.execute(
                    f'ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" GRANT {right} ON {kind} TO "{role}"'
                )
    finally:
        await connection.close()
