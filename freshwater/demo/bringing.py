"""Brings demands to the doors: some thousands at once, or one every few seconds, or the rows of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from freshwater.demo.plan import TRICKLE_SECONDS, Plan
from freshwater.gate import Gate
from freshwater.importing.command import run_import
from freshwater.simulate.limits import limits
from freshwater.simulate.partners import HOTLINE, IMPORT, PLATFORM
from freshwater.simulate.submissions import Submission, submissions
from freshwater.simulate.visits import visits

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
    _declare(on, plan)
    by_door = by_http = visited = 0
    for first in range(0, plan.demands, AT_ONCE):
        await on.room()
        numbers, now = range(first, min(first + AT_ONCE, plan.demands)), on.pacer.clock.now()
        visited += await _visit(on, plan, numbers, "D", now)
        door, http = await _send(on, plan, numbers, "D", now)
        by_door, by_http = by_door + door, by_http + http
    return {"demands": plan.demands, "by_door": by_door, "by_http": by_http, "visits": visited}


def _banks(on: Scene) -> list[str]:
    """The banks that are played. A scenario tells one story, without what goes on beside it."""
    return [each.partner for each in on.stack.partners if each.role == "bank" and each.simulated and each.door]


def _declare(on: Scene, plan: Plan) -> None:
    """What branches can take, by what they will say over the first days."""
    if plan.scenario is not None:
        return
    played, now = set(_banks(on)), on.pacer.clock.now()
    banks = [bank for bank in on.stack.release.institutions.values() if bank.id in played]
    for bank, response in limits(plan.seed, banks, plan.demands, now):
        on.simulation.plan(bank, now, response)


async def _visit(on: Scene, plan: Plan, numbers: Iterable[int], series: str, now: datetime) -> int:
    """The visits of the day, each by its bank's own door."""
    if plan.scenario is not None:
        return 0
    by_bank: dict[str, list[Mapping[str, Any]]] = {}
    for bank, event in visits(plan.seed, numbers, now, _banks(on), series=series):
        by_bank.setdefault(bank, []).append(event)
    return sum(await asyncio.gather(*(on.mouth.say(bank, events) for bank, events in by_bank.items())))


async def trickle(on: Scene, plan: Plan) -> None:
    """One more every few seconds, under numbers that no earlier run has used."""
    series = f"T{on.pacer.clock.now():%m%d%H%M%S}-"
    for number in count():
        await asyncio.sleep(TRICKLE_SECONDS)
        one, now = range(number, number + 1), on.pacer.clock.now()
        await _visit(on, plan, one, series, now)
        await _send(on, plan, one, series, now)


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
