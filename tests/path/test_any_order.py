"""Five services, and any order in which Kafka may bring them their records: all of it ends in legal states that satisfy
the books, whatever came twice on the way."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random

import pytest

from freshwater.books import Books, Report
from services.matching.domain.demand import ENDED
from shared.contracts.topics import REFERRALS
from shared.database import connect
from tests.books.test_any_history import explained
from tests.path.conftest import START
from tests.path.ledgers import Ledgers
from tests.path.town import Town, forget

STEP, LONGEST = timedelta(hours=9), timedelta(days=100)


async def play(town: Town, chance: Random, demands: int) -> None:
    """Demands come in while others are under way; whoever has something to read may be the next; time passes."""
    for _ in range(demands):
        town.submit(1, obstructed=chance.random() < 0.4)
        for _ in range(chance.randint(0, 12)):
            if readers := town.waiting():
                await town.turn(chance.choice(readers), chance)
            elif chance.random() < 0.3:
                await town.tick(timedelta(hours=chance.randint(1, 30)))
    await balance(town)
    end = town.clock.now() + LONGEST
    while town.clock.now() < end:
        await town.rest(chance)
        await town.tick(STEP)
    await town.rest(chance)


async def states_of(dsn: str) -> dict[str, tuple[str, str | None]]:
    """Matching's demands: label and owner."""
    connection = await connect(dsn, "matching")
    try:
        rows = await connection.fetch("SELECT subject, label, owner FROM states WHERE kind = 'demand'")
        return {str(row["subject"]): (row["label"], row["owner"]) for row in rows}
    finally:
        await connection.close()


async def balance(town: Town) -> Report:
    """Balanced, at rest or under way."""
    report = await asyncio.to_thread(Books(Ledgers(town)).balance)
    assert report.balanced, explained(report)
    return report


async def check(town: Town, dsn: str, seed: int) -> None:
    """One order: played from empty tables to rest, and looked at."""
    town.clock.moment = START
    await forget(town, dsn)
    await play(town, Random(seed), demands=6)
    states = await states_of(dsn)
    assert len(states) >= 4, "next to nothing was accepted: it would show nothing"
    for demand, (label, owner) in states.items():
        assert (owner is None) == (label in ENDED), f"{demand} is {label}, and its turn is {owner}"
    report = await balance(town)
    assert report.in_flight == 0
    assert report.copies > 0, "nothing came twice: it would show less than it says"


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_ends_in_legal_states_that_satisfy_the_books(town: tuple[Town, str], seed: int) -> None:
    await check(*town, seed)


async def test_the_desk_may_hear_of_a_demand_before_it_hears_that_it_was_accepted(town: tuple[Town, str]) -> None:
    lived_in, dsn = town
    await forget(lived_in, dsn)
    lived_in.submit(3, obstructed=False)
    chance = Random(1)
    while waiting := [reader for reader in lived_in.waiting() if reader.service in ("intake", "matching")]:
        await lived_in.turn(waiting[0], chance)
    desk = lived_in.reader("desk")
    await lived_in.take(
        desk, {each: len(lived_in.logs[each]) for each in lived_in.behind(desk) if each.topic == REFERRALS}
    )
    report = await balance(lived_in)
    assert report.in_flight > 0
