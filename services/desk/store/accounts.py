"""Accounts: who may sign in, and how often somebody has tried in vain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from asyncpg import Record

from services.desk.domain.lockout import FAILURES, LOCKED_FOR
from shared.database import Connection
from shared.errors import FreshwaterError

LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_ADD = """
INSERT INTO accounts (account, login, role, subject, password_hash, created_at, units, leads)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_RENEW = """
UPDATE accounts SET password_hash = $2, epoch = epoch + 1, failures = 0, locked_until = NULL, disabled = false
WHERE login = $1
"""
_TRY = """
UPDATE accounts SET failures = CASE WHEN failures < $3 THEN failures + 1 ELSE 0 END,
    locked_until = CASE WHEN failures < $3 THEN NULL ELSE $4::timestamptz END
WHERE account = $1 AND (locked_until IS NULL OR locked_until <= $2) RETURNING failures
"""


class LoginTaken(FreshwaterError):
    """An account of that login is there already."""


async def add(
    connection: Connection,
    account: UUID,
    login: str,
    role: str,
    subject: str | None,
    password_hash: str | None,
    now: datetime,
    units: Sequence[str] = (),
    leads: bool = False,
) -> None:
    """Make an account. Raises LoginTaken."""
    try:
        await connection.execute(_ADD, account, login, role, subject, password_hash, now, units, leads)
    except asyncpg.UniqueViolationError:
        raise LoginTaken(f"the login {login!r} is taken; choose another, or give it a new password") from None


async def renew(connection: Connection, login: str, password_hash: str) -> bool:
    """A new password: it ends all sessions, unlocks and enables. False where there is no such login."""
    return await connection.execute(_RENEW, login, password_hash) == "UPDATE 1"


async def grant(connection: Connection, account: UUID, role: str, subject: str | None, leads: bool) -> None:
    """What an account may do from now on; its sessions end."""
    sql = "UPDATE accounts SET role = $2, subject = $3, leads = $4, units = '{}', epoch = epoch + 1 WHERE account = $1"
    await connection.execute(sql, account, role, subject, leads)


async def disable(connection: Connection, login: str) -> bool:
    """Nobody signs in to it any more. False where there is no such login."""
    sql = "UPDATE accounts SET disabled = true, epoch = epoch + 1 WHERE login = $1"
    return await connection.execute(sql, login) == "UPDATE 1"


async def all_of_them(connection: Connection) -> list[Record]:
    """Every account without its password."""
    return await connection.fetch(
        "SELECT account, login, role, subject, units, leads, created_at, locked_until, disabled, single_sign_on"
        " FROM accounts ORDER BY login"
    )


async def by_login(connection: Connection, login: str) -> Record | None:
    return await connection.fetchrow("SELECT * FROM accounts WHERE login = $1", login)


async def by_id(connection: Connection, account: UUID) -> Record | None:
    """For every request: one row by its key."""
    return await connection.fetchrow(
        "SELECT account, login, role, subject, units, leads, epoch, disabled FROM accounts WHERE account = $1", account
    )


async def by_single_sign_on(connection: Connection, subject: str) -> Record | None:
    """The account of somebody whom the sign-on provider calls by this subject, if it may do anything."""
    return await connection.fetchrow(
        "SELECT * FROM accounts WHERE single_sign_on = $1 AND NOT disabled AND role <> 'none'", subject
    )


async def link(connection: Connection, account: UUID, subject: str | None) -> None:
    """From now on this subject of the sign-on provider is this account. Raises LoginTaken."""
    try:
        await connection.execute("UPDATE accounts SET single_sign_on = $2 WHERE account = $1", account, subject)
    except asyncpg.UniqueViolationError:
        raise LoginTaken("this subject of the sign-on service is another account's already") from None


async def may_try(connection: Connection, account: UUID, now: datetime) -> bool:
    """Count one more try. False where the account is locked, or is locked by this very try."""
    row = await connection.fetchrow(_TRY, account, now, FAILURES, now + LOCKED_FOR)
    return row is not None and row["failures"] > 0


async def signed_in(connection: Connection, account: UUID) -> None:
    """The right password: failures are forgotten."""
    await connection.execute("UPDATE accounts SET failures = 0, locked_until = NULL WHERE account = $1", account)


async def end_sessions(connection: Connection, account: UUID) -> None:
    """All sessions of an account are over."""
    await connection.execute("UPDATE accounts SET epoch = epoch + 1 WHERE account = $1", account)
