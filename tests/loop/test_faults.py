"""The loop under faults: killed at each seam, rebalanced in mid-batch, frozen, without its database or broker.

After each the same three things hold: nothing is lost, nothing is decided twice, first copies are in order.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
from collections.abc import Awaitable, Callable, Sequence

import pytest

from freshwater.servers import Servers
from tests.loop.harness import Stage, until, visit

SMALL_BATCHES = {"FRESHWATER_BATCH_RECORDS": "40"}


async def finished(stage: Stage, count: int, seconds: float = 90) -> None:
    """All events are journalled, their outputs out, and the states agree with the journal."""

    async def done() -> bool:
        return len((await stage.told()).by_id()) >= count

    await until(done, seconds, f"{count} outputs")
    (await stage.told()).check(count)
    assert await stage.taken() == count
    assert (await stage.sql("SELECT sum(revision) FROM states"))[0][0] == count


async def keep_alive(stage: Stage, members: int, kills: int, seam: str, count: int) -> None:
    """Start members that die at a seam, and start each again when it has died, until there were enough kills."""
    chance = random.Random(seam)

    def start(member: int, mortal: bool) -> subprocess.Popen[bytes]:
        at = str(chance.randint(1, 3)) if mortal else "0"
        return stage.start(member, FRESHWATER_SEAM=seam, FRESHWATER_SEAM_AT=at, **SMALL_BATCHES)

    running = {member: start(member, mortal=True) for member in range(members)}
    killed = 0

    async def all_told() -> bool:
        nonlocal killed
        for member, process in running.items():
            if process.poll() is not None:
                assert process.returncode == -signal.SIGKILL, f"member {member} ended with {process.returncode}"
                killed += 1
                running[member] = start(member, mortal=killed < kills)
        return killed >= min(kills, members) and len((await stage.told()).by_id()) >= count

    await until(all_told, 90, f"{count} outputs through {kills} kills")
    assert killed >= members


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("seam", ["after_transaction", "mid_publish", "before_commit"])
async def test_killed_at_a_seam_nothing_is_lost_or_decided_twice(stage: Stage, seam: str, members: int) -> None:
    await stage.feed([visit(n) for n in range(1200)])
    await keep_alive(stage, members, kills=3, seam=seam, count=1200)
    await finished(stage, 1200)


async def test_members_come_and_go_in_mid_batch_and_nothing_is_replayed(stage: Stage) -> None:
    # On a busy machine a heartbeat may be two seconds late, and a member that is taken for dead does replay.
    stage.session_ms = 10_000
    fed = 0

    async def feed_until(condition: Callable[[], Awaitable[bool]], what: str) -> None:
        """Keep records coming, so that every join and leave meets a batch in flight."""
        nonlocal fed

        async def met() -> bool:
            nonlocal fed
            await stage.feed([visit(n) for n in range(fed, fed + 200)])
            fed += 200
            return await condition()

        await until(met, what=what)

    stage.start(0, **SMALL_BATCHES)
    await feed_until(lambda: _at_work(stage, 0), "the first member at work")
    leaving = [stage.start(1, **SMALL_BATCHES), stage.start(2, **SMALL_BATCHES)]
    await feed_until(lambda: _at_work(stage, 1, 2), "three members at work")
    for process in leaving:
        process.send_signal(signal.SIGTERM)
    await feed_until(lambda: _ended(leaving), "two members gone")
    await finished(stage, fed)
    assert [process.returncode for process in leaving] == [0, 0]
    assert len((await stage.told()).records) == fed, "a drained member leaves nothing to replay"


async def test_a_member_frozen_after_its_transaction_publishes_nothing_old(stage: Stage) -> None:
    stage.session_ms = 2000
    await stage.feed([visit(n, visitor="deadline" if n == 39 else "v") for n in range(600)])
    frozen = stage.start(0, FRESHWATER_FREEZE_SECONDS="8", **SMALL_BATCHES)
    await until(lambda: _taken(stage, 40), what="the first batch")
    stage.start(1, **SMALL_BATCHES)
    await until(lambda: _told(stage, 600), what="the other member's work")
    await until(lambda: _said(stage, 0, "awake"), what="the frozen member awake")
    # One household's later visits show that time has passed; what the sleeper does comes before them.
    await stage.feed([visit(n * 40) for n in range(100, 140)])
    await until(lambda: _told(stage, 640), what="the later visits")
    assert frozen.poll() is None
    told = await stage.told()
    told.check(640)
    last = {record.key: json.loads(record.value) for record in told.records}
    highest = {event["subject"]: event["sequence"] for event in told.first_copies()}
    assert {event["subject"]: event["sequence"] for event in last.values()} == highest, "an old event came last"
    assert stage.said(0, "batch_comes_again"), "the age guard stopped the sleeper"


async def test_the_database_goes_and_comes_back(stage: Stage, servers: Servers) -> None:
    await stage.feed([visit(n) for n in range(400)])
    member = stage.start(0, **SMALL_BATCHES)
    await until(lambda: _taken(stage, 100), what="the loop at work")
    await servers.postgres_server.kill()
    await stage.feed([visit(n) for n in range(400, 800)])
    await servers.postgres_server.restart()
    await finished(stage, 800)
    assert member.poll() is None, "a lost database does not end the process"


async def test_the_broker_goes_and_comes_back(stage: Stage, servers: Servers) -> None:
    await stage.feed([visit(n) for n in range(400)])
    stage.start(0, **SMALL_BATCHES)
    await until(lambda: _taken(stage, 100), what="the loop at work")
    await servers.kafka_server.kill()
    await servers.kafka_server.restart()
    await stage.feed([visit(n) for n in range(400, 800)])

    async def done() -> bool:
        for number, process in enumerate(list(stage.processes)):
            if process.poll() is not None and number == len(stage.processes) - 1:
                assert process.returncode == 70, "a producer that lost its sequence ends the process, nothing else does"
                stage.start(0, **SMALL_BATCHES)
        return len((await stage.told()).by_id()) >= 800

    await until(done, 100, "800 outputs over a broker restart")
    await finished(stage, 800)


async def _taken(stage: Stage, count: int) -> bool:
    return await stage.taken() >= count


async def _at_work(stage: Stage, *members: int) -> bool:
    """These members have connections and the journal has grown since they came."""
    rows = await stage.sql("SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()")
    return {f"notify-{member}" for member in members} <= {row[0] for row in rows} and await stage.taken() > 0


async def _ended(processes: Sequence[subprocess.Popen[bytes]]) -> bool:
    return all(process.poll() is not None for process in processes)


async def _told(stage: Stage, count: int) -> bool:
    return len((await stage.told()).by_id()) >= count


async def _said(stage: Stage, member: int, event: str) -> bool:
    return stage.said(member, event)
