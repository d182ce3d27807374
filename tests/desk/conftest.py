"""The desk's schema as a template, and a connection to a copy of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import services.desk
from shared.database import OWN_MIGRATIONS, Connection, connect, migrate
from tests.databases import Template

MIGRATIONS = Path(services.desk.__file__).parent / "migrations"


async def prepare(dsn: str) -> None:
    await migrate(dsn, "desk", OWN_MIGRATIONS, MIGRATIONS)


@pytest.fixture(scope="session")
def template() -> Template:
    return Template("desk", prepare)


@pytest.fixture
async def connection(database: str) -> AsyncIterator[Connection]:
    made = await connect(database, "desk")
    yield made
    await made.close()
