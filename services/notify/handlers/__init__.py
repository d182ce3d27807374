"""From events to decisions: a table of what is heard, and how an event becomes deliveries."""

from __future__ import annotations

from services.notify.handlers.service import Manner, Notify
from services.notify.handlers.table import HANDLED
from services.notify.handlers.telling import NAME

__all__ = ["HANDLED", "NAME", "Manner", "Notify"]
