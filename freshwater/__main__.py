"""`freshwater COMMAND`: finds the command in the table below and runs it."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module

import typer

from shared.errors import FreshwaterError


@dataclass(frozen=True, slots=True)
class Command:
    """One line of `--help`.

    `place` is `module:name` of a typer.Typer, whose commands each bring their example as `epilog`, or of a function,
    which is one command and has its `example` here. `needs_servers`: which of its commands work on Kafka or PostgreSQL,
    "*" for all; they find or start them (`freshwater.here`).
    """

    name: str
    place: str
    summary: str
    example: str = ""
    needs_servers: tuple[str, ...] = ()


COMMANDS = (
    Command(
        "demo",
        "freshwater.demo.command:demo",
        "Everything on this machine, with simulated partners.",
        "./run demo --demands 2000 --until-settled",
    ),
    Command(
        "import",
        "freshwater.importing.alone:import_file",
        "Send the rows of a CSV or XLSX through the gate.",
        "./run import demands.csv --mapping docs/examples/ppp.yaml",
    ),
    Command(
        "simulate",
        "freshwater.simulate.command:simulate",
        "Play the simulated partners at their doors.",
        "./run simulate --demands 100",
        needs_servers=("*",),
    ),
    Command("servers", "freshwater.servers.command:app", "The local Kafka and PostgreSQL, for developing."),
    Command(
        "topics",
        "freshwater.topics.command:app",
        "Make the topics on Kafka as listed, or list them.",
        needs_servers=("apply",),
    ),
    Command(
        "catalogue",
        "freshwater.catalogue.command:app",
        "Check, publish, compare and show the catalogue.",
        needs_servers=("publish", "diff"),
    ),
    Command(
        "what-if",
        "freshwater.asking:what_if",
        "The recorded demands under an edited catalogue; nothing is published.",
        "./run what-if --edit docs/examples/half-year-rule.yaml",
        needs_servers=("*",),
    ),
    Command(
        "explain",
        "freshwater.asking:explain",
        "Why a demand stands where it stands, computed again.",
        "./run explain 0f9c3d4e-1b2a-8c5d-9e7f-0a1b2c3d4e5f --bank beichen",
        needs_servers=("*",),
    ),
    Command(
        "partner",
        "freshwater.partner.command:app",
        "Register partners, give them keys, disable them; check that one can speak.",
        needs_servers=("add", "import", "list", "rotate-key", "disable", "enable"),
    ),
    Command(
        "books",
        "freshwater.books.command:books",
        "Compare what every service counts with the others and with Kafka.",
        "./run books --json",
        needs_servers=("*",),
    ),
    Command(
        "desk",
        "freshwater.desk:app",
        "Make the desk's read model again from the topics; enter a campaign's plan.",
        needs_servers=("*",),
    ),
    Command(
        "dead-letters",
        "freshwater.letters.command:app",
        "Look at dead letters, retry or discard them.",
        needs_servers=("*",),
    ),
    Command(
        "watch",
        "freshwater.watching.watch:watch",
        "What no service sees of itself, as metrics.",
        "./run watch --volume kafka=/var/lib/kafka",
        needs_servers=("*",),
    ),
    Command(
        "chat-relay",
        "freshwater.watching.chat_relay:chat_relay",
        "Say Alertmanager's alerts in a work chat.",
        "./run chat-relay --secrets deploy/secrets",
    ),
    Command(
        "dashboards",
        "freshwater.watching.dashboards:dashboards",
        "Write Grafana's dashboards.",
        "./run dashboards --output deploy/grafana/dashboards",
    ),
    Command("metrics", "freshwater.watching.metrics_table:metrics", "The list of metrics.", "./run metrics --json"),
    Command("secrets", "freshwater.deployment.secret_files:app", "Draw the secrets of a deployment, each into a file."),
    Command(
        "access",
        "freshwater.access.command:app",
        "Users and access lists at Kafka.",
        needs_servers=("apply", "partner", "forget"),
    ),
    Command("databases", "freshwater.deployment.databases:app", "Databases, roles and schemas of a deployment."),
    Command(
        "deliveries",
        "freshwater.deliveries:app",
        "Look at who was told what, send again, say how a call ended.",
        needs_servers=("*",),
    ),
    Command(
        "ledger",
        "freshwater.ledger:app",
        "Verify that what happened is still what was written down.",
        needs_servers=("*",),
    ),
    Command(
        "household",
        "freshwater.household:app",
        "Erase a household for good, and again after a restore.",
        needs_servers=("*",),
    ),
    Command("vault", "freshwater.household:vault", "Rotate the vault's master key.", needs_servers=("*",)),
    Command(
        "scan-personal-data",
        "freshwater.scanning.command:scan",
        "Look for personal data in clear, everywhere.",
        "./run scan-personal-data --plant",
        needs_servers=("*",),
    ),
    Command("visits", "freshwater.visits.command:app", "Lists for visits, to fill in and to print."),
    Command("contracts", "freshwater.contracts:app", "Write the JSON Schemas and the AsyncAPI document."),
)


def build(asked: str | None) -> typer.Typer:
    """The application with the real command that was asked for; of the others only their line in `--help`.

    So `--help` imports none of them, and a command only what it needs itself.
    """
    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
    app.callback(epilog="Example: ./run servers up --help")(_group)
    for command in COMMANDS:
        if command.name != asked:
            app.command(command.name, help=command.summary)(_listed)
            continue
        module, _, name = command.place.partition(":")
        target = getattr(import_module(module), name)
        if isinstance(target, typer.Typer):
            app.add_typer(target, name=command.name)
        else:
            app.command(command.name, epilog=f"Example: {command.example}")(target)
    return app


def _group() -> None:
    """Freshwater (金融活水): small household businesses meet banks, and what stands in the way is removed."""


def _listed() -> None:
    raise AssertionError("only the command that was asked for is ever run")


def needs_servers(words: list[str]) -> bool:
    """Whether this command line works on Kafka or PostgreSQL; asking for help never does."""
    if "--help" in words or not words:
        return False
    found = {command.name: command.needs_servers for command in COMMANDS}.get(words[0], ())
    return "*" in found or (len(words) > 1 and words[1] in found)


def _ground(words: list[str]) -> AbstractContextManager[None]:
    if not needs_servers(words):
        return nullcontext()
    from freshwater.here import at_hand

    return at_hand()


def main() -> None:
    words = sys.argv[1:]
    asked = next((argument for argument in words if not argument.startswith("-")), None)
    try:
        with _ground(words):
            build(asked)(prog_name="freshwater")
    except FreshwaterError as error:
        sys.stderr.write(f"freshwater: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
