"""What the gate answers at once, before anything is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.intake.domain.problems import Problem


@dataclass(frozen=True, slots=True)
class Refusal:
    """All that is wrong; `forbidden` where the role may not say it at all, `unreadable` where it is no event."""

    problems: tuple[Problem, ...]
    forbidden: bool = False
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """An event for the gate's topic, sealed; `fingerprint` tells two contents apart, `number` is the sender's own."""

    value: bytes
    fingerprint: bytes
    number: str
    demand: UUID | None = None


Answer = Refusal | Ready
