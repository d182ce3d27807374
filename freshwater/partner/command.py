"""`freshwater partner …`: the registry, which intake keeps; and whether a partner can speak to the gate."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from freshwater.access.changes import Access
from freshwater.access.command import open_doors
from freshwater.access.rules import partner_user
from freshwater.at_gate import GATE_KEY, GATE_URL, GateAtHand, gate_at_hand
from freshwater.partner.check import Check, Judged
from freshwater.places import CHECKOUT
from freshwater.servers.report import Report, say
from freshwater.topics.changes import apply_topics
from shared.contracts.topics import topics
from shared.librdkafka import security_of
from shared.settings import Settings

app = typer.Typer(help="Who may speak to Freshwater, and by which keys.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The partner's id: small letters, digits and hyphens.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of lines.")]
Role = Literal["publisher", "bank", "authority", "portal", "auditor"]
Several = list[str] | None


@app.command("add", epilog="Example: ./run partner add hotline --role publisher --door")
def add(
    partner: Id,
    role: Annotated[Role, typer.Option(help="What it may say is a table over roles.")],
    name_zh: Annotated[str | None, typer.Option(help="Its name in Chinese.")] = None,
    name_en: Annotated[str | None, typer.Option(help="Its name in English.")] = None,
    institution: Annotated[str | None, typer.Option(help="The bank or authority that it speaks for.")] = None,
    unit: Annotated[Several, typer.Option(help="A unit or authority that it also speaks for; may be repeated.")] = None,
    region: Annotated[Several, typer.Option(help="A region that it is about; may be repeated.")] = None,
    door: Annotated[bool, typer.Option("--door", help="Give it a Kafka door of its own.")] = False,
    webhook: Annotated[str | None, typer.Option(help="Where its notices go, signed.")] = None,
    email: Annotated[str | None, typer.Option(help="Where its notices go by mail.")] = None,
    encryption_key: Annotated[
        Path | None, typer.Option(help="Its public key, a JWK: identity on its door is encrypted to it.", exists=True)
    ] = None,
    simulated: Annotated[bool, typer.Option("--simulated", help="Mark all that it says as simulated.")] = False,
    as_json: Json = False,
) -> None:
    """Register a partner. Its key, the secret of its webhook and its password at Kafka are shown this once.

    Where Kafka knows its users (FRESHWATER_KAFKA_USER), a partner with a door gets one of its own, which may write to
    its one door, read the other, and nothing else.

    Uses FRESHWATER_KAFKA, FRESHWATER_POSTGRES, FRESHWATER_VAULT and FRESHWATER_VAULT_KEY, as intake does.
    """
    said = ["add", partner, "--role", role]
    given = (("name-zh", name_zh), ("name-en", name_en), ("institution", institution))
    key_file = str(encryption_key.absolute()) if encryption_key else None
    for name, value in (*given, ("webhook", webhook), ("email", email), ("encryption-key", key_file)):
        said += [f"--{name}", value] if value else []
    said += [part for name in unit or () for part in ("--unit", name)]
    said += [part for code in region or () for part in ("--region", code)]
    said += [flag for flag, on in (("--door", door), ("--simulated", simulated), ("--json", as_json)) if on]
    more = _make_doors(partner) if door else {}
    _intake(said, more, as_json)


@app.command("import", epilog="Example: ./run partner import partners.jsonl")
def import_(file: Annotated[Path, typer.Argument(help="JSON lines as on the topic of partners.", exists=True)]) -> None:
    """Register or change many; `"key": true` in a line asks for a key, which is printed with it."""
    _intake(["import", str(file.absolute())])


@app.command("list", epilog="Example: ./run partner list --json")
def list_(as_json: Json = False) -> None:
    """All partners: role, institution, keys, ways to them."""
    _intake(["list", *(["--json"] if as_json else [])])


@app.command("rotate-key", epilog="Example: ./run partner rotate-key hotline")
def rotate_key(
    partner: Id, drop_old: Annotated[bool, typer.Option("--drop-old", help="The key before ends at once.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """A new key. The one before stays valid until the next rotation."""
    flags = [flag for flag, on in (("--drop-old", drop_old), ("--json", as_json)) if on]
    _intake(["rotate-key", partner, *flags])


@app.command("disable", epilog="Example: ./run partner disable hotline")
def disable(partner: Id, as_json: Json = False) -> None:
    """Refuse whatever it says from now on, by HTTP and by its door; its user at Kafka has no password any more."""
    _intake(["disable", partner, *(["--json"] if as_json else [])])
    settings = Settings()
    if settings.kafka_user:
        Access(settings.bootstrap, security_of(settings)).forget(partner_user(partner))


@app.command("enable", epilog="Example: ./run partner enable hotline")
def enable(partner: Id, as_json: Json = False) -> None:
    """Take what it says again."""
    _intake(["enable", partner, *(["--json"] if as_json else [])])


@app.command("check", epilog="Example: ./run partner check")
def check(
    url: Annotated[str | None, typer.Option(help="Else FRESHWATER_INTAKE_URL, or the one that runs here.")] = None,
    key: Annotated[str | None, typer.Option(help="Your key; else FRESHWATER_KEY.")] = None,
    as_json: Json = False,
) -> None:
    """Send every example of the contract to a running gate, as you would: pass or fail for each. Exit code 1 on a fail.

    Without a gate, one is started on this machine's data for as long as it takes.
    """
    for name, value in ((GATE_URL, url), (GATE_KEY, key)):
        if value:
            os.environ[name] = value
    report: Report = (lambda _: None) if as_json else say
    judged = asyncio.run(_check(report, as_json))
    failed = sum(not each.ok for each in judged)
    if as_json:
        typer.echo(
            json.dumps({"passed": len(judged) - failed, "failed": failed, "checks": [asdict(j) for j in judged]})
        )
    else:
        typer.echo(f"{len(judged)} checks, {len(judged) - failed} passed, {failed} failed")
    if failed:
        raise typer.Exit(1)


async def _check(report: Report, quiet: bool) -> list[Judged]:
    async with gate_at_hand(report) as gate:
        return await asyncio.to_thread(_judge, gate, quiet)


def _judge(gate: GateAtHand, quiet: bool) -> list[Judged]:
    started = Check(gate.url, gate.key)
    if not quiet:
        typer.echo(f"{started.me['partner']}, {started.me['role']}, at {gate.url}")
    judged = []
    for each in started.run():
        judged.append(each)
        if not quiet:
            typer.echo(f"{'pass' if each.ok else 'FAIL'}  {each.name:<74} {each.said}")
    return judged


def _make_doors(partner: str) -> dict[str, str]:
    """Its pair of topics, before anybody is told of it; returns what it needs to come in where Kafka has users."""
    settings = Settings()
    prefix = settings.topic_prefix
    try:
        if settings.kafka_user:
            password = open_doors(settings, partner)
            return {
                "kafka_user": partner_user(partner),
                "kafka_password": password,
                "kafka_group": partner_user(partner),
            }
        doors = [topic for topic in topics((), (partner,), settings.keyed_partitions, prefix) if ".door." in topic.name]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    apply_topics(settings.bootstrap, doors, prefix=prefix, security=security_of(settings))
    return {}


def _intake(arguments: list[str], more: Mapping[str, str] | None = None, as_json: bool = False) -> None:
    """The registry is intake's: its own command does it, and `more` is shown with what it says. Exit code as there."""
    paths = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-P", "-m", "services.intake", "partner", *arguments],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise typer.Exit(done.returncode)
    if more and as_json:
        typer.echo(json.dumps({**json.loads(done.stdout), **more}, ensure_ascii=False))
        return
    typer.echo(done.stdout, nl=False)
    for name, value in (more or {}).items():
        typer.echo(f"{name}: {value}")
