"""`python -m services.intake`: run it, migrate its schema, print its accounts; partners, and what was merged."""

from __future__ import annotations

import json
import sys
from uuid import UUID

from services.intake.settings import IntakeSettings
from services.intake.store import MIGRATIONS
from services.intake.store.account import account, merged
from shared.database import connect
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


async def erasures(arguments: list[str]) -> None:
    """After a restore: forget again who was erased since."""
    from services.intake.adapters.erasures import replay_erasures

    await replay_erasures(arguments)


async def count_merged(arguments: list[str]) -> None:
    """How many of the receipts on standard input were merged with a household's other demand."""
    receipts = [UUID(line) for line in sys.stdin.read().split()]
    connection = await connect(ENTRY.settings.postgres, ENTRY.name, application="intake-merged")
    try:
        print(await merged(connection, receipts))
    finally:
        await connection.close()


async def household(arguments: list[str]) -> None:
    """Erasure, and the keys of the vault."""
    from services.intake.adapters.household_command import household_command

    await household_command(arguments)


async def openapi(arguments: list[str]) -> None:
    """The OpenAPI document on standard output."""
    from services.intake.api.application import document

    print(json.dumps(document(), indent=2, ensure_ascii=False))


ENTRY = Entry(
    name="intake",
    run=run,
    settings=IntakeSettings(),
    migrations=MIGRATIONS,
    more=account,
    commands={
        "partner": partner,
        "merged": count_merged,
        "erasures": erasures,
        "household": household,
        "openapi": openapi,
    },
)

if __name__ == "__main__":
    command_line(ENTRY)
