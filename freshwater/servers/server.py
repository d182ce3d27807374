"""One server process on this machine: owned by a lock, held on a leash, ready when it answers."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil

from freshwater.servers.errors import ServersError
from freshwater.servers.ownership import own
from freshwater.servers.ports import is_free
from freshwater.servers.report import Report

LEASH = Path(__file__).with_name("leash.py")
GRACE_SECONDS = 30
START_SECONDS = 90
LOG_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run: the command, the folder it runs in, the signal that asks it to stop cleanly."""

    command: Sequence[str]
    folder: Path
    stop: signal.Signals
    environment: Mapping[str, str] = field(default_factory=dict)


class Program(Protocol):
    """What a server needs to know of Kafka or PostgreSQL."""

    @property
    def name(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def files(self) -> Path:
        """Its data folder. The lock and the log lie beside it, as `<files>.lock` and `<files>.log`."""

    async def prepare(self, lock: int) -> Launch:
        """Make the data where there is none, and say what to run. Whatever it runs inherits `lock`."""

    async def answers(self) -> bool: ...


class Server:
    """A Kafka or a PostgreSQL that lives no longer than this process, on a port that stays the same."""

    def __init__(self, program: Program, report: Report) -> None:
        self.program = program
        self._report = report
        self._leash: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._lock = program.files.with_name(program.files.name + ".lock")
        self.log = program.files.with_name(program.files.name + ".log")

    @property
    def pid(self) -> int:
        """The process id of the server itself (PostgreSQL: of the postmaster)."""
        if self._pid is None:
            raise ServersError(f"{self.program.name} is not running")
        return self._pid

    async def start(self) -> None:
        """Start and wait until it answers. Raises ServersError with the end of its log."""
        lock = await own(self._lock, f"{self.program.name} on {self.program.files}", self._report)
        try:
            # Otherwise whoever has the port would answer in place of our server.
            if not is_free(self.program.port):
                raise ServersError(f"Port {self.program.port}, meant for {self.program.name}, is taken; give another")
            launch = await self.program.prepare(lock)
            log_start = self.log.stat().st_size if self.log.exists() else 0
            await self._spawn(launch, lock)
        finally:
            # The server has its own copy by now.
            os.close(lock)
        await self._until_ready(log_start)

    async def stop(self) -> None:
        """Let go of the leash: a clean stop, by force after half a minute. Returns when the process is gone."""
        if self._leash is not None:
            leash, self._leash, self._pid = self._leash, None, None
            with suppress(BrokenPipeError):
                assert leash.stdin is not None
                leash.stdin.close()
            await _ended(leash)

    async def kill(self) -> None:
        """kill -9 of all its processes; nothing is flushed, no connection is closed politely."""
        self._signal(signal.SIGKILL)
        await self.stop()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT: it goes on as if no time had passed."""
        self._signal(signal.SIGCONT)

    async def restart(self) -> None:
        """Stop cleanly unless it is down already; start again on the same port and data."""
        await self.stop()
        await self.start()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.pid)
            for process in [parent, *parent.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(number)

    async def _spawn(self, launch: Launch, lock: int) -> None:
        command = [sys.executable, "-I", "-S", str(LEASH), str(lock), str(int(launch.stop)), str(GRACE_SECONDS)]
        with self.log.open("ab") as log:
            self._leash = leash = subprocess.Popen(  # noqa: ASYNC220 - returns at once; the pipe must be ours, not the loop's
                [*command, *launch.command],
                cwd=launch.folder,
                env={**os.environ, **launch.environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=(lock,),
                # Ctrl-C reaches our own services first, so that they drain while the servers still answer.
                start_new_session=True,
            )
        assert leash.stdout is not None
        self._pid = int(await asyncio.to_thread(leash.stdout.readline) or 0) or None
        leash.stdout.close()

    async def _until_ready(self, log_start: int) -> None:
        end = time.monotonic() + START_SECONDS
        while not await self.program.answers():
            gone = self._leash is None or self._leash.poll() is not None
            if gone or time.monotonic() > end:
                what = "did not start" if gone else f"did not answer in {START_SECONDS} s"
                await self.stop()
                raise ServersError(f"{self.program.name} {what}. Its log, {self.log}:\n{_tail(self.log, log_start)}")
            await asyncio.sleep(0.05)


async def _ended(process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:  # noqa: ASYNC110 - a process sets no asyncio.Event
        await asyncio.sleep(0.02)


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as stream:
        stream.seek(start)
        return stream.read()[-LOG_TAIL:].decode("utf-8", "replace").strip()


async def run_to_end(command: Sequence[str], lock: int, folder: Path, environment: Mapping[str, str]) -> None:
    """Run a preparation step that holds the same lock. Raises ServersError with what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(lock,),
    )
    try:
        output, _ = await process.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        raise
    if process.returncode:
        text = output.decode("utf-8", "replace").strip()[-LOG_TAIL:]
        raise ServersError(f"{Path(command[0]).name} failed with {process.returncode}:\n{text}")
