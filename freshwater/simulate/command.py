"""`freshwater simulate`: the simulated partners alone, at the doors of a Freshwater that runs somewhere."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from freshwater.places import CHECKOUT
from freshwater.servers.report import say
from freshwater.simulate.cast import Cast, players
from freshwater.simulate.doors import Ears, Mouth
from freshwater.simulate.partners import HOTLINE
from freshwater.simulate.running import Simulation
from freshwater.simulate.submissions import submissions
from shared.broker import consumer_options
from shared.catalogue import load_directory
from shared.errors import FreshwaterError
from shared.partners import PartnerFollower
from shared.settings import Settings
from shared.workdays import national

AT_ONCE = 50


class NobodyToPlay(FreshwaterError):
    """No simulated partner with a door is registered; the text says how to register one."""


def simulate(
    demands: Annotated[int, typer.Option(help="Bring so many demands by the hotline's door first.", min=0)] = 0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same behaviour.")] = 1,
    submit_as: Annotated[
        str | None, typer.Option(help="Only bring the demands, by this partner's door and as its user; then end.")
    ] = None,
    per_second: Annotated[float | None, typer.Option(help="With --submit-as: so many in a second.", min=0.1)] = None,
    garbage: Annotated[int, typer.Option(help="With --submit-as: then so many records that cannot be read.")] = 0,
) -> None:
    """Play the banks, authorities and publishers that are registered as simulated, until Ctrl-C.

    They speak through their Kafka doors alone, as real ones would; what they hear of real demands they leave to real
    people. Kafka, prefix and clock come from FRESHWATER_KAFKA, FRESHWATER_TOPIC_PREFIX and FRESHWATER_CLOCK_FILE. A
    demonstration plays them already: this is for services that were started otherwise.
    """
    with suppress(KeyboardInterrupt):
        asyncio.run(_submit(submit_as, demands, seed, per_second, garbage) if submit_as else _simulate(demands, seed))


async def _submit(partner: str, demands: int, seed: int, per_second: float | None, garbage: int) -> None:
    """All that it needs is the right to write to that door. Raises NobodyToPlay where the broker refuses it."""
    settings = Settings()
    mouth, now = Mouth(settings), settings.clock().now()
    try:
        await mouth.start()
        first = time.monotonic()
        for number in range(0, demands, AT_ONCE):
            numbers = range(number, min(number + AT_ONCE, demands))
            await mouth.say(partner, [each.event for each in submissions(seed, numbers, now)])
            await asyncio.sleep(first + numbers.stop / per_second - time.monotonic() if per_second else 0)
        await mouth.mumble(partner, garbage)
        say(f"{demands} demands at the door of {partner} in {time.monotonic() - first:.1f} s")
    except KafkaError as error:
        raise NobodyToPlay(f"the door of {partner} is not open to {settings.kafka_user}: {error!r}") from None
    finally:
        await mouth.stop()


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
