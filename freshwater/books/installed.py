"""The books of one installation: its settings, the environments of its services, and the folder for what is kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from freshwater.books.checkpoint import Shelf
from freshwater.books.kafka import Installation
from freshwater.books.reckoning import Books
from freshwater.books.services import Environment
from shared.settings import Settings


def books_of(settings: Settings, environment: Environment, folder: Path) -> Books:
    """`environment` gives what a service's process needs beside our own variables; what the books keep of a run that
    balanced lies in the folder. Raises BooksError where Kafka does not answer."""
    installation = Installation(settings, environment)
    return Books(installation, Shelf(folder / "books", installation.cluster(), settings.topic_prefix))


def own_database(service: str) -> Mapping[str, str]:
    """FRESHWATER_<SERVICE>_POSTGRES names the database of one service, where they have different ones."""
    found = os.environ.get(f"FRESHWATER_{service.upper()}_POSTGRES")
    return {"FRESHWATER_POSTGRES": found} if found else {}
