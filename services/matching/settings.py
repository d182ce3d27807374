"""Matching's settings: the common ones, its HTTP port, and how fast a release calls up the demands that wait."""

from __future__ import annotations

from pydantic import Field

from shared.settings import Settings


class MatchingSettings(Settings):
    """`FRESHWATER_MATCHING_*` beside the common ones."""

    matching_port: int = Field(
        default=0, ge=0, le=65_535, description="HTTP port of what-if and explain; 0: not over HTTP"
    )
    matching_called_up_per_second: int = Field(
        default=500, ge=1, le=100_000, description="waiting demands looked at again per second after a new release"
    )
