"""The trials play on the loop's stage."""

from __future__ import annotations

from tests.loop.conftest import stage

__all__ = ["stage"]
