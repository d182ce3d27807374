"""`python -m services.matching`: run it, migrate its schema, or print its accounts."""

from __future__ import annotations

from pathlib import Path

from services.matching import store
from services.matching.domain.demand import ENDED
from services.matching.settings import MatchingSettings
from shared import entry


async def run() -> None:
    """The service. Imported only now: a command that is called from a shell should answer at once."""
    from services.matching.app import main

    await main()


ENTRY = entry.Entry(
    name="matching",
    run=run,
    settings=MatchingSettings(),
    migrations=Path(__file__).parent / "migrations",
    clocked={"demand": sorted(ENDED)},
    more=store.books,
)

if __name__ == "__main__":
    entry.main(ENTRY)
