"""`--scenario docking`: a month at banks whose limits bite: by bank on time, lapsed, declined by code, funded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from freshwater.demo.plan import Plan
from freshwater.demo.scenarios.docking_account import DockingAccount
from freshwater.demo.scenarios.scenario import Scenario
from freshwater.simulate.chance import chance
from freshwater.simulate.submissions import cloud_event
from shared.contracts.door import LimitDeclared

if TYPE_CHECKING:
    from freshwater.demo.running import Scene

FACTOR = 20_000.0
"""A day in four seconds: the services' own reaction stays a small part of the shortest clock."""
DECLARES = 0.5
"""So many units say what they can take; the others get their share by record."""
RUNS_OUT, COMES_BACK = timedelta(hours=3), timedelta(days=7)
"""On the first afternoon some banks have enough, and a queue that they have not accepted; after a week they go on."""
OUT_OF_ROOM = ("beichen", "jingxiu")
LOOK_SECONDS = 0.2
Limit = tuple[str, int, int | None]
"""A unit's bank, its open limit, its money quota."""
TAKES = 30_000.0
"""Of a thousand demands a unit of the largest takes a few dozen at once: limits are set so that they bite."""


def _limits(on: Scene, plan: Plan) -> dict[str, Limit]:
    """What units say at the start: unit -> bank, open limit, money quota."""
    found: dict[str, Limit] = {}
    for bank in on.stack.release.institutions.values():
        for unit in bank.units:
            rng = chance(plan.seed, "limit", unit.id)
            if rng.random() < DECLARES:
                limit = max(2, round(bank.default_open_limit * plan.demands / TAKES * (1 + 2 * rng.random())))
                quota = limit * 900_000 if rng.random() < 0.3 else None
                found[unit.id] = (bank.id, limit, quota)
    return found


async def _say(on: Scene, account: DockingAccount, said: Mapping[str, Limit], version: int) -> None:
    """Each bank at its own door."""
    by_bank: dict[str, list[Mapping[str, Any]]] = {}
    for unit, (bank, limit, quota) in said.items():
        data = {"unit": unit, "version": version, "open_limit": limit} | ({"quota_yuan": quota} if quota else {})
        by_bank.setdefault(bank, []).append(cloud_event(LimitDeclared.TYPE, f"{unit}/{version}", data))
        account.declared(unit, limit, on.pacer.clock.now())
    for bank, events in by_bank.items():
        await on.mouth.say(bank, events)


async def _beside(on: Scene, plan: Plan) -> None:
    """Limits at the start; soon two banks run out, and a week later they take again."""
    account = on.observer
    assert isinstance(account, DockingAccount)
    account.begin(on.stack.release, on.stack.environment("matching"))
    began, limits = on.pacer.clock.now(), _limits(on, plan)
    await _say(on, account, limits, 1)
    on.report(f"{len(limits)} units say what they can take")
    banks = [on.stack.release.institutions[bank] for bank in OUT_OF_ROOM]
    standing = {unit.id: (bank.id, bank.default_open_limit, None) for bank in banks for unit in bank.units}
    await _until(on, began + RUNS_OUT)
    await _say(on, account, {unit: (bank, 0, None) for unit, (bank, _, _) in standing.items()}, 2)
    on.report(f"{' and '.join(OUT_OF_ROOM)} have run out: what they have not accepted goes back")
    await _until(on, began + COMES_BACK)
    await _say(on, account, {unit: limits.get(unit, usual) for unit, usual in standing.items()}, 3)
    on.report(f"{' and '.join(OUT_OF_ROOM)} take again")


async def _until(on: Scene, moment: datetime) -> None:
    while on.pacer.clock.now() < moment:  # noqa: ASYNC110 - simulated time tells of nothing
        await asyncio.sleep(LOOK_SECONDS)


SCENARIO = Scenario(
    "docking",
    "300 demands at banks whose limits bite; by bank on time, lapsed, declined by code, funded; nobody over a limit",
    demands=300,
    plan=lambda plan: replace(plan, ends=True, factor=min(plan.factor, FACTOR)),
    beside=_beside,
    observer=lambda _: DockingAccount(),
)
