"""A service as a process: ready when it says so, started again when it ends, gone when whoever started it is."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from freshwater.places import CHECKOUT
from freshwater.stack import Place, StackError
from freshwater.stack.place import at_database
from freshwater.stack.service import ServiceProcess

READY = 'import sys, time; print(\'{"event": "ready"}\', file=sys.stderr, flush=True); time.sleep(60)'
SLOW = f"import time; time.sleep(0.5); {READY}"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {READY}"
BROKEN = 'import sys; sys.exit("the database is on fire")'
OWNER = """
import asyncio, sys
from pathlib import Path
from freshwater.stack.service import ServiceProcess
async def main():
    process = ServiceProcess("x", {}, Path(sys.argv[1]), print, [sys.executable, "-c", sys.argv[2]])
    await process.start()
    print(process.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
Made = Callable[[str], ServiceProcess]


async def until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
async def make(tmp_path: Path, said: list[str]) -> AsyncIterator[Made]:
    made: list[ServiceProcess] = []

    def service(program: str) -> ServiceProcess:
        command = [sys.executable, "-c", program]
        made.append(ServiceProcess("x", {"WORD": "water"}, tmp_path / "logs" / "x.log", said.append, command))
        return made[-1]

    yield service
    for each in made:
        await each.stop()


async def test_it_is_up_when_it_says_that_it_is_ready(make: Made) -> None:
    process = make(SLOW)
    began = time.monotonic()
    await process.start()
    assert time.monotonic() - began > 0.5
    assert psutil.Process(process.pid).environ()["WORD"] == "water"
    assert process.memory_mb > 1
    await process.stop()
    assert process.memory_mb == 0


async def test_one_that_cannot_start_says_why(make: Made, tmp_path: Path) -> None:
    with pytest.raises(StackError, match="the database is on fire"):
        await make(BROKEN).start()


async def test_it_is_started_again_and_that_is_said(make: Made, said: list[str]) -> None:
    process = make(READY)
    await process.start()
    first = process.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: process.restarts == 1 and process.memory_mb > 0)
    assert process.pid != first
    assert any("starting it again" in line for line in said)


async def test_two_may_not_run_on_the_same_data(make: Made, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freshwater.servers.ownership.PATIENCE_SECONDS", 0.3)
    await make(READY).start()
    with pytest.raises(Exception, match="in use by another run"):
        await make(READY).start()


@pytest.mark.parametrize("program", [READY, DEAF])
async def test_it_does_not_outlive_whoever_started_it(
    tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 of the owner: the pipe to the leash closes. One that does not listen is killed when its time is over."""
    owner_program = OWNER.replace(
        "async def main", "import freshwater.stack.service as s\ns.GRACE_SECONDS = 1\nasync def main"
    )
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", owner_program, str(tmp_path / "x.log"), program),
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert owner.stdout is not None
    pid = int(await owner.stdout.readline())
    assert psutil.pid_exists(pid)
    owner.kill()
    await owner.wait()
    await until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_secrets_are_drawn_once_and_read_by_nobody_else(tmp_path: Path) -> None:
    place = Place(tmp_path / "data")
    first = place.secret("vault")
    assert place.secret("vault") == first
    assert place.secret("actor") != first
    file = tmp_path / "data" / "secrets" / "vault"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_an_installation_on_somebodys_servers_has_names_of_its_own(tmp_path: Path) -> None:
    first = Place.on(tmp_path / "a", own=False)
    assert Place.on(tmp_path / "a", own=False) == first
    other = Place.on(tmp_path / "b", own=False)
    assert not {first.database, first.vault, first.prefix} & {other.database, other.vault, other.prefix}
    assert Place.on(tmp_path / "c", own=True).prefix == ""


def test_a_dsn_to_another_database_of_the_same_server() -> None:
    server = "postgresql://postgres:secret@127.0.0.1:5432/postgres"
    assert at_database(server, "x") == "postgresql://postgres:secret@127.0.0.1:5432/x"
    assert at_database(server, "x", "me", "mine") == "postgresql://me:mine@127.0.0.1:5432/x"
