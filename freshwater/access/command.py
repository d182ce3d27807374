"""`freshwater access apply | list | partner | forget`: users and access lists at Kafka."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from freshwater.access.changes import Access, AccessChanges, AccessError
from freshwater.access.rules import ADMIN, OWN_USERS, Grant, grants, partner_user
from freshwater.topics.changes import apply_topics, partners_with_doors
from shared.contracts.topics import topics
from shared.librdkafka import security_of
from shared.settings import Settings

app = typer.Typer(help="Users and access lists at Kafka, from the list of topics.", no_args_is_help=True)

Partner = Annotated[str, typer.Argument(help="The partner's id.")]
Partners = Annotated[list[str] | None, typer.Option("--partner", help="A partner with a Kafka door; may be repeated.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]
Passwords = Annotated[
    Path | None, typer.Option(help="A folder with a file kafka-<user> for each of our users; sets their passwords.")
]


@app.command("apply", epilog="Example: ./run access apply --dry-run")
def apply(
    partner: Partners = None,
    passwords: Passwords = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Grant what is missing, and take away what our users may do beyond the list.

    The partners are those whose doors stand on Kafka already, and those named here. Users that are not ours are left
    alone. Exit code 1 where it cannot be done.
    """
    settings = Settings()
    security, prefix = security_of(settings), settings.topic_prefix
    named = sorted({*(partner or ()), *partners_with_doors(settings.bootstrap, prefix, security)} - {"gate"})
    wanted = _granted(settings, named)
    changes = Access(settings.bootstrap, security).apply(wanted, read_passwords(passwords), dry_run=dry_run)
    typer.echo(json.dumps(_as_data(changes)) if as_json else _as_text(changes, len(wanted), dry_run))


@app.command("list", epilog="Example: ./run access list --partner hotline")
def list_(partner: Partners = None, as_json: Json = False) -> None:
    """The list itself, without asking Kafka: who may do what."""
    found = sorted(_granted(Settings(), partner or []))
    typer.echo(json.dumps([each._asdict() for each in found]) if as_json else "\n".join(map(_line, found)))


@app.command("partner", epilog="Example: ./run access partner hotline")
def partner_(partner: Partner, as_json: Json = False) -> None:
    """Give a partner its pair of doors and a user of its own. Its password is shown this once; again: a new one."""
    settings = Settings()
    password = open_doors(settings, partner)
    user = partner_user(partner)
    if as_json:
        typer.echo(json.dumps({"partner": partner, "kafka_user": user, "kafka_password": password, "group": user}))
        return
    typer.echo(f"user {user}   password {password}   group {user}")
    typer.echo("This is shown only now: keep it in a safe place.", err=True)


@app.command("forget", epilog="Example: ./run access forget hotline")
def forget(partner: Partner) -> None:
    """A partner's password opens nothing any more. Its doors and what stands in them stay."""
    settings = Settings()
    Access(settings.bootstrap, security_of(settings)).forget(partner_user(partner))
    typer.echo(f"{partner_user(partner)} has no password any more")


def open_doors(settings: Settings, partner: str) -> str:
    """The pair of topics, the user and the access lists of a partner; returns the new password."""
    security, prefix = security_of(settings), settings.topic_prefix
    named = sorted({partner, *partners_with_doors(settings.bootstrap, prefix, security)} - {"gate"})
    wanted = _granted(settings, named)
    doors = [each for each in topics((), (partner,), settings.keyed_partitions, prefix) if ".door." in each.name]
    apply_topics(settings.bootstrap, doors, prefix=prefix, security=security)
    password = secrets.token_urlsafe(32)
    Access(settings.bootstrap, security).apply(wanted, {partner_user(partner): password})
    return password


def read_passwords(folder: Path | None) -> dict[str, str]:
    """The passwords of our users, and of the administrator. Raises AccessError with all that is missing."""
    if folder is None:
        return {}
    files = {user: folder / f"kafka-{user}" for user in (ADMIN, *OWN_USERS)}
    missing = [file.name for file in files.values() if not file.is_file()]
    if missing:
        raise AccessError(f"{folder} has no {', '.join(missing)}: `freshwater secrets init` makes them")
    return {user: file.read_text("ascii").strip() for user, file in files.items()}


def _granted(settings: Settings, partners: list[str]) -> frozenset[Grant]:
    try:
        return grants(partners, settings.topic_prefix, settings.keyed_partitions)
    except ValueError as error:
        raise AccessError(str(error)) from error


def _as_data(changes: AccessChanges) -> dict[str, Any]:
    return {
        "users": list(changes.users),
        "granted": [each._asdict() for each in changes.granted],
        "revoked": [each._asdict() for each in changes.revoked],
    }


def _as_text(changes: AccessChanges, count: int, dry_run: bool) -> str:
    lines = [f"granted  {_line(each)}" for each in changes.granted]
    lines += [f"revoked  {_line(each)}" for each in changes.revoked]
    if changes.users:
        lines.append(f"passwords of {', '.join(changes.users)}")
    done = "would change" if dry_run else "changed"
    return "\n".join([*lines, f"{count} grants, {done} {len(changes.granted) + len(changes.revoked)}"])


def _line(grant: Grant) -> str:
    return f"{grant.user:<24} {grant.operation:<9} {grant.resource} {grant.name}"
