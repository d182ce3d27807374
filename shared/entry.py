"""`python -m services.<name>`: run it, migrate its schema, or print its accounts. The same for all five."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from shared.accounts import accounts, standing, subjects
from shared.database import OWN_MIGRATIONS, Connection, connect, migrate
from shared.ledger import Ask, ledger, summarize
from shared.settings import Settings

BOOKS_SECONDS = 600.0
_decode = msgspec.json.Decoder(Ask).decode


@dataclass(frozen=True, slots=True)
class Entry:
    """What the command line of a service needs.

    `clocked`: the kinds of states that need an owner and a deadline, with the labels that are exempt. `more`: the
    service's own counts for the books, `listed` its lists, which only the books ask for. `commands`: further ones by
    name, each a coroutine of the arguments after it.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    settings: Settings
    migrations: Path
    clocked: dict[str, list[str]] = field(default_factory=dict)
    more: Callable[[Connection], Awaitable[dict[str, Any]]] | None = None
    listed: Callable[[Connection, Ask], Awaitable[dict[str, Any]]] | None = None
    commands: Mapping[str, Callable[[list[str]], Awaitable[None]]] = field(default_factory=dict)


def main(entry: Entry) -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{entry.name}",
        description="Without a command the service runs until SIGTERM.",
        epilog=f"Example: python -m services.{entry.name} accounts",
    )
    known = ["run", "migrate", "accounts", *entry.commands]
    parser.add_argument("command", nargs="?", default="run", choices=known, help="what to do (default: run)")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for the command")
    chosen = parser.parse_args()
    asyncio.run(_do(entry, chosen.command, chosen.arguments))


async def _do(entry: Entry, command: str, arguments: list[str]) -> None:
    if command == "run":
        await entry.run()
    elif command == "migrate":
        post = arguments == ["--post"]
        for name in await migrate(entry.settings.postgres, entry.name, OWN_MIGRATIONS, entry.migrations, post=post):
            print(f"applied {name}")
    elif command == "accounts":
        found = _for_books(entry, _decode(sys.stdin.buffer.read())) if arguments == ["--books"] else _accounts(entry)
        sys.stdout.buffer.write(msgspec.json.encode(await found) + b"\n")
    else:
        await entry.commands[command](arguments)


async def _accounts(entry: Entry) -> dict[str, Any]:
    connection = await connect(entry.settings.postgres, entry.name)
    try:
        found = await accounts(connection, entry.clocked)
        return {"service": entry.name, **found, "more": await entry.more(connection) if entry.more else {}}
    finally:
        await connection.close()


async def _for_books(entry: Entry, ask: Ask) -> dict[str, Any]:
    """The same and more, all of it seen at one moment; what is asked comes on standard input."""
    connection = await connect(entry.settings.postgres, entry.name, command_timeout=BOOKS_SECONDS)
    try:
        await summarize(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            found = await standing(connection, entry.clocked)
            return {
                "service": entry.name,
                **found,
                "more": await entry.more(connection) if entry.more else {},
                "listed": await entry.listed(connection, ask) if entry.listed else {},
                "subjects": {kind: await subjects(connection, kind) for kind in ask.subjects},
                "ledger": await ledger(connection, ask, found["watermarks"]),
            }
    finally:
        await connection.close()
