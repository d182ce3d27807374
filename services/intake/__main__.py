"""`python -m services.intake`: run it, migrate its schema, print its accounts, keep the registry of partners."""

from __future__ import annotations

from services.intake.settings import IntakeSettings
from services.intake.store import MIGRATIONS
from services.intake.store.account import account
from shared.entry import Entry
from shared.entry import main as command_line


async def run() -> None:
    """The service. Imported only now: a command that is called from a shell should answer at once."""
    from services.intake.app import main

    await main()


async def partner(arguments: list[str]) -> None:
    """The registry of partners."""
    from services.intake.adapters.partner_command import partner_command

    await partner_command(arguments)


ENTRY = Entry(
    name="intake",
    run=run,
    settings=IntakeSettings(),
    migrations=MIGRATIONS,
    more=account,
    commands={"partner": partner},
)

if __name__ == "__main__":
    command_line(ENTRY)
