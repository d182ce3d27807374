"""All of intake's SQL: what a batch reads and writes, requests by HTTP, the registry of partners, counts."""

from __future__ import annotations

from pathlib import Path

from services.intake.store.finding import (
    held,
    limits,
    links,
    open_demands,
    parties,
    partner_bodies,
    places,
    sayings,
)
from services.intake.store.rows import (
    Erase,
    Freed,
    Held,
    Limit,
    Link,
    Opened,
    Released,
    Saying,
    Submission,
    Verdict,
)
from services.intake.store.saving import save

MIGRATIONS = Path(__file__).parent.parent / "migrations"

__all__ = [
    "MIGRATIONS",
    "Erase",
    "Freed",
    "Held",
    "Limit",
    "Link",
    "Opened",
    "Released",
    "Saying",
    "Submission",
    "Verdict",
    "held",
    "limits",
    "links",
    "open_demands",
    "parties",
    "partner_bodies",
    "places",
    "save",
    "sayings",
]
