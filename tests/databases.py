"""Fresh databases by cloning: a template is prepared once in a session, a copy of it takes some 30 ms."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import asyncpg

Prepare = Callable[[str], Awaitable[object]]
"""Brings an empty database to what a test starts from (migrations, seed rows), given its superuser DSN."""


@dataclass(frozen=True, slots=True)
class Template:
    """What fresh databases are copies of. The name stands for the preparation: same name, prepared once."""

    name: str
    prepare: Prepare | None = None


EMPTY = Template("empty")


@dataclass(slots=True)
class Databases:
    """Makes and drops databases on one server. `server` is a superuser's DSN."""

    server: str
    run: str = field(default_factory=lambda: f"test_{secrets.token_hex(4)}")
    _templates: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    _count: int = 0

    async def fresh(self, template: Template = EMPTY) -> str:
        """The superuser's DSN to a new database, equal to the template."""
        source = f"{self.run}_{template.name}"
        if template.name not in self._templates:
            self._templates[template.name] = asyncio.ensure_future(self._prepare(source, template))
        await self._templates[template.name]
        self._count += 1
        name = f"{self.run}_{self._count}"
        await self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
        return self._dsn(name)

    async def drop(self, dsn: str) -> None:
        """Drop it, whoever is still connected."""
        await self._execute(f'DROP DATABASE IF EXISTS "{urlsplit(dsn).path[1:]}" WITH (FORCE)')

    async def drop_all(self) -> None:
        """Drop what this session made; only needed on a server that outlives it."""
        connection = await asyncpg.connect(self.server)
        rows = await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE $1", f"{self.run}%")
        await connection.close()
        for row in rows:
            await self.drop(self._dsn(row["datname"]))

    async def _prepare(self, name: str, template: Template) -> None:
        await self._execute(f'CREATE DATABASE "{name}"')
        if template.prepare is not None:
            await template.prepare(self._dsn(name))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _dsn(self, database: str) -> str:
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{database}"))
