"""The sweeper: killed between publishing and marking it repeats itself under the same ids, and its canary proves it."""

from __future__ import annotations

import json
import subprocess

from shared.contracts.topics import FEEDBACK
from shared.deadlines import CANARY
from tests.loop.harness import Stage, until, visit

CLOCK = "freshwater.clock.v1"
CANARIES = "SELECT 1 FROM journal WHERE subject = $1 AND outcome = 'decided'"


async def test_a_sweeper_that_is_killed_before_it_marks_fires_again_under_the_same_ids(stage: Stage) -> None:
    await stage.feed([visit(n, households=5, visitor="deadline") for n in range(5)])
    # The second publish is the sweeper's: the clock events are out, and the rows are not yet marked.
    first = stage.start(0, FRESHWATER_SEAM="before_commit", FRESHWATER_SEAM_AT="2")
    await until(lambda: _ended(first), what="the end of the first life")
    stage.start(0, FRESHWATER_CANARY_SECONDS="0.2")
    await until(lambda: _handled(stage, 5), what="5 deadlines handled")
    await until(lambda: _canaries(stage, 3), what="a canary that comes round again and again")
    passed = [json.loads(record.value) for record in await stage.read(CLOCK)]
    own = [event for event in passed if event["data"]["kind"] != CANARY.kind]
    assert len(own) > len({event["id"] for event in own}) == 5, "the same five events, fired twice"
    assert len({record.value for record in await stage.read(FEEDBACK)}) == 5, "each was decided once"
    left = await stage.sql("SELECT household, subject, kind FROM deadlines")
    assert [tuple(row) for row in left] == [CANARY], "only the canary is still to come"


async def _ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


async def _handled(stage: Stage, count: int) -> bool:
    query = "SELECT 1 FROM journal WHERE topic = $1 AND subject <> $2"
    return bool(await stage.taken()) and len(await stage.sql(query, CLOCK, str(CANARY.subject))) >= count


async def _canaries(stage: Stage, count: int) -> bool:
    return len(await stage.sql(CANARIES, str(CANARY.subject))) >= count
