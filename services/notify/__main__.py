"""`python -m services.notify`: run it, migrate its schema, or print its accounts."""

from __future__ import annotations

from pathlib import Path

from services.notify.settings import NotifySettings
from services.notify.store.books import account
from shared.entry import Entry
from shared.entry import main as command_line


async def run() -> None:
    """The service. Imported only now: a command that is called from a shell should answer at once."""
    from services.notify.app import main

    await main()


ENTRY = Entry(
    name="notify",
    run=run,
    settings=NotifySettings(),
    migrations=Path(__file__).parent / "migrations",
    # What notify remembers waits for nobody: no owner and no clock.
    clocked={},
    more=account,
)

if __name__ == "__main__":
    command_line(ENTRY)
