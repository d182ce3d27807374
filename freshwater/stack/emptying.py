"""Starts from empty data: takes away what an earlier run left, and nothing that is in use or somebody else's."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import ExitStack

from freshwater.servers import Servers
from freshwater.servers.ownership import own
from freshwater.servers.report import Report
from freshwater.stack.databases import drop_databases
from freshwater.stack.place import Place
from freshwater.topics.changes import PATIENCE_SECONDS, admin_client

OWN = ("kafka", "postgres")


async def empty_folder(place: Place, report: Report) -> None:
    """Delete the folder of our own servers and of this installation. Raises ServersError where one of them runs."""
    place.folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        for name in OWN:
            lock = await own(place.folder / f"{name}.lock", f"the data in {place.folder}", report)
            held.callback(os.close, lock)
        for entry in place.folder.iterdir():
            if entry.name.endswith(".lock"):
                continue
            if entry.is_dir():
                await asyncio.to_thread(shutil.rmtree, entry)
            else:
                entry.unlink()


async def empty_servers(servers: Servers, place: Place) -> None:
    """On servers of somebody's own: drop the databases, roles and topics of this installation, by its names."""
    if servers.own_postgres is None:
        await drop_databases(servers.postgres, place)
    if servers.own_kafka is None and place.prefix:
        await asyncio.to_thread(_delete_topics, servers.kafka, f"{place.prefix}freshwater.")


def _delete_topics(bootstrap: list[str], beginning: str) -> None:
    client = admin_client(bootstrap)
    names = [name for name in client.list_topics(timeout=PATIENCE_SECONDS).topics if name.startswith(beginning)]
    for future in client.delete_topics(names).values() if names else ():
        future.result(PATIENCE_SECONDS)
