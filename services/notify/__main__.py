"""`python -m services.notify`: run it, migrate its schema, or print its accounts."""

from __future__ import annotations

from services.notify.app import MIGRATIONS, main
from services.notify.settings import NotifySettings
from services.notify.store.books import account
from shared.entry import Entry
from shared.entry import main as command_line

ENTRY = Entry(
    name="notify",
    run=main,
    settings=NotifySettings(),
    migrations=MIGRATIONS,
    # What notify remembers waits for nobody: no owner and no clock.
    clocked={},
    more=account,
)

if __name__ == "__main__":
    command_line(ENTRY)
