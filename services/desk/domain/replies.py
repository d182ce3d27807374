"""What the gate answered to a household."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """One thing that is wrong, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Its status, what is wrong (all at once), and what it answered; 503 where it is away."""

    status: int
    problems: tuple[Fault, ...] = ()
    said: Mapping[str, Any] | None = None

    @property
    def taken(self) -> bool:
        return self.status in (200, 202)

    @property
    def receipt(self) -> str | None:
        return str(self.said["receipt"]) if self.said and "receipt" in self.said else None
