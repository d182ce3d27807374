"""A vault on a database of its own."""

from __future__ import annotations

import base64
import os
from collections.abc import AsyncIterator

import hypothesis
import pytest

from shared.vault import MasterKeys, Vault, migrate_vault
from tests.databases import Template

# On a busy machine one example may take longer than the 200 ms that hypothesis allows: that is no finding.
hypothesis.settings.register_profile("busy", deadline=None)
hypothesis.settings.load_profile("busy")


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
