"""`python -m services.intake`: run it, migrate its schema, print its accounts, keep the registry of partners."""

from __future__ import annotations

from services.intake.adapters.partner_command import partner_command
from services.intake.app import main
from services.intake.settings import IntakeSettings
from services.intake.store import MIGRATIONS
from services.intake.store.account import account
from shared.entry import Entry
from shared.entry import main as command_line

ENTRY = Entry(
    name="intake",
    run=main,
    settings=IntakeSettings(),
    migrations=MIGRATIONS,
    more=account,
    commands={"partner": partner_command},
)

if __name__ == "__main__":
    command_line(ENTRY)
