"""Which event leads to which decision, and how the decisions are told."""

from __future__ import annotations

from services.matching.handlers.releases import Releases, compiled
from services.matching.handlers.service import Matching
from services.matching.handlers.table import HANDLED

__all__ = ["HANDLED", "Matching", "Releases", "compiled"]
