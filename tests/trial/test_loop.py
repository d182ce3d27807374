"""The loop, for long: a hundred kills, a broker frozen for forty seconds, a member frozen for as long."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Sequence

import pytest

from freshwater.servers import Servers
from tests.loop.harness import Stage, until, visit

pytestmark = [pytest.mark.trial, pytest.mark.timeout(900)]

SEAMS = ("after_transaction", "mid_publish", "before_commit", "")
SMALL_BATCHES = {"FRESHWATER_BATCH_RECORDS": "60"}


async def checked(stage: Stage, count: int) -> None:
    """0 lost, 0 decided twice, states agree with the journal."""

    async def done() -> bool:
        return len((await stage.told()).by_id()) >= count

    await until(done, 300, f"{count} outputs")
    told = await stage.told()
    told.check(count)
    assert await stage.taken() == count
    assert (await stage.sql("SELECT sum(revision) FROM states"))[0][0] == count
    print(f"\n{count} events, {len(told.records)} records told, {len(told.records) - count} copies, 0 lost, 0 twice")


@pytest.mark.parametrize("members", [1, 3])
async def test_a_hundred_kills(stage: Stage, members: int) -> None:
    """kill -9 at every seam, and at random moments of a member at work, until it has been a hundred."""
    chance = random.Random(members)
    lives = [Life(stage, member, chance) for member in range(members)]
    fed = killed = 0

    async def enough() -> bool:
        nonlocal killed, fed
        await stage.feed([visit(n) for n in range(fed, fed + 100)])
        fed += 100
        killed += sum(life.renew() for life in lives)
        return killed >= 100

    await until(enough, 850, "a hundred kills")
    await settle(stage, [life.process for life in lives], members)
    await checked(stage, fed)
    copies = len((await stage.told()).records) - fed
    assert copies > 0, "kills after the transaction must have left copies: were they at work at all?"


class Life:
    """One member that dies at a chosen seam, or some moments after it began to work, and is started again."""

    def __init__(self, stage: Stage, member: int, chance: random.Random) -> None:
        self._stage, self._member, self._chance = stage, member, chance
        self._begin()

    def _begin(self) -> None:
        seam, at = self._chance.choice(SEAMS), str(self._chance.randint(1, 4))
        self._log_length = self._log()
        self._kill_at: float | None = None if seam else float("inf")
        self.process = self._stage.start(self._member, FRESHWATER_SEAM=seam, FRESHWATER_SEAM_AT=at, **SMALL_BATCHES)

    def renew(self) -> int:
        """Kill where its time has come, start again where it has died; 1 for a death."""
        if self._kill_at == float("inf") and self._log() > self._log_length:  # it has said that it is ready
            self._kill_at = time.monotonic() + self._chance.uniform(0, 0.5)
        if self._kill_at is not None and time.monotonic() > self._kill_at:
            self.process.kill()
            self.process.wait()
        if self.process.poll() is None:
            return 0
        assert self.process.returncode == -signal.SIGKILL, f"a member ended with {self.process.returncode}"
        self._begin()
        return 1

    def _log(self) -> int:
        path = self._stage.log / f"{self._member}.log"
        return path.read_text("utf-8").count('"ready"') if path.exists() else 0


async def settle(stage: Stage, mortal: Sequence[subprocess.Popen[bytes]], members: int) -> None:
    """Replace the mortal members by ones that live."""
    for process in mortal:
        process.kill()
        process.wait()
    for member in range(members):
        stage.start(member)


async def test_the_broker_is_frozen_for_forty_seconds(stage: Stage, servers: Servers) -> None:
    stage.session_ms = 10_000
    await stage.feed([visit(n) for n in range(500)])
    stage.start(0, **SMALL_BATCHES)
    await until(lambda: _taken(stage, 200), what="the loop at work")
    servers.kafka_server.freeze()
    try:
        await until(_elapsed(40), 60, "forty seconds")
    finally:
        servers.kafka_server.thaw()
    await stage.feed([visit(n) for n in range(500, 1000)])

    async def alive() -> bool:
        if stage.processes[-1].poll() is not None:
            assert stage.processes[-1].returncode == 70
            stage.start(0, **SMALL_BATCHES)
        return len((await stage.told()).by_id()) >= 1000

    await until(alive, 200, "1000 outputs after the thaw")
    await checked(stage, 1000)


async def test_a_member_is_frozen_for_forty_seconds_after_its_transaction(stage: Stage) -> None:
    stage.session_ms = 10_000
    await stage.feed([visit(n, visitor="deadline" if n == 39 else "v") for n in range(600)])
    stage.start(0, FRESHWATER_FREEZE_SECONDS="40", **SMALL_BATCHES)
    await until(lambda: _taken(stage, 40), what="the first batch")
    stage.start(1, **SMALL_BATCHES)

    async def awake() -> bool:
        return stage.said(0, "awake")

    await until(awake, 120, "the frozen member awake")
    await until(lambda: _told(stage, 600), 120, "all outputs")
    (await stage.told()).check(600)


def _elapsed(seconds: float) -> Callable[[], Awaitable[bool]]:
    """A condition that is met when the fault has lasted so long: here the time itself is what is tried."""
    end = time.monotonic() + seconds

    async def passed() -> bool:
        return time.monotonic() >= end

    return passed


async def _taken(stage: Stage, count: int) -> bool:
    return await stage.taken() >= count


async def _told(stage: Stage, count: int) -> bool:
    return len((await stage.told()).by_id()) >= count
