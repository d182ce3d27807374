"""Where things stand on this machine: the checkout, and the folder for all that is downloaded or made by a run."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
"""The root of the repository: the folder that holds `run`, `services/` and `catalogue/`."""


def home() -> Path:
    """`.freshwater/` in the checkout, or FRESHWATER_HOME where that is set (a checkout may be read-only)."""
    return Path(os.environ.get("FRESHWATER_HOME") or CHECKOUT / ".freshwater").absolute()


def data_folder() -> Path:
    """The data of the local Kafka and PostgreSQL: kept from one run to the next, deleted by hand."""
    return home() / "data"


def jars_folder() -> Path:
    """The downloaded jars of Kafka. Safe to delete; the next start fetches them again."""
    return home() / "jars"
