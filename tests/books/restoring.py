"""A backup of a running installation, and its restore: the databases go back, Kafka stays as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg

from freshwater.stack import Stack
from freshwater.stack.databases import make_databases
from freshwater.stack.place import at_database
from shared.contracts.topics import SERVICES

STATES = "SELECT household, subject, kind, revision, label, owner FROM states ORDER BY 1, 2, 3"
# Not by whom: of a county's households in other partitions another one may have been the first in its batch.
DEADLINES = "SELECT household, subject, kind FROM deadlines WHERE kind <> 'canary' ORDER BY 1, 2, 3"
OFFSETS = "SELECT topic, partition, next FROM offsets WHERE topic <> 'freshwater.clock.v1' ORDER BY 1, 2"
TABLES = {
    "intake": ("SELECT * FROM submissions ORDER BY 1", "SELECT * FROM links ORDER BY 1"),
    "notify": ("SELECT id, state, attempt, reason, endings FROM deliveries ORDER BY 1",),
    "desk": ("SELECT * FROM demands ORDER BY demand", "SELECT * FROM timeline ORDER BY event"),
}
"""What must be the same again, beside states, deadlines and offsets."""


class Backup:
    """Copies of both databases. The services stop for it: only what nobody uses can be copied at once."""

    def __init__(self, running: Stack) -> None:
        self._running = running
        self._names = (running.place.database, running.place.vault)

    async def make(self) -> None:
        await self._while_stopped(statement for name in self._names for statement in _copied(name, f"{name}_kept"))

    async def restore(self) -> None:
        """The databases are what they were; Kafka is not."""
        await self._while_stopped(
            statement
            for name in self._names
            for statement in (f'DROP DATABASE "{name}" WITH (FORCE)', *_copied(f"{name}_kept", name))
        )

    async def _while_stopped(self, statements: Iterator[str]) -> None:
        services = self._running.services.values()
        await asyncio.gather(*[process.stop() for process in services])
        await self._run(statements)
        await make_databases(self._running.servers.postgres, self._running.place)
        await asyncio.gather(*[process.start() for process in services])

    async def drop(self) -> None:
        await self._run(f'DROP DATABASE IF EXISTS "{name}_kept" WITH (FORCE)' for name in self._names)

    async def _run(self, statements: Iterator[str]) -> None:
        connection = await asyncpg.connect(self._running.servers.postgres)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()


def _copied(source: str, target: str) -> tuple[str, ...]:
    return (
        f'ALTER DATABASE "{source}" ALLOW_CONNECTIONS false',
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{source}'",
        f'CREATE DATABASE "{target}" TEMPLATE "{source}"',
        f'ALTER DATABASE "{source}" ALLOW_CONNECTIONS true',
    )


async def held(running: Stack) -> dict[str, Any]:
    """What the five services hold, by service and question."""
    found: dict[str, Any] = {}
    dsn = at_database(running.servers.postgres, running.place.database)
    for service in SERVICES:
        connection = await asyncpg.connect(dsn, server_settings={"search_path": service})
        try:
            for question in (STATES, DEADLINES, OFFSETS, *TABLES.get(service, ())):
                found[f"{service}: {question}"] = [dict(row) for row in await connection.fetch(question)]
        finally:
            await connection.close()
    return found


def differences(there: dict[str, Any], again: dict[str, Any]) -> list[str]:
    """What is not as it was, by question, row and column."""
    found = []
    for question, rows in there.items():
        if len(rows) != len(again[question]):
            found.append(f"{question}: {len(rows)} rows were there, {len(again[question])} are")
            continue
        for row, now in zip(rows, again[question], strict=True):
            found += [f"{question}: {name} {row[name]!r} -> {now[name]!r}" for name in row if row[name] != now[name]]
    return found
