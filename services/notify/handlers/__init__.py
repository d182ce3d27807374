"""From events to decisions: a table of what is heard, and how an event becomes deliveries."""

from __future__ import annotations

from services.notify.handlers.scene import Grounds, Manner
from services.notify.handlers.service import Notify
from services.notify.handlers.table import HANDLED
from services.notify.handlers.telling import NAME

__all__ = ["HANDLED", "NAME", "Grounds", "Manner", "Notify"]
