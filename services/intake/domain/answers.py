"""What the gate answers at once, before anything is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.intake.domain.problems import Problem


@dataclass(frozen=True, slots=True)
class Refusal:
    """All that is wrong; `forbidden` where the role may not say it at all, `unreadable` where it is no event,
    `too_often` where the same may be said later."""

    problems: tuple[Problem, ...]
    forbidden: bool = False
    unreadable: bool = False
    too_often: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """An event for the gate's topic, sealed; `fingerprint` tells two contents apart, `number` is the sender's own."""

    value: bytes
    fingerprint: bytes
    number: str
    demand: UUID | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that is handed in; its demand by the demand's id or by the sender's own number."""

    content: bytes
    media_type: str
    kind: str
    demand: UUID | None
    source_id: str | None


Answer = Refusal | Ready
