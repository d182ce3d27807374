"""Two servers never share a folder, and a server on a leash ends with whoever holds it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from freshwater.servers import Servers, ServersError, ownership
from freshwater.servers.ownership import own
from freshwater.servers.server import LEASH, Server


async def test_a_second_start_on_the_same_folder_is_refused_and_says_who_has_it(
    own_servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership, "PATIENCE_SECONDS", 0.2)
    told: list[str] = []
    for first in (own_servers.kafka_server, own_servers.postgres_server):
        with pytest.raises(ServersError, match=rf"in use by another run \(process {first.pid}\)"):
            await Server(first.program, told.append).start()
        assert await first.program.answers()
    assert len(told) == 2


async def test_who_comes_while_the_other_stops_waits_for_it(tmp_path: Path) -> None:
    lock = tmp_path / "kafka.lock"
    first = await own(lock, "Kafka", print)
    told: list[str] = []
    second = asyncio.ensure_future(own(lock, "Kafka", told.append))
    await asyncio.wait([second], timeout=0.2)
    assert told == ["Kafka is in use; waiting for the other run to end"]
    os.close(first)
    os.close(await asyncio.wait_for(second, 5))


# What a server may do to us: not listen to the signal, or be frozen when it comes.
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
FROZEN = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP); signal.pause()"


@pytest.mark.parametrize("program", [DEAF, FROZEN], ids=["deaf", "frozen"])
def test_a_server_that_does_not_stop_is_killed_after_the_grace(tmp_path: Path, program: str) -> None:
    lock, log = tmp_path / "lock", tmp_path / "log"
    with lock.open("w") as held, log.open("w") as errors:
        fcntl.flock(held, fcntl.LOCK_EX)
        command = [sys.executable, "-I", "-S", str(LEASH), str(held.fileno()), str(int(signal.SIGTERM)), "0.3"]
        leash = subprocess.Popen(
            [*command, sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            pass_fds=(held.fileno(),),
        )
    assert leash.stdout is not None
    server = psutil.Process(int(leash.stdout.readline()))
    while not (log.read_text() or server.status() == psutil.STATUS_STOPPED):
        time.sleep(0.01)
    with pytest.raises(BlockingIOError):
        _lock(lock)

    # Closes its standard input, as the end of this process would, and waits for it.
    leash.communicate(timeout=10)

    assert leash.returncode != 0
    assert not server.is_running()
    _lock(lock)


def _lock(file: Path) -> None:
    with file.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
