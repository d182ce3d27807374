"""The ground that all tests stand on: one Kafka and one PostgreSQL per session, a fresh database per test, topics per
module. Nothing is started unless a test asks for it. FRESHWATER_KAFKA and FRESHWATER_POSTGRES name others to use.

All tests and fixtures share one event loop, so that a session's fixture may hold connections.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path

import hypothesis
import psutil
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from freshwater.places import home
from freshwater.servers import Servers
from freshwater.servers import servers as run_servers
from tests.databases import EMPTY, Databases, Template

# The data of a test run is thrown away; kill -9 of a server loses nothing by this, only a power cut would.
POSTGRES_SETTINGS = {"fsync": os.environ.get("FRESHWATER_TEST_FSYNC", "off")}

# Tests count deadlines: the sweeper's own comes only where a test asks for it.
os.environ.setdefault("FRESHWATER_CANARY_SECONDS", "0")

# On a busy machine one example, or making it, may take longer than hypothesis allows: that is no finding.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")

MakeTopics = Callable[..., Awaitable[list[str]]]


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    """An empty data folder of this session's own, so that several sessions can run at once."""
    root = home() / "tests"
    root.mkdir(parents=True, exist_ok=True)
    for left in root.iterdir():
        # A session that was killed could not clean up after itself.
        if not psutil.pid_exists(int(left.name)):
            shutil.rmtree(left, ignore_errors=True)
    folder = root / str(os.getpid())
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def servers(data: Path) -> AsyncIterator[Servers]:
    """Kafka and PostgreSQL: where they are."""
    async with run_servers(data, postgres_settings=POSTGRES_SETTINGS) as running:
        yield running


@pytest.fixture
def own_servers(servers: Servers) -> Servers:
    """The same, for a test that kills, freezes or restarts `.kafka_server` or `.postgres_server`, and leaves them
    running."""
    if servers.own_kafka is None or servers.own_postgres is None:
        pytest.skip("FRESHWATER_KAFKA or FRESHWATER_POSTGRES names a server that is not ours to stop")
    return servers


@pytest.fixture(scope="session")
async def databases(servers: Servers) -> AsyncIterator[Databases]:
    """For tests that need more than one database; `await databases.fresh(template)` gives a DSN."""
    made = Databases(servers.postgres)
    yield made
    if servers.own_postgres is None:
        await made.drop_all()


@pytest.fixture(scope="session")
def template() -> Template:
    """What `database` is a copy of: empty. A module or folder with another need overrides this fixture:

    @pytest.fixture(scope="session")
    def template() -> Template:
        return Template("journal", migrate_journal)  # async def migrate_journal(dsn: str)
    """
    return EMPTY


@pytest.fixture
async def database(databases: Databases, template: Template) -> AsyncIterator[str]:
    """The superuser's DSN to a database of this test's own, equal to `template`, dropped afterwards."""
    dsn = await databases.fresh(template)
    yield dsn
    await databases.drop(dsn)


@pytest.fixture(scope="session")
def kafka_admin(servers: Servers) -> AdminClient:
    return AdminClient({"bootstrap.servers": ",".join(servers.kafka), "log_level": 0})


@pytest.fixture(scope="module")
def topic_prefix(request: pytest.FixtureRequest) -> str:
    """What the names of this module's topics and groups begin with; different in every run."""
    module = re.sub(r"[^a-z0-9]+", "-", request.module.__name__.rpartition(".")[2].removeprefix("test_"))
    return f"{module}-{secrets.token_hex(3)}."


@pytest.fixture(scope="module")
async def make_topics(kafka_admin: AdminClient, topic_prefix: str) -> AsyncIterator[MakeTopics]:
    """`await make_topics("demands.v1", "clock.v1", partitions=2, config={...})` returns the full names, each with
    this module's prefix. They are deleted when the module is done."""
    made: list[str] = []

    async def make(*names: str, partitions: int = 2, config: Mapping[str, str] | None = None) -> list[str]:
        full = [topic_prefix + name for name in names]
        wanted = [NewTopic(name, partitions, 1, config=dict(config or {})) for name in full]
        await _done(kafka_admin.create_topics(wanted))
        made.extend(full)
        await _known(kafka_admin, set(full))
        return full

    yield make
    if made:
        await _done(kafka_admin.delete_topics(made))


async def _done(futures: Mapping[str, Future[None]]) -> None:
    for future in futures.values():
        await asyncio.wrap_future(future)


async def _known(admin: AdminClient, names: set[str]) -> None:
    """Made is not yet known: the broker hears of a topic from its controller, a moment later."""
    give_up = time.monotonic() + 10
    while not names <= set((await asyncio.to_thread(admin.list_topics, timeout=10)).topics):
        assert time.monotonic() < give_up, "the topics were made and are not there"
        await asyncio.sleep(0.02)
