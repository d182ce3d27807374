"""`python -m services.matching`: run it, migrate its schema, print its accounts, or ask it (what-if, diff, explain)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from services.matching import store
from services.matching.domain.demand import ENDED
from services.matching.settings import MatchingSettings
from shared import entry


async def run() -> None:
    """The service. Imported only now: a command that is called from a shell should answer at once."""
    from services.matching.app import main

    await main()


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
    commands={name: _later(name) for name in ("what-if", "diff", "explain", "overlooked")},
)

if __name__ == "__main__":
    entry.main(ENTRY)
