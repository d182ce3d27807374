"""One service as a process: on a leash, ready when it says so, started again when it ends itself."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from freshwater.places import CHECKOUT
from freshwater.servers.ownership import own
from freshwater.servers.server import LEASH
from freshwater.stack.place import StackError

EXIT_FATAL = 70
"""A service leaves with this where going on would not be safe; the next process replays what was not committed."""
READY = b'"event": "ready"'
START_SECONDS, GRACE_SECONDS = 90, 12
"""To drain takes a second or two. Where the servers went with whoever started all this there is nothing to drain into;
it ends before the next start gives up waiting for the lock, and what was not committed comes again."""
MOST_RESTARTS, RESTARTS_WITHIN_SECONDS = 6, 60.0
LOG_TAIL = 2000


class ServiceProcess:
    """`python -m services.<name>` with an environment; its standard error goes to `log`.

    The leash stops it when this process is gone, however that happens; the lock beside the log keeps a second
    installation from running on the same data.
    """

    def __init__(
        self,
        name: str,
        environment: Mapping[str, str],
        log: Path,
        report: Callable[[str], None],
        command: Sequence[str] | None = None,
    ) -> None:
        self.name, self.log = name, log
        self._command = command or (sys.executable, "-P", "-m", f"services.{name}")
        self._environment, self._report = environment, report
        self._leash: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._watch: asyncio.Task[None] | None = None
        self._restarts: list[float] = []
        self.restarts = 0

    @property
    def pid(self) -> int:
        """The service's own process id, not the leash's. Raises StackError while it is down."""
        if self._pid is None:
            raise StackError(f"{self.name} is not running")
        return self._pid

    @property
    def memory_mb(self) -> float:
        """Resident memory; 0 while it is down."""
        with suppress(psutil.NoSuchProcess, StackError):
            return float(psutil.Process(self.pid).memory_info().rss) / 1_000_000
        return 0.0

    @property
    def cpu_seconds(self) -> float:
        """What it has worked since it was started the last time; 0 while it is down."""
        with suppress(psutil.NoSuchProcess, StackError):
            times = psutil.Process(self.pid).cpu_times()
            return float(times.user + times.system)
        return 0.0

    async def start(self) -> None:
        """Start it, and wait until it is ready. Raises StackError with the end of its log."""
        await self._start()
        self._watch = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """Let go of the leash: it drains, or is killed when its time is over. Returns when it is gone."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        await self._let_go()

    async def _let_go(self) -> None:
        leash, self._leash, self._pid = self._leash, None, None
        if leash is not None:
            with suppress(BrokenPipeError):
                assert leash.stdin is not None
                leash.stdin.close()
            await _ended(leash)

    async def _start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        lock = await own(self.log.with_suffix(".lock"), f"service {self.name}", self._report)
        try:
            begin = self.log.stat().st_size if self.log.exists() else 0
            await self._spawn(lock)
        finally:
            # The service has its own copy by now.
            os.close(lock)
        await self._until_ready(begin)

    async def _spawn(self, lock: int) -> None:
        leash = [sys.executable, "-I", "-S", str(LEASH), str(lock), str(int(signal.SIGTERM)), str(GRACE_SECONDS)]
        with self.log.open("ab") as log:
            self._leash = process = subprocess.Popen(  # noqa: ASYNC220 - returns at once; the pipe must be ours, not the loop's
                [*leash, *self._command],
                cwd=CHECKOUT,
                env={**os.environ, "PYTHONPATH": str(CHECKOUT), **self._environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=(lock,),
                # Ctrl-C reaches this process alone, which then stops the services one after another.
                start_new_session=True,
            )
        assert process.stdout is not None
        self._pid = int(await asyncio.to_thread(process.stdout.readline) or 0) or None
        process.stdout.close()

    async def _until_ready(self, begin: int) -> None:
        end = time.monotonic() + START_SECONDS
        while READY not in _from(self.log, begin):
            gone = self._leash is None or self._leash.poll() is not None
            if gone or time.monotonic() > end:
                what = "ended as it started" if gone else f"was not ready in {START_SECONDS} s"
                await self._let_go()
                tail = _from(self.log, begin)[-LOG_TAIL:].decode("utf-8", "replace").strip()
                raise StackError(f"{self.name} {what}. The end of {self.log}:\n{tail}")
            await asyncio.sleep(0.05)

    async def _keep_running(self) -> None:
        """Start it again when it has ended; give up where it ends again and again."""
        while self._leash is not None:
            code = await _ended(self._leash)
            await self._let_go()
            self.restarts += 1
            recent = [at for at in self._restarts if time.monotonic() - at < RESTARTS_WITHIN_SECONDS]
            self._restarts = [*recent, time.monotonic()]
            why = "could not go on safely (exit 70)" if code == EXIT_FATAL else f"ended with {code}"
            if len(self._restarts) > MOST_RESTARTS:
                self._report(
                    f"{self.name} {why} {len(self._restarts)} times within a minute: left alone, see {self.log}"
                )
                return
            self._report(f"{self.name} {why}; starting it again")
            try:
                await self._start()
            except StackError as error:
                self._report(str(error))
                return


async def _ended(process: subprocess.Popen[bytes]) -> int:
    while (code := process.poll()) is None:  # noqa: ASYNC110 - a process sets no asyncio.Event
        await asyncio.sleep(0.02)
    return code


def _from(log: Path, begin: int) -> bytes:
    with log.open("rb") as stream:
        stream.seek(begin)
        return stream.read()
