"""Escalation's settings: the common ones, and how often its figures are counted."""

from __future__ import annotations

from pydantic import Field

from shared.settings import Settings


class EscalationSettings(Settings):
    """Environment: FRESHWATER_*, this service's own with FRESHWATER_ESCALATION_*."""

    escalation_port: int = Field(default=0, ge=0, description="where Open311 is served; 0 serves none")
    escalation_open311_key: str | None = Field(default=None, description="the api_key to ask for; none asks for none")
    escalation_count_seconds: float = Field(default=15.0, gt=0, description="how often the gauges are counted anew")
