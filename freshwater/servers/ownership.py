"""One server at a time on a data folder: a lock that the server's own processes inherit.

Kafka finds out only after its raft part has started that the folder is in use, and then the *first* broker hangs when
it is to stop; so the lock is taken before anything is run.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from pathlib import Path

from freshwater.servers.errors import ServersError
from freshwater.servers.report import Report

# A clean stop of Kafka takes a second or two; who waits longer meets a server that is in use.
PATIENCE_SECONDS = 15


async def own(file: Path, what: str, report: Report) -> int:
    """The descriptor of the locked file; waits for a server that is just stopping.

    `what` names server and folder for people. Raises ServersError where the other one goes on.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        raise ServersError(
            f"{what} belongs to another user: {error}. Run as the user who started it first (root?), or give this run "
            "a FRESHWATER_HOME of its own."
        ) from None
    try:
        await _until_locked(lock, what, report)
    except BaseException:
        os.close(lock)
        raise
    return lock


async def _until_locked(lock: int, what: str, report: Report) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    told = False
    while not _locked(lock):
        if time.monotonic() > end:
            raise ServersError(_in_use(lock, what))
        if not told:
            report(f"{what} is in use; waiting for the other run to end")
        told = True
        await asyncio.sleep(0.05)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _in_use(lock: int, what: str) -> str:
    holder = os.pread(lock, 20, 0).decode("ascii") or "still starting"
    return (
        f"{what} is in use by another run (process {holder}). Stop that run, or share its servers by "
        "FRESHWATER_KAFKA and FRESHWATER_POSTGRES, or give this run a FRESHWATER_HOME of its own."
    )
