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
    visits,
)
from services.intake.store.rows import (
    Erase,
    FileRefused,
    Freed,
    Held,
    Limit,
    Link,
    Opened,
    Released,
    Saying,
    ShopReleased,
    Submission,
    Verdict,
    Visit,
)
from services.intake.store.saving import save

MIGRATIONS = Path(__file__).parent.parent / "migrations"

__all__ = [
    "MIGRATIONS",
    "Erase",
    "FileRefused",
    "Freed",
    "Held",
    "Limit",
    "Link",
    "Opened",
    "Released",
    "Saying",
    "ShopReleased",
    "Submission",
    "Verdict",
    "Visit",
    "held",
    "limits",
    "links",
    "open_demands",
    "parties",
    "partner_bodies",
    "places",
    "save",
    "sayings",
    "visits",
]
