"""One demonstration from start to end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from freshwater.demo.bringing import bring, trickle
from freshwater.demo.figures import day, figures
from freshwater.demo.lag import Lag
from freshwater.demo.pacing import Pace
from freshwater.demo.plan import AFTER_THE_CAMPAIGN, TRICKLE_SECONDS, Plan
from freshwater.demo.reckoning import reckoned
from freshwater.demo.scenarios import chosen
from freshwater.demo.scenarios.scenario import Observer
from freshwater.demo.watching import Watcher
from freshwater.servers.report import Report
from freshwater.simulate.cast import Cast, players
from freshwater.simulate.doors import Ears, Mouth
from freshwater.simulate.hearing import Hook
from freshwater.simulate.partners import DESK
from freshwater.simulate.running import Simulation
from freshwater.simulate.telephones import Telephones
from freshwater.simulate.voices import HttpVoice
from freshwater.stack import Stack
from freshwater.timeline import Pacer
from shared.catalogue import Release
from shared.workdays import Calendar, national

SHANGHAI = timedelta(hours=8)
OPENING = timedelta(hours=9)
LOOK_SECONDS, SAY_SECONDS, REST_SECONDS = 0.3, 5.0, 60.0
MOST_WAITING = 3_000
"""So many records may wait at a service before more demands are brought in."""
SURE = 5
"""So many looks in a row must find that all is done."""


def opening(release: Release, workdays: Calendar) -> datetime:
    """Nine o'clock on the first working day of the campaign: when a demonstration's time begins."""
    first = next(iter(release.campaigns.values())).starts_on
    while not workdays.is_workday(first):
        first += timedelta(days=1)
    return midnight(first) + OPENING


def midnight(on: date) -> datetime:
    """The beginning of a day in China."""
    return datetime(on.year, on.month, on.day, tzinfo=UTC) - SHANGHAI


@dataclass(slots=True)
class Scene:
    """Everything of a demonstration that runs beside the services."""

    stack: Stack
    mouth: Mouth
    voice: HttpVoice
    simulation: Simulation
    watcher: Watcher
    pace: Pace
    pacer: Pacer
    hook: Hook
    report: Report
    observer: Observer | None = None
    telephones: Telephones | None = None

    async def room(self) -> None:
        """Wait while too much waits already."""
        await self.pace.room(MOST_WAITING)


@asynccontextmanager
async def scene(
    stack: Stack, pacer: Pacer, hook: Hook, plan: Plan, report: Report, phones: Telephones | None = None
) -> AsyncIterator[Scene]:
    """The simulated partners are at their doors, and time runs."""
    played = players(stack.partners)
    keys = {name: key for name, key in stack.entrance.keys.items() if name != DESK}
    hook.secret = stack.entrance.webhooks.get(hook.partner)
    async with AsyncExitStack() as after:
        mouth, voice = Mouth(stack.settings), HttpVoice(stack.intake_url, keys)
        ears = Ears(stack.settings, [player.partner for player in played if player.door])
        scenario = chosen(plan.scenario)
        known = scenario.known(stack.release) if scenario else stack.release
        observer = scenario.observer(plan) if scenario and scenario.observer else None
        watcher = Watcher(stack.settings, observer.take if observer else None)
        cast = Cast(plan.seed, known, national(), played, plan.obstructed)
        simulation = Simulation(cast, pacer.clock, ears, mouth, voice)
        hook.hear = simulation.hear
        for part in (mouth, ears, watcher):
            await part.start()
            after.push_async_callback(part.stop)
        after.push_async_callback(voice.close)
        lag = Lag(stack.settings, [partner.partner for partner in stack.partners if partner.door])

        async def others() -> int:
            return await simulation.behind() + (await watcher.behind() if plan.ends else 0)

        pace = Pace(pacer, lag, others, lambda: simulation.trips.seconds, lambda: simulation.planned, plan.factor)
        on = Scene(stack, mouth, voice, simulation, watcher, pace, pacer, hook, report, observer, phones)
        tasks = [simulation.run(), pace.run(), *([watcher.run()] if plan.ends else [])]
        tasks += [scenario.beside(on, plan)] if scenario and scenario.beside else []
        async with _running(tasks, report):
            yield on


@asynccontextmanager
async def _running(work: list[Any], report: Report) -> AsyncIterator[None]:
    """Beside the block; what fails there ends the demonstration and is said."""
    here = asyncio.current_task()
    failed: list[BaseException] = []

    def ended(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            failed.append(error)
            report(f"A part of the demonstration failed: {type(error).__name__}")
            if here is not None:
                here.cancel()

    tasks = [asyncio.create_task(each) for each in work]
    for task in tasks:
        task.add_done_callback(ended)
    try:
        yield
    except asyncio.CancelledError:
        if failed:
            raise failed[0] from None
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def stay(on: Scene, plan: Plan) -> None:
    """Some demands at once, then one every few seconds, until Ctrl-C."""
    await bring(on, plan)
    on.report(f"From now on one more every {TRICKLE_SECONDS:.0f} seconds")
    await trickle(on, plan)


async def to_the_end(on: Scene, plan: Plan) -> dict[str, Any]:
    """All demands, and then the month; returns the last line."""
    began = time.monotonic()
    sent = await bring(on, plan)
    campaign = next(iter(on.stack.release.campaigns.values()))
    settled = await _until_settled(on, midnight(campaign.ends_on + timedelta(days=1)))
    scenario = chosen(plan.scenario)
    if scenario and scenario.after:
        await scenario.after(on)
    simulated = on.pacer.clock.now()
    seconds = round(time.monotonic() - began, 1)
    quiet = await on.pace.rest(REST_SECONDS)
    if not quiet:
        on.report(f"Something still moves after {REST_SECONDS:.0f} s of rest")
    memory, cpu = on.stack.memory(), on.stack.cpu()
    on.report("Balancing the books")
    books = await reckoned(on.stack)
    if on.observer:
        on.report("\n".join(["", *on.observer.lines(), ""]))
    return figures(
        on.watcher.seen,
        memory,
        books,
        sent=sent,
        settled=settled,
        seconds=seconds,
        cpu_seconds=cpu,
        until=day(simulated + SHANGHAI),
        restarts=sum(process.restarts for process in on.stack.services.values()),
        **(on.observer.figures() if on.observer else {}),
    )


async def _until_settled(on: Scene, campaign_ends: datetime) -> bool:
    """True when nothing is left to be done; after the campaign's end it is enough that nobody means to do anything.

    What is open then waits for somebody who stays silent, and its clock runs on. False where even that does not come.
    """
    sure, told = 0, 0.0
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        now, waiting = on.pace.last.now, on.pace.last.waiting
        left = on.watcher.seen.open(now)
        if time.monotonic() - told > SAY_SECONDS:
            told = time.monotonic()
            states = ", ".join(f"{count} {state}" for state, count in on.watcher.seen.states().items())
            on.report(f"{day(now + SHANGHAI)}  {states or 'nothing yet'}  ({waiting} records wait)")
        rests = not left or (now >= campaign_ends and not on.simulation.planned)
        sure = sure + 1 if rests and not waiting else 0
        if sure >= SURE:
            return True
        if now >= campaign_ends + AFTER_THE_CAMPAIGN:
            return False
