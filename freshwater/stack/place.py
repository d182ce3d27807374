"""Where one installation keeps its things: names of databases and topics, secrets, logs, the timeline."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from shared.errors import FreshwaterError


class StackError(FreshwaterError):
    """Freshwater cannot be set up or started here. The message says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, and what the databases and topics of this installation are called on its servers."""

    folder: Path
    database: str = "freshwater"
    vault: str = "freshwater_vault"
    prefix: str = ""

    @staticmethod
    def on(folder: Path, own: bool) -> Place:
        """The installation of this folder. On servers of somebody's own its names are drawn once: others live there."""
        file = folder / "names.json"
        if own:
            return Place(folder)
        if not file.exists():
            word = secrets.token_hex(4)
            names = {"database": f"freshwater_{word}", "vault": f"freshwater_{word}_vault", "prefix": f"{word}."}
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(names), "ascii")
        return Place(folder, **json.loads(file.read_text("ascii")))

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def timeline(self) -> Path:
        return self.folder / "clock"

    def secret(self, name: str) -> str:
        """A secret that is drawn once and kept in a file that only its owner reads."""
        file = self.folder / "secrets" / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            self.keep(name, base64.b64encode(secrets.token_bytes(32)).decode("ascii"))
        return file.read_text("ascii")

    def kept(self, name: str) -> str | None:
        """A secret that somebody else drew, if it was kept here."""
        file = self.folder / "secrets" / name
        return file.read_text("ascii") if file.exists() else None

    def keep(self, name: str, value: str) -> None:
        """Keep a secret. Whole or not at all: a broken-off file would be taken for the secret."""
        file = self.folder / "secrets" / name
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = file.with_name(file.name + ".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as stream:
            stream.write(value)
        new.replace(file)


def at_database(dsn: str, database: str, user: str | None = None, password: str | None = None) -> str:
    """The same server, another database, and another user where one is named. The password is URL-safe."""
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{user}:{password}@{host}" if user else parts.netloc
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))
