"""`freshwater simulate`: the simulated partners alone, at the doors of a Freshwater that runs somewhere."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Annotated

import typer

from freshwater.places import CHECKOUT
from freshwater.servers.report import say
from freshwater.simulate.cast import Cast, players
from freshwater.simulate.doors import Ears, Mouth
from freshwater.simulate.running import Simulation
from freshwater.simulate.submissions import submissions
from freshwater.stack.partners import HOTLINE
from shared.broker import consumer_options
from shared.catalogue import load_directory
from shared.errors import FreshwaterError
from shared.partners import PartnerFollower
from shared.settings import Settings
from shared.workdays import national


class NobodyToPlay(FreshwaterError):
    """No simulated partner with a door is registered; the text says how to register one."""


def simulate(
    demands: Annotated[int, typer.Option(help="Bring so many demands by the hotline's door first.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same behaviour.")] = 1,
) -> None:
    """Play the banks, authorities and publishers that are registered as simulated, until Ctrl-C.

    They speak through their Kafka doors alone, as real ones would; what they hear of real demands they leave to real
    people. Kafka, prefix and clock come from FRESHWATER_KAFKA, FRESHWATER_TOPIC_PREFIX and FRESHWATER_CLOCK_FILE. A
    demonstration plays them already: this is for services that were started otherwise.
    """
    with suppress(KeyboardInterrupt):
        asyncio.run(_simulate(demands, seed))


async def _simulate(demands: int, seed: int) -> None:
    settings = Settings()
    clock = settings.clock()
    async with AsyncExitStack() as after:
        registry = PartnerFollower(consumer_options(settings), settings.topic_prefix)
        await registry.start()
        after.push_async_callback(registry.stop)
        played = [player for player in players(registry.partners.values()) if player.door]
        if not played:
            raise NobodyToPlay("no simulated partner with a door: `freshwater partner add … --door --simulated`")
        mouth, ears = Mouth(settings), Ears(settings, [player.partner for player in played])
        for part in (mouth, ears):
            await part.start()
            after.push_async_callback(part.stop)
        say(f"Playing {len(played)} simulated partners until Ctrl-C")
        if demands:
            await mouth.say(HOTLINE, [each.event for each in submissions(seed, range(demands), clock.now())])
            say(f"{demands} demands at the door of {HOTLINE}")
        cast = Cast(seed, load_directory(CHECKOUT / "catalogue"), national(), played)
        await Simulation(cast, clock, ears, mouth).run()
