"""Both servers, or those of one's own that FRESHWATER_KAFKA and FRESHWATER_POSTGRES name."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from freshwater.places import data_folder, jars_folder
from freshwater.servers.errors import ServersError
from freshwater.servers.kafka import Kafka
from freshwater.servers.ports import free_port
from freshwater.servers.postgres import Postgres
from freshwater.servers.report import Report, say
from freshwater.servers.server import Server

OLDEST_POSTGRES = 15
CONNECT_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the two are, and handles on those that are ours.

    `kafka` lists `host:port` addresses; `postgres` is a superuser's DSN to the database `postgres`.
    """

    kafka: list[str]
    postgres: str
    own_kafka: Server | None = None
    own_postgres: Server | None = None

    @property
    def kafka_server(self) -> Server:
        """Raises ServersError where Kafka is not ours to kill, freeze or restart."""
        return _ours(self.own_kafka, "FRESHWATER_KAFKA")

    @property
    def postgres_server(self) -> Server:
        """Raises ServersError where PostgreSQL is not ours to kill, freeze or restart."""
        return _ours(self.own_postgres, "FRESHWATER_POSTGRES")

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which another process uses these servers."""
        return {"FRESHWATER_KAFKA": ",".join(self.kafka), "FRESHWATER_POSTGRES": self.postgres}


def _ours(server: Server | None, variable: str) -> Server:
    if server is None:
        raise ServersError(f"This server is not ours to stop: {variable} names it")
    return server


@asynccontextmanager
async def servers(
    data: Path | None = None,
    *,
    performance: bool = False,
    postgres_settings: Mapping[str, str] | None = None,
    kafka_port: int | None = None,
    postgres_port: int | None = None,
    report: Report = say,
) -> AsyncIterator[Servers]:
    """Kafka and PostgreSQL, ready, for as long as the block lasts. What is on `data` is kept.

    `performance`: more memory and the better compiler, at the price of a slower start. Ports are free ones unless
    given. Raises ServersError.
    """
    folder = (data or data_folder()).absolute()
    kafka, postgres = os.environ.get("FRESHWATER_KAFKA"), os.environ.get("FRESHWATER_POSTGRES")
    kafka_program = Kafka(folder / "kafka", jars_folder(), report, performance, kafka_port or free_port())
    postgres_program = Postgres(
        folder / "postgres", report, performance, postgres_settings or {}, postgres_port or free_port()
    )
    own_kafka = None if kafka else Server(kafka_program, report)
    own_postgres = None if postgres else Server(postgres_program, report)
    async with AsyncExitStack() as stack:
        ours = [server for server in (own_kafka, own_postgres) if server is not None]
        for server in ours:
            stack.push_async_callback(server.stop)
        await _both(
            own_kafka.start() if own_kafka else check_kafka(kafka or ""),
            own_postgres.start() if own_postgres else check_postgres(postgres or ""),
        )
        yield Servers(
            kafka=kafka.split(",") if kafka else [kafka_program.address],
            postgres=postgres or postgres_program.dsn,
            own_kafka=own_kafka,
            own_postgres=own_postgres,
        )


async def _both(*steps: Coroutine[Any, Any, None]) -> None:
    """At once; where one fails the other is broken off, and the failure raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except* ServersError as errors:
        raise errors.exceptions[0] from None


async def check_kafka(addresses: str) -> None:
    """Raises ServersError where no broker answers."""
    client = AdminClient({"bootstrap.servers": addresses, "log_level": 0})
    try:
        await asyncio.to_thread(client.list_topics, timeout=CONNECT_SECONDS)
    except KafkaException as error:
        raise ServersError(
            f"The Kafka of FRESHWATER_KAFKA does not answer at {addresses}: {error.args[0].str()}"
        ) from error


async def check_postgres(dsn: str) -> None:
    """Raises ServersError where PostgreSQL does not answer or is too old. The message holds no password."""
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # A DSN that does not parse is quoted in the error, password and all.
        reason = "not a DSN" if isinstance(error, ValueError | asyncpg.InterfaceError) else str(error)
        raise ServersError(f"The PostgreSQL of FRESHWATER_POSTGRES does not answer: {reason}") from None
    try:
        version = connection.get_server_version()
    finally:
        await connection.close()
    if version.major < OLDEST_POSTGRES:
        raise ServersError(
            f"The PostgreSQL of FRESHWATER_POSTGRES is version {version.major}; {OLDEST_POSTGRES} or newer is needed"
        )
