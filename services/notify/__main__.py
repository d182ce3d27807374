"""`python -m services.notify`: run it, migrate its schema, or print its accounts."""

from __future__ import annotations

import sys
from pathlib import Path

from services.notify.settings import NotifySettings
from services.notify.store.books import account
from shared.entry import Entry
from shared.entry import main as command_line


async def run() -> None:
    """The service. Imported only now: a command that is called from a shell should answer at once."""
    from services.notify.app import main

    await main()


async def deliveries(arguments: list[str]) -> None:
    """Who was told what, for operators."""
    from services.notify.adapters.deliveries_command import deliveries_command

    await deliveries_command(arguments)


async def document(arguments: list[str]) -> None:
    """Print who hears what, and every message, from the catalogue in a folder."""
    from services.notify.adapters.templates import Templates
    from services.notify.handlers.document import document as written
    from shared.catalogue.load import load_directory

    release = load_directory(arguments[0])
    sys.stdout.write(written(release, Templates(release)))


ENTRY = Entry(
    name="notify",
    run=run,
    settings=NotifySettings(),
    migrations=Path(__file__).parent / "migrations",
    # What notify remembers waits for nobody: no owner and no clock.
    clocked={},
    more=account,
    commands={"deliveries": deliveries, "document": document},
)

if __name__ == "__main__":
    command_line(ENTRY)
