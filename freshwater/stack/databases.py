"""The two databases, and one role for each service: it owns its own schema and sees no other."""

from __future__ import annotations

import asyncpg

from freshwater.stack.place import Place, StackError, at_database
from shared.contracts.topics import SERVICES
from shared.vault import migrate_vault

FINDS, OPENS = "intake", "notify"
"""Who finds, seals and erases in the vault, and who opens there."""
_ROLE_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = $1"
_DATABASE_EXISTS = "SELECT 1 FROM pg_database WHERE datname = $1"


def role_of(place: Place, service: str) -> str:
    """Roles belong to the whole server: two installations on one have their own."""
    return f"{place.database}_{service}"


def service_dsn(server: str, place: Place, service: str, database: str | None = None) -> str:
    """The service's own way into its database, or into the vault."""
    password = place.secret(f"postgres-{service}").translate(_URL_SAFE)
    return at_database(server, database or place.database, role_of(place, service), password)


_URL_SAFE = str.maketrans({"+": "-", "/": "_", "=": None})


async def make_databases(server: str, place: Place) -> None:
    """Make what is missing. `server` is a superuser's DSN, or one of somebody who may make databases and roles."""
    try:
        connection = await asyncpg.connect(server)
        try:
            for service in SERVICES:
                await _make_role(connection, place, service)
            for database in (place.database, place.vault):
                if not await connection.fetchval(_DATABASE_EXISTS, database):
                    await connection.execute(f'CREATE DATABASE "{database}"')
        finally:
            await connection.close()
        await _rights(server, place)
        await _vault_rights(server, place)
    except asyncpg.PostgresError as error:
        raise StackError(f"PostgreSQL refused to make Freshwater's databases and roles: {error}") from error


async def _make_role(connection: asyncpg.Connection[asyncpg.Record], place: Place, service: str) -> None:
    """The password is set at every start: it lies in this folder, and the folder may be another one than before."""
    role = role_of(place, service)
    password = place.secret(f"postgres-{service}").translate(_URL_SAFE)
    verb = "ALTER" if await connection.fetchval(_ROLE_EXISTS, role) else "CREATE"
    await connection.execute(f"{verb} ROLE \"{role}\" LOGIN PASSWORD '{password}'")


async def _rights(server: str, place: Place) -> None:
    connection = await asyncpg.connect(at_database(server, place.database))
    try:
        await connection.execute(f'REVOKE ALL ON DATABASE "{place.database}" FROM PUBLIC')
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        for service in SERVICES:
            role = role_of(place, service)
            # CREATE: a service makes its own schema, by CREATE SCHEMA IF NOT EXISTS, which asks for it every time.
            await connection.execute(f'GRANT CONNECT, CREATE ON DATABASE "{place.database}" TO "{role}"')
    finally:
        await connection.close()


async def _vault_rights(server: str, place: Place) -> None:
    """Intake owns the vault; notify reads the keys there, and never the way from an identity to a household."""
    finds, opens = role_of(place, FINDS), role_of(place, OPENS)
    connection = await asyncpg.connect(at_database(server, place.vault))
    try:
        await connection.execute(f'REVOKE ALL ON DATABASE "{place.vault}" FROM PUBLIC')
        await connection.execute(f'GRANT CONNECT, CREATE ON DATABASE "{place.vault}" TO "{finds}"')
        await connection.execute(f'GRANT CONNECT ON DATABASE "{place.vault}" TO "{opens}"')
        await migrate_vault(service_dsn(server, place, FINDS, place.vault))
        await connection.execute(f'GRANT USAGE ON SCHEMA vault TO "{opens}"')
        await connection.execute(f'GRANT SELECT ON vault.data_keys, vault.service_keys, vault.files TO "{opens}"')
    finally:
        await connection.close()


async def drop_databases(server: str, place: Place) -> None:
    """Take it all away again: both databases, and the roles."""
    connection = await asyncpg.connect(server)
    try:
        for database in (place.database, place.vault):
            await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        for service in SERVICES:
            await connection.execute(f'DROP ROLE IF EXISTS "{role_of(place, service)}"')
    finally:
        await connection.close()
