"""`python -m services.escalation`: run it, migrate its schema, or print its accounts."""

from __future__ import annotations

from pathlib import Path

from services.escalation.settings import EscalationSettings
from services.escalation.store import account
from shared.entry import Entry
from shared.entry import main as command_line


async def run() -> None:
    """The service. Imported only now: a command that is called from a shell should answer at once."""
    from services.escalation.app import main

    await main()


ENTRY = Entry(
    name="escalation",
    run=run,
    settings=EscalationSettings(),
    migrations=Path(__file__).parent / "migrations",
    # A demand without an open case waits for nobody here; a household's matters only tie cases together.
    clocked={"demand": ["settled"]},
    more=account,
)

if __name__ == "__main__":
    command_line(ENTRY)
