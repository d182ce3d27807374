"""The worklist (台账): which cells say what of each act, and whether a row is still about what its reader saw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Verdict = Literal["sent", "repeated", "stale", "refused", "unknown"]
"""`repeated`: the same row was handed in before; `stale`: the item has moved since; `unknown`: not in this house."""

FILLED: Mapping[str, Mapping[str, str]] = {
    "bank-accepts": {},
    "bank-tried-contact": {"outcome": "code"},
    "bank-offers": {"amount_yuan": "amount", "term_months": "term", "rate": "rate"},
    "bank-declines": {"code": "code"},
    "bank-grants": {"amount_yuan": "amount", "rate": "rate"},
    "bank-disburses": {"amount_yuan": "amount", "number": "text", "on": "day"},
    "authority-signs": {},
    "authority-plans": {"promised_on": "day"},
    "authority-asks-extension": {"until": "day", "reason": "text"},
    "authority-parks": {"review_on": "day", "reason": "text"},
    "authority-asks-household": {"what": "text"},
    "authority-resolves": {"evidence": "text", "evidence_kind": "code"},
    "authority-transfers": {"to": "code", "reason": "text"},
    "authority-refuses": {"reason": "text"},
}
"""Act -> field of its form -> column of the worklist."""
BANK_COLUMNS = ("result", "code", "amount", "term", "rate", "day", "text")
AUTHORITY_COLUMNS = ("result", "code", "day", "text")


@dataclass(frozen=True, slots=True)
class Filled:
    """One row that somebody has filled: its line in the sheet, its locked cells, and what stands in the others."""

    line: int
    about: str
    revision: str
    cells: Mapping[str, str]


def form_of(action: str, cells: Mapping[str, str]) -> dict[str, str]:
    """The form that an act's cells stand for."""
    return {field: cells.get(column, "") for field, column in FILLED[action].items()}


def revision_of(sequence: int | None, state: str, due_at: datetime | None) -> str:
    """The revision of the demand, and a digest of the item itself: another bank's act must not make a row stale."""
    seen = hashlib.blake2b(f"{state}|{due_at.isoformat() if due_at else ''}".encode(), digest_size=4).hexdigest()
    return f"{sequence or 0}-{seen}"


def is_stale(theirs: str, now: str) -> bool:
    """Whether the item has moved since the list was taken; the demand's own number may have grown without it."""
    return theirs.rpartition("-")[2] != now.rpartition("-")[2]


def uuid_of(text: str) -> UUID | None:
    """What stands in a locked cell, if it is still an id."""
    try:
        return UUID(text)
    except ValueError:
        return None
