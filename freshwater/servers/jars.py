"""Kafka's jars: fetched once, checked against `jars.lock` at every start.

jgo itself only warns of a wrong checksum, and takes a download that broke off for a file that is there; the
SHA-256 here decides. No request is made while all files are right.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from freshwater.servers.errors import ServersError
from freshwater.servers.lock import Jar, read_lock, sha256
from freshwater.servers.report import Report, counting

ATTEMPTS = 3
AT_ONCE = 8


async def ensure_jars(folder: Path, report: Report, jars: Sequence[Jar] | None = None) -> list[Path]:
    """Have every pinned jar in `folder`, right to the byte. Returns their paths relative to `folder`.

    Raises ServersError where a jar cannot be fetched, or arrives with other bytes than those pinned.
    """
    pinned = read_lock() if jars is None else jars
    given_up = threading.Event()
    try:
        await asyncio.to_thread(_ensure, folder, pinned, report, given_up)
    finally:
        # A cancelled to_thread goes on; Ctrl-C would wait for the whole download.
        given_up.set()
    return [jar.path for jar in pinned]


def _ensure(folder: Path, jars: Sequence[Jar], report: Report, given_up: threading.Event) -> None:
    if not _wrong(folder, jars):
        return
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder / ".lock", report, given_up):
        # Another start may have fetched them while we waited.
        if wrong := _wrong(folder, jars):
            _fetch(folder, wrong, report, given_up)


def _wrong(folder: Path, jars: Sequence[Jar]) -> list[Jar]:
    """Those that are missing or hold other bytes."""

    def right(jar: Jar) -> bool:
        file = folder / jar.path
        return file.exists() and sha256(file) == jar.sha256

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [jar for jar, is_right in zip(jars, pool.map(right, jars), strict=True) if not is_right]


@contextmanager
def _only_one(lock: Path, report: Report, given_up: threading.Event) -> Iterator[None]:
    told = False
    with lock.open("w") as stream:
        while not given_up.is_set():
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    report("Another start is fetching Kafka; waiting for it")
                told = True
                given_up.wait(0.1)
        yield


def _fetch(folder: Path, jars: Sequence[Jar], report: Report, given_up: threading.Event) -> None:
    from jgo.maven import MavenContext

    mirror = os.environ.get("FRESHWATER_MAVEN_MIRROR")
    context = MavenContext(repo_cache=folder, timeout=60, remote_repos={"mirror": mirror} if mirror else None)
    with counting(report, "Fetching Kafka", len(jars)) as advance, ThreadPoolExecutor(AT_ONCE) as pool:
        tasks = [pool.submit(_fetch_one, context, folder, jar, given_up) for jar in jars]
        try:
            for task in as_completed(tasks):
                task.result()
                advance()
        finally:
            pool.shutdown(cancel_futures=True)


def _fetch_one(context: Any, folder: Path, jar: Jar, given_up: threading.Event) -> None:
    if given_up.is_set():
        return
    file = folder / jar.path
    for attempt in range(1, ATTEMPTS + 1):
        # jgo takes any file that is there for the right one, and refuses to write over it.
        file.unlink(missing_ok=True)
        try:
            context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
        # jgo raises RuntimeError, requests its own family, the disk OSError: all of them are worth another try.
        except Exception as error:
            if attempt == ATTEMPTS:
                raise ServersError(_cannot_fetch(jar, error)) from error
        else:
            if (found := sha256(file)) == jar.sha256:
                return
            file.unlink()
    raise ServersError(
        f"{jar.coordinate} was refused: its SHA-256 is {found}, jars.lock pins {jar.sha256}. "
        "The place it came from serves another file; do not use it until you know why."
    )


def _cannot_fetch(jar: Jar, error: Exception) -> str:
    return (
        f"Kafka could not be fetched: {jar.coordinate}: {type(error).__name__}: {error}. "
        "Is there a network? Behind a mirror set FRESHWATER_MAVEN_MIRROR to its address; behind a company's own "
        "certificate set REQUESTS_CA_BUNDLE to its file; or set FRESHWATER_KAFKA to a Kafka of your own."
    )
