"""What became of an act that an officer sent to the gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["sent", "taken", "refused", "undelivered"]


@dataclass(frozen=True, slots=True)
class Answer:
    """`taken` with the event that answered, `refused` with the rule's own words, or still `sent`."""

    outcome: Outcome
    event: str | None = None
    reason_zh: str | None = None
    reason_en: str | None = None


SENT = Answer("sent")


def answer_of(event: str | None, reason_zh: str | None = None, reason_en: str | None = None) -> Answer:
    """From the event that the claim brought about (`referral.accepted`, `case.action-refused`), or None as yet."""
    if event is None:
        return SENT
    if event.endswith("refused") and event != "case.refused":
        return Answer("refused", event, reason_zh, reason_en)
    return Answer("taken", event)
