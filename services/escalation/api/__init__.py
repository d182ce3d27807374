"""What city systems read of escalation by HTTP: cases as Open311 GeoReport v2, and a 督办 as a page to print."""

from __future__ import annotations

from services.escalation.api.open311 import Open311

__all__ = ["Open311"]
