"""Brings demands to the doors: some thousands at once, or one every few seconds, or the rows of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from freshwater.demo.plan import TRICKLE_SECONDS, Plan
from freshwater.gate import Gate
from freshwater.importing.command import run_import
from freshwater.simulate.submissions import Submission, submissions
from freshwater.stack.partners import HOTLINE, IMPORT, PLATFORM

if TYPE_CHECKING:
    from freshwater.demo.running import Scene

HTTP_SHARE = 10
"""One demand in ten comes by HTTP, the others by a Kafka door."""
AT_ONCE = 500


async def bring(on: Scene, plan: Plan) -> dict[str, int]:
    """Everything that the plan asks for; returns how many went which way."""
    if plan.file is not None:
        gate = Gate(on.stack.intake_url, on.stack.entrance.keys[IMPORT])
        try:
            imported = await run_import(
                plan.file, plan.mapping, gate, on.stack.place.folder / "imports", on.report, on.room
            )
        finally:
            await gate.close()
        imported.problems.close()
        imported.mark.finish()
        result = imported.result
        return {"rows": result.rows, "by_http": result.taken, "refused": result.refused, "unfit": result.unfit}
    on.report(f"Bringing {plan.demands} demands, one in {HTTP_SHARE} by HTTP")
    by_door = by_http = 0
    for first in range(0, plan.demands, AT_ONCE):
        await on.room()
        numbers = range(first, min(first + AT_ONCE, plan.demands))
        door, http = await _send(on, plan, numbers, "D", on.pacer.clock.now())
        by_door, by_http = by_door + door, by_http + http
    return {"demands": plan.demands, "by_door": by_door, "by_http": by_http}


async def trickle(on: Scene, plan: Plan) -> None:
    """One more every few seconds, under numbers that no earlier run has used."""
    series = f"T{on.pacer.clock.now():%m%d%H%M%S}-"
    for number in count():
        await asyncio.sleep(TRICKLE_SECONDS)
        await _send(on, plan, range(number, number + 1), series, on.pacer.clock.now())


async def _send(on: Scene, plan: Plan, numbers: range, series: str, now: datetime) -> tuple[int, int]:
    by_http = [number for number in numbers if number % HTTP_SHARE == 0]
    by_door = [number for number in numbers if number % HTTP_SHARE]

    def made(chosen: Iterable[int]) -> list[Submission]:
        return list(submissions(plan.seed, chosen, now, series=series, obstructed=plan.obstructed))

    door, http = await asyncio.gather(
        on.mouth.say(HOTLINE, [each.event for each in made(by_door)]),
        on.voice.say(PLATFORM, [each.event for each in made(by_http)]),
    )
    return door, http
