"""Running a subject and charging it: wall time, and CPU of the client, the broker and the database with its backends."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import psutil


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
        return sum(map(_cpu, client)), _cpu(self._broker), _cpu(self._database)


def _cpu(pid: int) -> float:
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


async def run(subject: str, records: int, environment: dict[str, str], meter: Meter, members: int = 1) -> Run:
    """Start the members of one subject, and charge from the first record to the last commit."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.subjects", subject, str(records),
            env={**os.environ, **environment, "FRESHWATER_MEMBER": str(number)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for number in range(members)
    ]  # fmt: skip
    pids = [process.pid for process in processes]
    first, before = await _word(processes[0], "first"), meter.read(pids)
    last = await _word(processes[0], "last")
    after = meter.read(pids)
    for process in processes:
        process.kill()
    await asyncio.gather(*[process.wait() for process in processes])
    client, broker, database = ((b - a) * 1e6 / records for a, b in zip(before, after, strict=True))
    return Run(subject, records / (last - first), client, broker, database)


async def _word(process: asyncio.subprocess.Process, word: str) -> float:
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
