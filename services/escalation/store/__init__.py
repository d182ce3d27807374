"""All SQL of escalation: cases, what a county has of them, and what is counted."""

from __future__ import annotations

from collections.abc import Sequence

from services.escalation.domain.county import Ruling
from services.escalation.store.cases import CaseRow, save_cases
from services.escalation.store.counties import Place, groups, listed, rulings, save_rulings
from services.escalation.store.counting import account, counting, counts
from services.escalation.store.finding import Asked, Cases, Found
from shared.database import Connection

__all__ = [
    "Asked",
    "CaseRow",
    "Cases",
    "Found",
    "Place",
    "account",
    "counting",
    "counts",
    "groups",
    "listed",
    "rulings",
    "save",
]


async def save(connection: Connection, rows: Sequence[CaseRow | Ruling]) -> None:
    """Write what a batch has changed. Raises Stale where another member opened the same case."""
    cases = [row for row in rows if isinstance(row, CaseRow)]
    if cases:
        await save_cases(connection, cases)
    await save_rulings(connection, [row for row in rows if isinstance(row, Ruling)])
