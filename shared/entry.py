"""`python -m services.<name>`: run it, migrate its schema, or print its accounts. The same for all five."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.accounts import accounts
from shared.database import OWN_MIGRATIONS, Connection, connect, migrate
from shared.settings import Settings


@dataclass(frozen=True, slots=True)
class Entry:
    """What the command line of a service needs.

    `clocked`: the kinds of states that need an owner and a deadline, with the labels that are exempt. `more`: the
    service's own counts for the books. `commands`: further ones by name, each a coroutine of the arguments after it.
    """

    name: str
    run: Callable[[], Awaitable[None]]
    settings: Settings
    migrations: Path
    clocked: dict[str, list[str]] = field(default_factory=dict)
    more: Callable[[Connection], Awaitable[dict[str, Any]]] | None = None
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
        for name in await migrate(entry.settings.postgres, entry.name, OWN_MIGRATIONS, entry.migrations):
            print(f"applied {name}")
    elif command == "accounts":
        print(json.dumps(await _accounts(entry)))
    else:
        await entry.commands[command](arguments)


async def _accounts(entry: Entry) -> dict[str, Any]:
    connection = await connect(entry.settings.postgres, entry.name)
    try:
        found = await accounts(connection, entry.clocked)
        return {"service": entry.name, **found, "more": await entry.more(connection) if entry.more else {}}
    finally:
        await connection.close()
