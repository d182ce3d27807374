"""PostgreSQL: one connection a loop, with the limits that keep a frozen member from stopping the others; migrations."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TypeAlias

import asyncpg

from shared.errors import FreshwaterError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

OWN_MIGRATIONS = Path(__file__).parent / "migrations"
_NAME = re.compile(r"^\d{4}_[a-z0-9_]+\.sql$")
_POST = re.compile(r"^\d{4}_post_")
_SCHEMA = re.compile(r"^[a-z][a-z0-9_]{0,62}$")

# A member that is frozen inside its transaction holds its row locks: without these two its successor waits until the
# sleeper wakes (28 s were seen, unbounded in principle).
_LIMITS = {"idle_in_transaction_session_timeout": "15s", "lock_timeout": "10s", "timezone": "UTC", "jit": "off"}
MIGRATION_SECONDS = 3600.0
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.CannotConnectNowError, TimeoutError)


async def connect(dsn: str, schema: str, *, application: str | None = None, command_timeout: float = 10) -> Connection:
    """A connection whose search path is one service's schema. Raises one of `LOST` where the server is away."""
    settings = {**_LIMITS, "search_path": schema, "application_name": application or schema}
    return await asyncpg.connect(dsn, timeout=5, command_timeout=command_timeout, server_settings=settings)


class Database:
    """One connection that is made again after a loss. Not to be shared between tasks."""

    def __init__(self, dsn: str, schema: str, application: str | None = None) -> None:
        self._dsn, self._schema, self._application = dsn, schema, application
        self._connection: Connection | None = None

    async def connection(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self._dsn, self._schema, application=self._application)
        return self._connection

    def lost(self) -> None:
        """Drop the connection without a word to the server, which may not be listening."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


class MigrationChanged(FreshwaterError):
    """A migration that was applied has been edited since: write a new one instead."""


async def migrate(dsn: str, schema: str, *folders: Path, post: bool = False) -> list[str]:
    """Bring a schema up to date; returns the names applied. Several processes may call it at once.

    Each folder's `NNNN_what.sql` files run in the order of their names, each file in one transaction, each once. What
    the code of the release before cannot live with is called `NNNN_post_what.sql`: on a schema that is in use it waits
    for `post`, which is given when the last old process has gone.
    """
    if not _SCHEMA.match(schema):
        raise FreshwaterError(f"{schema!r} can not be a schema: lower-case letters, digits and _ are allowed")
    # Over full tables a migration takes minutes, and whoever comes second waits for it; for a table it waits no longer.
    connection = await connect(dsn, schema, command_timeout=MIGRATION_SECONDS)
    try:
        await connection.execute("SET lock_timeout = 0")
        await connection.execute("SELECT pg_advisory_lock(hashtext($1))", f"freshwater:{schema}")
        await connection.execute("RESET lock_timeout")
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        await connection.execute("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, sha256 text NOT NULL)")
        applied = {row["name"]: row["sha256"] for row in await connection.fetch("SELECT name, sha256 FROM migrations")}
        everything = post or not applied
        return [name for folder in folders for name in await _apply(connection, folder, applied, everything)]
    finally:
        await connection.close()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.sql"))


async def _apply(connection: Connection, folder: Path, applied: dict[str, str], everything: bool) -> list[str]:
    names = []
    for path in _files(folder):
        name, sql = f"{folder.parent.name}/{path.name}", path.read_text(encoding="utf-8")
        digest = hashlib.sha256(sql.encode()).hexdigest()
        if not _NAME.match(path.name):
            raise FreshwaterError(f"{name}: a migration is named NNNN_what.sql")
        if name in applied:
            if applied[name] != digest:
                raise MigrationChanged(f"{name} was applied and has been edited since; write a new migration instead")
            continue
        if _POST.match(path.name) and not everything:
            continue
        async with connection.transaction():
            await connection.execute(sql)
            await connection.execute("INSERT INTO migrations VALUES ($1, $2)", name, digest)
        names.append(name)
    return names
