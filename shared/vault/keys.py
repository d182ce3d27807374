"""The vault's keys: one for each household, kept in memory for at most a minute, and some for the services."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from uuid import UUID

import asyncpg

from shared.database import migrate
from shared.errors import FreshwaterError
from shared.vault.cipher import AES, SM, Key, MasterKeys, new_secret

SCHEMA = "vault"
MIGRATIONS = Path(__file__).parent / "migrations"
CACHE_SECONDS = 60.0

_LOAD = "SELECT household, wrapped FROM data_keys WHERE household = ANY($1::uuid[])"
_INSERT_KEYS = "INSERT INTO data_keys SELECT * FROM unnest($1::uuid[], $2::bytea[]) ON CONFLICT DO NOTHING"
_SERVICE = "SELECT name, wrapped FROM service_keys"
_INSERT_SERVICE = """
INSERT INTO service_keys SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING
"""

HASHES, HASHES_SM = "hashes", "hashes-sm3"
LETTERS = "letters"
PARTNERS = "partners"
SERVICE_KEYS = (HASHES, LETTERS, PARTNERS)


class Erased(FreshwaterError):
    """The household's key is gone: nobody can open what was sealed under it."""


Held: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class Executes(Protocol):
    """A connection or a pool of asyncpg."""

    async def fetch(self, query: str, *args: Any) -> list[Any]: ...

    async def execute(self, query: str, *args: Any) -> str: ...


async def migrate_vault(dsn: str) -> list[str]:
    """Bring the vault's database up to date; returns the names of what was applied."""
    return await migrate(dsn, SCHEMA, MIGRATIONS)


async def open_pool(dsn: str, application: str) -> asyncpg.Pool:
    """A few connections to the vault; a lost one is replaced. Raises one of shared.database.LOST."""
    settings = {"search_path": SCHEMA, "application_name": application, "timezone": "UTC", "jit": "off"}
    settings |= {"idle_in_transaction_session_timeout": "15s", "lock_timeout": "10s"}
    return await asyncpg.create_pool(
        dsn, min_size=1, max_size=4, timeout=5, command_timeout=10, server_settings=settings
    )


class DataKeys:
    """Households' keys by id. A key that was loaded is forgotten within a minute, so that an erasure reaches everyone.

    Two generations are enough for that: every half of a minute the older one is dropped, and a hit never prolongs.
    """

    def __init__(self, masters: MasterKeys, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._masters, self._monotonic = masters, monotonic
        self._young: dict[UUID, Key] = {}
        self._old: dict[UUID, Key] = {}
        self._turned = monotonic()

    async def load(self, executes: Executes, households: Iterable[UUID]) -> dict[UUID, Key]:
        """The keys of these households, those that exist."""
        self._turn()
        wanted = set(households)
        missing = [one for one in wanted if one not in self._young and one not in self._old]
        found = {one: key for one in wanted if (key := self._young.get(one) or self._old.get(one))}
        if missing:
            for household, wrapped in await executes.fetch(_LOAD, missing):
                found[household] = self._young[household] = self._masters.unwrap(wrapped, household.bytes)
        return found

    async def make(self, connection: Held, households: Iterable[UUID]) -> dict[UUID, Key]:
        """New keys, written in the caller's transaction; `remember` them when it is committed.

        A household that gets its id back after a restore may have its key already: that one stays."""
        secrets = {household: new_secret() for household in sorted(households)}
        wrapped = [self._masters.wrap(secret, household.bytes) for household, secret in secrets.items()]
        status = await connection.execute(_INSERT_KEYS, list(secrets), wrapped)
        if int(status.rsplit(" ", 1)[1]) != len(secrets):
            return await self.load(connection, secrets)
        return {household: self._masters.key(secret) for household, secret in secrets.items()}

    def remember(self, keys: dict[UUID, Key]) -> None:
        self._turn()
        self._young |= keys

    def forget(self, household: UUID) -> None:
        self._young.pop(household, None)
        self._old.pop(household, None)

    def _turn(self) -> None:
        """At fixed moments, not when somebody asks: a generation that nobody looked at for long is as old as it is."""
        turns = int((self._monotonic() - self._turned) / (CACHE_SECONDS / 2))
        if turns:
            self._old, self._young = (self._young if turns == 1 else {}), {}
            self._turned += turns * CACHE_SECONDS / 2


async def load_service_keys(executes: Executes, masters: MasterKeys, *, make: bool) -> dict[str, Key]:
    """The services' keys by name; with `make` the missing ones are made, once for all members.

    Identities are found by their hashes, and nobody can hash them anew: the suite of the hashes is the one with which
    the vault began, whatever the setting says later. It stands in the key's name.
    """
    known = dict(await executes.fetch(_SERVICE))
    if make:
        sm = HASHES_SM in known or (masters.suite is SM and HASHES not in known)
        names = [HASHES_SM if sm and name == HASHES else name for name in SERVICE_KEYS]
        wrapped = [masters.wrap(new_secret(), name.encode()) for name in names]
        await executes.execute(_INSERT_SERVICE, names, wrapped)
        known = dict(await executes.fetch(_SERVICE))
    found = {name: masters.unwrap(wrapped, name.encode()) for name, wrapped in known.items() if name in SERVICE_KEYS}
    if HASHES in known:
        found[HASHES] = masters.unwrap(known[HASHES], HASHES.encode(), AES)
    elif HASHES_SM in known:
        found[HASHES] = masters.unwrap(known[HASHES_SM], HASHES_SM.encode(), SM)
    return found
