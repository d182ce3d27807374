"""`python -m services.escalation`: run it, migrate its schema, or print its accounts."""

from __future__ import annotations

from services.escalation.app import MIGRATIONS, main
from services.escalation.settings import EscalationSettings
from services.escalation.store import account
from shared.entry import Entry
from shared.entry import main as command_line

ENTRY = Entry(
    name="escalation",
    run=main,
    settings=EscalationSettings(),
    migrations=MIGRATIONS,
    # A demand without an open case waits for nobody here; a household's matters only tie cases together.
    clocked={"demand": ["settled"]},
    more=account,
)

if __name__ == "__main__":
    command_line(ENTRY)
