"""A vault on a database of its own."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator

import pytest

from shared.vault import MasterKeys, Vault, migrate_vault
from tests.databases import Template


def new_master() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(scope="session")
def template() -> Template:
    return Template("vault", migrate_vault)


@pytest.fixture
def master() -> str:
    return new_master()


@pytest.fixture
async def vault(database: str, master: str) -> AsyncIterator[Vault]:
    made = Vault(database, MasterKeys.parse(master))
    await made.start()
    yield made
    await made.stop()
