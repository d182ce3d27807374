"""Where a command that needs servers works: on those that are named, on a demonstration that runs here, or on the
data of this machine, whose servers are then started for as long as the command lasts."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from anyio.from_thread import start_blocking_portal

from freshwater.places import data_folder
from freshwater.servers import Servers, servers
from freshwater.servers.report import say
from freshwater.stack.place import Place, at_database
from freshwater.timeline import go_on

ADDRESSES = "addresses.json"
NAMED = ("FRESHWATER_KAFKA", "FRESHWATER_POSTGRES")
_KNOCK_SECONDS = 1.0


@contextmanager
def announced(found: Servers, folder: Path, **more: str) -> Iterator[None]:
    """Let commands in other terminals find these servers, and `more` by its variables, as long as the block lasts."""
    file = folder / ADDRESSES
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as stream:
        json.dump({**found.environment, **more}, stream)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def at_hand() -> Iterator[None]:
    """FRESHWATER_KAFKA and FRESHWATER_POSTGRES name servers while the block lasts. Raises ServersError."""
    if all(os.environ.get(name) for name in NAMED):
        yield
        return
    folder = data_folder()
    with ExitStack() as stack:
        found = said_here(folder)
        if not found:
            portal = stack.enter_context(start_blocking_portal())
            started = stack.enter_context(portal.wrap_async_context_manager(servers(folder, report=say)))
            found = started.environment
            go_on(Place(folder).timeline)
        stack.enter_context(_environment(installed(found, folder)))
        yield


def installed(found: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The databases and secrets too, where something was set up on this data."""
    if not (folder / "secrets").exists():
        return dict(found)
    place = Place.on(folder, own=not (folder / "names.json").exists())
    more = {
        "FRESHWATER_POSTGRES": at_database(found["FRESHWATER_POSTGRES"], place.database),
        "FRESHWATER_VAULT": at_database(found["FRESHWATER_POSTGRES"], place.vault),
        "FRESHWATER_VAULT_KEY": place.secret("vault"),
        "FRESHWATER_TOPIC_PREFIX": place.prefix,
    }
    if place.timeline.exists():
        more["FRESHWATER_CLOCK_FILE"] = str(place.timeline)
    return {**found, **more}


def said_here(folder: Path) -> Mapping[str, str]:
    """What a demonstration said of itself, if it still answers: one that was killed could not take it back."""
    with suppress(OSError, ValueError):
        said: dict[str, str] = json.loads((folder / ADDRESSES).read_text("ascii"))
        host, _, port = said["FRESHWATER_KAFKA"].partition(",")[0].rpartition(":")
        with socket.create_connection((host, int(port)), _KNOCK_SECONDS):
            return said
    return {}


@contextmanager
def _environment(more: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
