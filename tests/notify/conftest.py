"""The stage of notify's tests on real servers: topics, catalogue, vault, partners, and those who are told."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from freshwater.servers import Servers
from tests.databases import Databases
from tests.notify.outside import Mailboxes, Receivers
from tests.notify.stage import Stage


@pytest.fixture
async def receivers() -> AsyncIterator[Receivers]:
    """Webhook receivers on one port; each path is another partner's."""
    async with Receivers().running() as running:
        yield running


@pytest.fixture
async def mailboxes() -> AsyncIterator[Mailboxes]:
    """An SMTP server that keeps what it gets."""
    running = Mailboxes()
    running.start()
    try:
        yield running
    finally:
        await asyncio.to_thread(running.stop)


@pytest.fixture
async def stage(servers: Servers, databases: Databases) -> AsyncIterator[Stage]:
    own, vault = await databases.fresh(), await databases.fresh()
    made = Stage(servers.kafka, own, vault, f"notify-{secrets.token_hex(4)}.")
    await made.build()
    try:
        yield made
    finally:
        await made.stop()
        await databases.drop(own)
        await databases.drop(vault)
