"""Events of `freshwater.clock.v1`: time has passed. Written by the sweepers; the type names the service it is for."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.envelope import Data
from shared.contracts.values import Code


class DeadlinePassed(Data):
    """A deadline of `subject` (kind, generation) is due. An old generation is ignored by its owner."""

    subject: UUID
    kind: Code
    generation: UUID
    due_at: AwareDatetime


class IntakeDeadlinePassed(DeadlinePassed):
    TYPE: ClassVar[str] = "org.freshwater.clock.intake-deadline-passed.v1"


class MatchingDeadlinePassed(DeadlinePassed):
    TYPE: ClassVar[str] = "org.freshwater.clock.matching-deadline-passed.v1"


class EscalationDeadlinePassed(DeadlinePassed):
    TYPE: ClassVar[str] = "org.freshwater.clock.escalation-deadline-passed.v1"


class NotifyDeadlinePassed(DeadlinePassed):
    TYPE: ClassVar[str] = "org.freshwater.clock.notify-deadline-passed.v1"


EVENTS = (IntakeDeadlinePassed, MatchingDeadlinePassed, EscalationDeadlinePassed, NotifyDeadlinePassed)
