"""Notify's side of the vault: opens what was sealed, and can do nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from uuid import UUID

import asyncpg

from shared.database import LOST
from shared.errors import FreshwaterError
from shared.vault.cipher import Key, MasterKeys
from shared.vault.files import File, opened
from shared.vault.keys import PARTNERS, DataKeys, Erased, load_service_keys, open_pool

RETRY_SECONDS = 0.5


def place_of(household: UUID, field: str) -> bytes:
    """What binds a blob to its household and field: moved elsewhere it does not open."""
    return household.bytes + field.encode()


def seal_fields(key: Key, household: UUID, fields: Mapping[str, str]) -> dict[str, str]:
    return {field: key.seal_text(value, place_of(household, field)) for field, value in fields.items()}


def open_fields(key: Key, household: UUID, sealed: Mapping[str, str]) -> dict[str, str]:
    return {field: key.open_text(blob, place_of(household, field)) for field, blob in sealed.items()}


class Opener:
    """`start` waits until intake has made the vault's tables and keys; `stop` closes."""

    def __init__(self, dsn: str, masters: MasterKeys, *, deadline_seconds: float = 60.0) -> None:
        self._dsn, self._masters, self._deadline = dsn, masters, deadline_seconds
        self._keys = DataKeys(masters)
        self._pool: asyncpg.Pool | None = None
        self._partners: Key | None = None

    async def start(self) -> None:
        """Raises FreshwaterError after the deadline."""
        give_up = time.monotonic() + self._deadline
        while True:
            try:
                self._pool = self._pool or await open_pool(self._dsn, "vault-opener")
                self._partners = (await load_service_keys(self._pool, self._masters, make=False))[PARTNERS]
                return
            except (*LOST, asyncpg.UndefinedTableError, KeyError) as error:
                if time.monotonic() > give_up:
                    raise FreshwaterError(
                        f"the vault is not ready ({type(error).__name__}): intake makes it when it starts"
                    ) from error
                await asyncio.sleep(RETRY_SECONDS)

    async def stop(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def open(self, household: UUID, sealed: Mapping[str, str]) -> dict[str, str]:
        """The fields in clear. Raises Erased where the household's key is gone, SealBroken where a blob is not ours."""
        assert self._pool is not None, "start() first"
        keys = await self._keys.load(self._pool, [household])
        if household not in keys:
            raise Erased("the household has been erased, or was never here")
        return open_fields(keys[household], household, sealed)

    async def open_file(self, household: UUID, file: UUID) -> File | None:
        """An evidence file of this household in clear, None where it has no such file. Raises Erased, SealBroken."""
        assert self._pool is not None, "start() first"
        keys = await self._keys.load(self._pool, [household])
        if household not in keys:
            raise Erased("the household has been erased, or was never here")
        return await opened(self._pool, keys[household], household, file)

    def open_secret(self, partner: str, sealed: str) -> str:
        """A partner's webhook secret, as `Vault.seal_secret` sealed it. Raises SealBroken."""
        assert self._partners is not None, "start() first"
        return self._partners.open_text(sealed, partner.encode())
