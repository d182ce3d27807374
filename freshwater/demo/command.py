"""`freshwater demo`: all of Freshwater on this machine, with simulated partners."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from freshwater.demo.plan import DEFAULT_DEMANDS, MONTH_FACTOR, WATCHED_FACTOR, Plan
from freshwater.demo.running import opening, scene, stay, to_the_end
from freshwater.demo.scenarios import SCENARIOS, chosen, planned
from freshwater.demo.words import addresses, begins, entrance, welcome
from freshwater.here import announced
from freshwater.places import CHECKOUT, data_folder
from freshwater.servers import servers
from freshwater.servers.ports import free_port, is_free
from freshwater.servers.report import Report, say
from freshwater.simulate.hearing import Hook, listening
from freshwater.simulate.partners import IMPORT, PLATFORM
from freshwater.simulate.telephones import telephones
from freshwater.stack import Place, stack
from freshwater.stack.emptying import empty_folder, empty_servers
from freshwater.timeline import Pacer
from shared.catalogue import load_directory
from shared.errors import FreshwaterError
from shared.workdays import national

WEBHOOK_PORT = "webhook-port"
SCENARIO_HELP = "; ".join(f"{name}: {scenario.says}" for name, scenario in SCENARIOS.items())


def demo(
    demands: Annotated[int | None, typer.Option(help="How many demands come at once.", min=0, max=200_000)] = None,
    until_settled: Annotated[
        bool, typer.Option("--until-settled", help="Start from empty data and end when nothing is left to be done.")
    ] = False,
    file: Annotated[Path | None, typer.Option("--import", help="Bring the rows of this CSV instead.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Its mapping; otherwise found by the header.")] = None,
    scenario: Annotated[str | None, typer.Option(help=f"Start from empty data. {SCENARIO_HELP}.")] = None,
    factor: Annotated[float | None, typer.Option(help="Simulated seconds in one real second, at most.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same households and partners.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Say nothing but JSON objects.")] = False,
) -> None:
    """Everything on this machine: Kafka, PostgreSQL, the five services, simulated banks, authorities and households.

    Without --until-settled or --scenario it stays until Ctrl-C, and goes on where the last one stopped. With one of
    them it starts from empty data, ends by itself, leaves its data, and its last line is one JSON object.
    """
    course = chosen(scenario)
    ends = until_settled or course is not None
    usual = course.demands if course else DEFAULT_DEMANDS
    plan = planned(
        Plan(
            demands=usual if demands is None else demands,
            ends=ends,
            file=file.absolute() if file else None,
            mapping=mapping.absolute() if mapping else None,
            scenario=scenario,
            factor=factor or (MONTH_FACTOR if ends else WATCHED_FACTOR),
            seed=seed,
        )
    )
    report: Report = (lambda _: None) if as_json else say
    # It tells of every new topic whose leader is a moment late, through logging's last resort.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    last = asyncio.run(_until_signal(plan, report, as_json))
    if last is not None:
        typer.echo(json.dumps(last, ensure_ascii=False))


async def _until_signal(plan: Plan, report: Report, as_json: bool) -> dict[str, Any] | None:
    """Run it; Ctrl-C and SIGTERM end it in order. A cancellation that nobody asked for is a fault, and is raised."""
    task = asyncio.current_task()
    assert task is not None
    asked: list[str] = []

    def stop(number: signal.Signals) -> None:
        asked.append(number.name)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop, number)
    try:
        return await run_demo(plan, report, as_json=as_json)
    except asyncio.CancelledError as cancelled:
        if not asked:
            raise FreshwaterError(
                "a part of the demonstration was broken off, and nobody had asked for it"
            ) from cancelled
        report(f"Stopped by {asked[0]}. The data is kept.")
        return None


async def run_demo(
    plan: Plan, report: Report, *, folder: Path | None = None, as_json: bool = False
) -> dict[str, Any] | None:
    """The whole of it; the last line's object where it ends by itself. Raises what a part of it raises."""
    release = load_directory(CHECKOUT / "catalogue")
    folder = (folder or data_folder()).absolute()
    report(welcome())
    async with AsyncExitStack() as after:
        if plan.ends:
            report("Starting from empty data")
            await empty_folder(Place(folder), report)
        found = await after.enter_async_context(servers(folder, report=report))
        place = Place.on(folder, found.own_kafka is not None and found.own_postgres is not None)
        if plan.ends:
            await empty_servers(found, place)
        begin = None if place.timeline.exists() else opening(release, national())
        pacer = Pacer(place.timeline, 1.0, begin)
        hook = await after.enter_async_context(listening(Hook(PLATFORM, _webhook_port(place, report))))
        phones, variables = None, {}
        if plan.telephones or not plan.ends:
            phones = await after.enter_async_context(telephones(release))
            phones.shown = lambda to, text: report(f"Message to …{to[-4:]}: {text}")
            variables = {"FRESHWATER_NOTIFY_GATEWAY_URL": phones.url}
        running = await after.enter_async_context(
            stack(found, place, release, webhook=hook.url, variables=variables, usual_ports=True, report=report)
        )
        gate = {"FRESHWATER_INTAKE_URL": running.intake_url, "FRESHWATER_KEY": running.entrance.keys[IMPORT]}
        metrics = [f"http://127.0.0.1:{running.ports[f'{name}-metrics']}/metrics" for name in running.services]
        after.enter_context(announced(found, folder, **gate, FRESHWATER_METRICS=",".join(metrics)))
        on = await after.enter_async_context(scene(running, pacer, hook, plan, report, phones))
        if as_json and not plan.ends:
            typer.echo(json.dumps(entrance(running)))
        report(begins(plan) if plan.ends else addresses(running, plan))
        if plan.ends:
            return await to_the_end(on, plan)
        await stay(on, plan)
    return None


def _webhook_port(place: Place, report: Report) -> int:
    """The same at every start: the platform is registered with its address."""
    kept = place.kept(WEBHOOK_PORT)
    if kept is None:
        kept = str(free_port())
        place.keep(WEBHOOK_PORT, kept)
    if is_free(int(kept)):
        return int(kept)
    report(f"Port {kept} is taken: the invented platform hears nothing this time, and its notices wait")
    return free_port()
