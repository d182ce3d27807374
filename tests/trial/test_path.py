"""The whole path, for long: a month with simulated partners while services, broker and database are killed under it."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import psutil
import pytest

from freshwater.demo.command import run_demo
from freshwater.demo.plan import MONTH_FACTOR, Plan
from freshwater.servers.report import say
from shared.contracts.topics import SERVICES

pytestmark = [pytest.mark.trial, pytest.mark.timeout(1800)]

# A service that ends more often than six times a minute is left alone by the demonstration, as a supervisor would.
BETWEEN_KILLS_SECONDS = 2.2


def running() -> dict[str, psutil.Process]:
    """The services that this process has started, by name."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        words = command_of(process)
        name = words[-1].removeprefix("services.") if words else ""
        if name in SERVICES and "leash.py" not in " ".join(words):
            found[name] = process
    return found


def command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


async def kill_again_and_again(begun: asyncio.Event, done: asyncio.Task[Any], most: int) -> dict[str, int]:
    """kill -9 of one service after another, in turn and at random moments, until the month is over."""
    await asyncio.wait([done, asyncio.ensure_future(begun.wait())], return_when=asyncio.FIRST_COMPLETED)
    chance, kills = random.Random(9), dict.fromkeys(SERVICES, 0)
    turn = 0
    while not done.done() and sum(kills.values()) < most:
        await asyncio.wait([done], timeout=BETWEEN_KILLS_SECONDS * chance.uniform(0.8, 1.2))
        name = SERVICES[turn % len(SERVICES)]
        if (process := running().get(name)) is not None:
            process.kill()
            kills[name] += 1
        turn += 1
    return kills


async def test_a_hundred_kills_of_services_in_a_month_and_the_books_balance(tmp_path: Path) -> None:
    plan = Plan(demands=1500, ends=True, file=None, mapping=None, scenario=None, factor=MONTH_FACTOR, seed=3)
    begun = asyncio.Event()

    def report(text: str) -> None:
        say(text)
        if text.lstrip().startswith("Bringing"):
            begun.set()

    month = asyncio.create_task(run_demo(plan, report, folder=tmp_path / "data"))
    kills = await kill_again_and_again(begun, month, 100)
    last = await month
    print(f"\n{sum(kills.values())} kills {json.dumps(kills)}\n{json.dumps(last, ensure_ascii=False)}")
    assert last is not None
    assert last["books"] == "balanced"
    assert sum(last["counts"].values()) == last["gate"]["accepted"]
