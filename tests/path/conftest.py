"""One town of five services for all tests of the path."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from freshwater.places import CHECKOUT
from freshwater.servers import Servers
from freshwater.stack import Place, stack
from freshwater.stack.databases import drop_databases
from freshwater.stack.place import at_database
from shared.catalogue import load_directory
from tests.path.town import Town, town_of

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="package")
async def town(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Town, str]]:
    word = secrets.token_hex(3)
    place = Place(tmp_path_factory.mktemp("path"), f"path_{word}", f"path_{word}_vault", f"path-{word}.")
    release = load_directory(CHECKOUT / "catalogue")
    try:
        async with (
            stack(servers, place, release, names=(), report=lambda _: None) as made,
            town_of(made, START) as lived_in,
        ):
            yield lived_in, at_database(servers.postgres, place.database)
    finally:
        await drop_databases(servers.postgres, place)
