"""Running a subject and charging it: wall time, and CPU of client, broker and database with all its backends."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import psutil

from freshwater.servers.ports import free_port


@dataclass(frozen=True, slots=True)
class Run:
    """One run: events per second, and CPU microseconds per event by who used them."""

    subject: str
    rate: float
    client: float
    broker: float
    database: float

    @property
    def total(self) -> float:
        return self.client + self.broker + self.database


class Meter:
    """CPU seconds of a process with all its children, those that ended too."""

    def __init__(self, broker: int, database: int) -> None:
        self._broker, self._database = broker, database

    def read(self, client: Sequence[int]) -> tuple[float, float, float]:
        return sum(map(cpu_of, client)), cpu_of(self._broker), cpu_of(self._database)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and its children so far."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    total = 0.0
    for member in family:
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + (times.children_user + times.children_system if member is process else 0)
    return total


async def run(subject: str, records: int, environment: dict[str, str], meter: Meter) -> Run:
    """Start one subject, and charge from the first record to the last commit."""
    (process,) = await _start(subject, records, environment, 1)
    first, before = await _word(process, "first"), meter.read([process.pid])
    last = await _word(process, "last")
    after = meter.read([process.pid])
    await _end([process])
    client, broker, database = ((b - a) * 1e6 / records for a, b in zip(before, after, strict=True))
    return Run(subject, records / (last - first), client, broker, database)


async def run_group(
    subject: str, records: int, environment: dict[str, str], meter: Meter, members: int, committed: Callable[[], int]
) -> Run:
    """Start several members of one group, and charge while all of them work: from the last one's first record until
    nine tenths are committed."""
    processes = await _start(subject, records, environment, members)
    pids = [process.pid for process in processes]
    await asyncio.gather(*[_word(process, "first") for process in processes])
    before, taken, start = meter.read(pids), await asyncio.to_thread(committed), time.monotonic()
    # Another process commits: there is no event to wait for.
    while (now := await asyncio.to_thread(committed)) < 0.9 * records:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    seconds, after = time.monotonic() - start, meter.read(pids)
    await _end(processes)
    if now - taken < 0.2 * records:
        raise RuntimeError("too few records were left when all members worked: give it more --records")
    client, broker, database = ((b - a) * 1e6 / (now - taken) for a, b in zip(before, after, strict=True))
    return Run(subject, (now - taken) / seconds, client, broker, database)


async def _start(subject: str, records: int, environment: dict[str, str], members: int) -> list[Process]:
    return [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.subjects",
            subject,
            str(records),
            env={**os.environ, **environment, "FRESHWATER_MEMBER": str(number)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(members)
    ]


async def _end(processes: Sequence[Process]) -> None:
    for process in processes:
        process.kill()
    await asyncio.gather(*[process.wait() for process in processes])


async def _word(process: Process, word: str) -> float:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        said = json.loads(line)
        if said["word"] == word:
            return float(said["at"])
    raise RuntimeError(f"the subject ended without saying {word!r}")


def spread(values: Sequence[float]) -> str:
    """min / median / max."""
    return f"{min(values):,.2f} / {statistics.median(values):,.2f} / {max(values):,.2f}"


def paired(runs: dict[str, list[Run]], one: str, other: str, what: str) -> list[float]:
    """The ratios of two subjects inside each repetition."""
    return [getattr(a, what) / getattr(b, what) for a, b in zip(runs[one], runs[other], strict=True)]


@asynccontextmanager
async def answering(module: str) -> AsyncIterator[str]:
    """The address of `python -m module PORT`, a server in a process of its own, once it answers."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient() as client:
            while True:
                try:
                    await client.post(url)
                    break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
        yield url
    finally:
        process.kill()
        await process.wait()
