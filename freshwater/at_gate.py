"""Which gate a command speaks to: one that is named, the one that runs here, or one that is started for it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from freshwater.here import installed, said_here
from freshwater.places import CHECKOUT, data_folder
from freshwater.servers import servers
from freshwater.servers.report import Report
from freshwater.simulate.partners import IMPORT
from freshwater.stack import Place, stack
from freshwater.timeline import go_on
from shared.catalogue import load_directory

GATE_URL, GATE_KEY = "FRESHWATER_INTAKE_URL", "FRESHWATER_KEY"


@dataclass(frozen=True, slots=True)
class GateAtHand:
    """Its address and a partner's key; `operator`: the environment of intake's own commands, where its database is
    ours to look into."""

    url: str
    key: str
    operator: Mapping[str, str] | None = None


@asynccontextmanager
async def gate_at_hand(report: Report) -> AsyncIterator[GateAtHand]:
    """FRESHWATER_INTAKE_URL and FRESHWATER_KEY name one."""
    named = {name: os.environ.get(name, "") for name in (GATE_URL, GATE_KEY)}
    if all(named.values()):
        own = {"FRESHWATER_POSTGRES": dsn} if (dsn := os.environ.get("FRESHWATER_POSTGRES")) else None
        yield GateAtHand(named[GATE_URL], named[GATE_KEY], own)
        return
    folder = data_folder()
    said = said_here(folder)
    if said.get(GATE_URL) and said.get(GATE_KEY):
        yield GateAtHand(said[GATE_URL], said[GATE_KEY], installed(said, folder))
        return
    async with servers(folder, report=report) as found:
        place = Place.on(folder, found.own_kafka is not None and found.own_postgres is not None)
        go_on(place.timeline)
        release = load_directory(CHECKOUT / "catalogue")
        async with stack(found, place, release, names=("intake",), report=report) as running:
            yield GateAtHand(running.intake_url, running.entrance.keys[IMPORT], running.environment("intake"))
