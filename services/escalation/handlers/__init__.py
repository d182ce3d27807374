"""Escalation in the loop: the table of events, the decision each calls, and what is told of it."""

from __future__ import annotations

from services.escalation.handlers.service import Escalation

__all__ = ["Escalation"]
