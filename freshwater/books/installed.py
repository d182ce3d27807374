"""Which installation the books are of: one deployed elsewhere, or the one of this machine's data folder."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from freshwater.books.checkpoint import Shelf
from freshwater.books.kafka import Installation
from freshwater.books.reckoning import Books
from freshwater.books.services import Environment
from freshwater.servers import Servers, servers
from freshwater.servers.report import say
from freshwater.stack import Place
from freshwater.stack.databases import service_dsn
from shared.settings import Settings


def books_of(settings: Settings, environment: Environment, folder: Path) -> Books:
    """The books of one installation; what they keep of a run that balanced lies in its folder."""
    installation = Installation(settings, environment)
    return Books(installation, Shelf(folder / "books", installation.cluster(), settings.topic_prefix))


@asynccontextmanager
async def books_here(folder: Path) -> AsyncIterator[Books]:
    """Where FRESHWATER_KAFKA and FRESHWATER_POSTGRES name servers that no demonstration was set up on, those; else the
    servers of the data folder, started for as long as the block lasts."""
    deployed = bool(os.environ.get("FRESHWATER_KAFKA") and os.environ.get("FRESHWATER_POSTGRES"))
    if deployed and not (folder / "secrets").exists():
        yield books_of(Settings(), own_database, folder)
        return
    async with servers(folder, report=say) as found:
        # The addresses may be those of the folder's own servers, which a demonstration in another terminal has started.
        named = found.own_postgres is None and (folder / "names.json").exists()
        place = Place.on(folder, own=not named)
        settings = Settings(kafka=",".join(found.kafka), topic_prefix=place.prefix)
        yield books_of(settings, lambda service: at_place(found, place, service), folder)


def own_database(service: str) -> Mapping[str, str]:
    """FRESHWATER_<SERVICE>_POSTGRES names the database of one service, where they have different ones."""
    found = os.environ.get(f"FRESHWATER_{service.upper()}_POSTGRES")
    return {"FRESHWATER_POSTGRES": found} if found else {}


def at_place(found: Servers, place: Place, service: str) -> Mapping[str, str]:
    """What a service needs to give its accounts."""
    return {
        "FRESHWATER_KAFKA": ",".join(found.kafka),
        "FRESHWATER_POSTGRES": service_dsn(found.postgres, place, service),
        "FRESHWATER_TOPIC_PREFIX": place.prefix,
    }
