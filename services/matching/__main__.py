"""`python -m services.matching`: run it, migrate its schema, print its accounts or units, or ask it (what-if, …)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.matching import store
from services.matching.domain.demand import ENDED
from services.matching.settings import MatchingSettings
from shared import entry
from shared.database import connect


async def run() -> None:
    """The service. Imported only now: a command that is called from a shell should answer at once."""
    from services.matching.app import main

    await main()


async def units(arguments: list[str]) -> None:
    """What each unit takes and has, its record and its hours at reduced intake: for the engine and its own bank."""
    settings = MatchingSettings()
    connection = await connect(settings.postgres, "matching")
    try:
        found = await store.intakes(connection, settings.clock().now())
    finally:
        await connection.close()
    wanted = set(arguments)
    print(json.dumps([each._asdict() for each in found if not wanted or each.unit in wanted]))


def _later(name: str) -> Callable[[list[str]], Awaitable[None]]:
    """A command of the API, imported when it is called."""

    async def command(arguments: list[str]) -> None:
        from services.matching import api
        from services.matching.handlers import compiled

        await api.command(name, arguments, compiled)

    return command


ENTRY = entry.Entry(
    name="matching",
    run=run,
    settings=MatchingSettings(),
    migrations=Path(__file__).parent / "migrations",
    clocked={"demand": sorted(ENDED)},
    more=store.books,
    commands={"units": units, **{name: _later(name) for name in ("what-if", "diff", "explain", "overlooked")}},
)

if __name__ == "__main__":
    entry.main(ENTRY)
