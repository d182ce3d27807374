"""The desk's schema as a template, a connection to a copy of it, and the pages over it with a gate that remembers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.desk.api import Api, routes
from services.desk.settings import DeskSettings
from services.desk.store import MIGRATIONS
from services.desk.web.application import application
from services.desk.web.office import Office
from shared.clock import Clock
from shared.database import OWN_MIGRATIONS, Connection, connect, migrate
from tests.databases import Template
from tests.desk.visitors import RELEASE, Doorstep, RememberingGate, RememberingServices, RememberingWay


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


@pytest.fixture
async def doorstep(database: str, connection: Connection) -> AsyncIterator[Doorstep]:
    """The pages, the read model under them, and the gate behind them."""
    gate, services = RememberingGate(), RememberingServices()
    office = Office(DeskSettings(postgres=database), Clock(), lambda: RELEASE, gate, services, RememberingWay())
    await office.open()
    yield Doorstep(application(office, routes(Api(office, dict))), office, gate, services, connection)
    await office.close()
