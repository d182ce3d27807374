"""The gate in the loop: what is read, the table of what each thing said leads to, and the service itself."""

from __future__ import annotations

from services.intake.handlers.service import Intake

__all__ = ["Intake"]
