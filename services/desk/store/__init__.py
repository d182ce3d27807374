"""All SQL of the desk: the projection, what the pages ask, accounts, and what officers have sent."""

from __future__ import annotations

from pathlib import Path

MIGRATIONS = Path(__file__).parents[1] / "migrations"
