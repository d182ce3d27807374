"""One stage for each module: topics of its own, two databases of its own, the shipped catalogue published."""

from __future__ import annotations

import asyncio
import base64
import os
import secrets
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from pydantic import SecretStr

from freshwater.catalogue.release import publish
from freshwater.servers import Servers
from freshwater.servers.ports import free_port
from services.intake.settings import IntakeSettings
from services.intake.store import MIGRATIONS
from shared.catalogue import Release, load_directory
from shared.contracts.topics import topics
from shared.database import OWN_MIGRATIONS, migrate
from shared.vault import migrate_vault
from tests.databases import Databases, Template
from tests.intake.stage import DOORS, PARTITIONS, Stage, running

CATALOGUE = Path(__file__).parents[2] / "catalogue"


async def _migrated(dsn: str) -> None:
    await migrate(dsn, "intake", OWN_MIGRATIONS, MIGRATIONS)


@pytest.fixture(scope="session")
def template() -> Template:
    return Template("intake", _migrated)


@pytest.fixture(scope="session")
def vault_template() -> Template:
    return Template("vault", migrate_vault)


@pytest.fixture(scope="session")
def release() -> Release:
    return load_directory(CATALOGUE, 1)


async def known(admin: AdminClient, names: set[str]) -> None:
    """Made is not yet known: the broker hears of a topic from its controller."""
    give_up = time.monotonic() + 10
    while not names <= set(admin.list_topics(timeout=10).topics):
        assert time.monotonic() < give_up, "the topics were made and are not there"
        await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
async def service(
    servers: Servers,
    databases: Databases,
    template: Template,
    vault_template: Template,
    kafka_admin: AdminClient,
    release: Release,
) -> AsyncIterator[Stage]:
    """Intake, running as long as the module's tests."""
    settings = IntakeSettings(
        kafka=",".join(servers.kafka),
        postgres=await databases.fresh(template),
        vault=await databases.fresh(vault_template),
        vault_key=SecretStr(base64.b64encode(os.urandom(32)).decode()),
        actor_secret=SecretStr("the secret of this stage"),
        topic_prefix=f"intake-{secrets.token_hex(4)}.",
        keyed_partitions=PARTITIONS,
        sweep_interval_ms=20,
        intake_port=free_port(),
        intake_keys_seconds=0,
        intake_body_seconds=1,
        http_head_seconds=1,
    )
    listed = topics(("intake",), DOORS, PARTITIONS, settings.topic_prefix)
    wanted = [NewTopic(topic.name, topic.partitions, 1, config=topic.config()) for topic in listed]
    for future in kafka_admin.create_topics(wanted).values():
        future.result(10)
    await known(kafka_admin, {topic.name for topic in listed})
    await publish(release, settings, datetime.now(UTC))
    async with running(settings, listed) as started:
        yield started
    kafka_admin.delete_topics([topic.name for topic in listed])
    await databases.drop(settings.postgres)
    await databases.drop(settings.vault)


@pytest.fixture
async def stage(service: Stage) -> Stage:
    """The running service with empty tables, an empty vault, the first moment, and nothing heard yet."""
    await service.renew()
    return service
