"""Sets up what is missing, starts the five services in order, and stops them again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from freshwater.places import CHECKOUT
from freshwater.servers import Servers
from freshwater.servers.ports import free_port, is_free
from freshwater.servers.report import Report, say
from freshwater.simulate.partners import demo_partners
from freshwater.stack.databases import make_databases, service_dsn
from freshwater.stack.place import Place, StackError
from freshwater.stack.service import ServiceProcess
from freshwater.stack.setting_up import Entrance, set_up
from shared.catalogue import Release
from shared.contracts.partners import PartnerRegistered
from shared.contracts.topics import SERVICES
from shared.errors import FreshwaterError
from shared.settings import Settings

HOST = "127.0.0.1"
PORTS = {"desk": 8080, "intake": 8101, "matching": 8102, "escalation": 8103, "notify": 8104}
"""Where the services with pages are looked for first; another free port is taken where these are in use."""
STARTS, PORT_TAKEN = 3, "address already in use"
"""A port that was free may be taken until its service listens there: others start at the same time."""
SMALL = {"FRESHWATER_LIGHT_BATCH_WAIT_MS": "10"}


@dataclass(slots=True)
class Stack:
    """A running Freshwater. `entrance` has the keys and logins that were made for it."""

    servers: Servers
    place: Place
    release: Release
    ports: Mapping[str, int]
    settings: Settings
    partners: Sequence[PartnerRegistered] = ()
    entrance: Entrance = field(default_factory=Entrance)
    services: dict[str, ServiceProcess] = field(default_factory=dict)

    @property
    def desk_url(self) -> str:
        return f"http://{HOST}:{self.ports['desk']}"

    @property
    def intake_url(self) -> str:
        return f"http://{HOST}:{self.ports['intake']}"

    def metrics_url(self, service: str) -> str:
        return f"http://{HOST}:{self.ports[f'{service}-metrics']}/metrics"

    def memory(self) -> dict[str, float]:
        """Resident memory by service, in MB."""
        return {name: round(process.memory_mb, 1) for name, process in self.services.items()}

    def cpu(self) -> dict[str, float]:
        """Seconds of work by service."""
        return {name: round(process.cpu_seconds, 1) for name, process in self.services.items()}

    def environment(self, service: str) -> dict[str, str]:
        """What a service's process needs to know."""
        return environment_of(self.servers, self.place, self.ports, self.entrance, service)


def environment_of(
    servers: Servers, place: Place, ports: Mapping[str, int], entrance: Entrance, service: str
) -> dict[str, str]:
    """The variables of one service; its own role in the database, and only the secrets that it uses."""
    found = {
        "FRESHWATER_KAFKA": ",".join(servers.kafka),
        "FRESHWATER_POSTGRES": service_dsn(servers.postgres, place, service),
        "FRESHWATER_TOPIC_PREFIX": place.prefix,
        "FRESHWATER_HOST": HOST,
        "FRESHWATER_METRICS_PORT": str(ports[f"{service}-metrics"]),
        **SMALL,
    }
    if place.timeline.exists():
        found["FRESHWATER_CLOCK_FILE"] = str(place.timeline)
    if service in PORTS:
        found[f"FRESHWATER_{service.upper()}_PORT"] = str(ports[service])
    if service in ("desk", "intake", "notify"):
        found["FRESHWATER_ACTOR_SECRET"] = place.secret("actor")
    if service in ("intake", "notify"):
        found["FRESHWATER_VAULT"] = service_dsn(servers.postgres, place, service, place.vault)
        found["FRESHWATER_VAULT_KEY"] = place.secret("vault")
    if service == "notify":
        # The platform's webhook listens on this machine.
        found |= {"FRESHWATER_NOTIFY_WEBHOOK_HTTP": "true", "FRESHWATER_NOTIFY_WEBHOOK_PRIVATE": "true"}
    if service == "desk":
        found["FRESHWATER_DESK_SESSION_SECRET"] = place.secret("desk-session")
        found["FRESHWATER_DESK_KEY"] = entrance.keys.get("desk", "")
        asked = ("intake", "matching", "escalation", "notify")
        found |= {f"FRESHWATER_{each.upper()}_URL": f"http://{HOST}:{ports[each]}" for each in asked}
    return found


def _ports(usual: bool) -> dict[str, int]:
    found = {name: port if usual and is_free(port) else free_port() for name, port in PORTS.items()}
    for service in SERVICES:
        while (port := free_port()) in found.values():
            pass
        found[f"{service}-metrics"] = port
    return found


@asynccontextmanager
async def stack(
    servers: Servers,
    place: Place,
    release: Release,
    *,
    webhook: str | None = None,
    variables: Mapping[str, str] | None = None,
    names: Sequence[str] = SERVICES,
    usual_ports: bool = False,
    report: Report = say,
) -> AsyncIterator[Stack]:
    """Freshwater on these servers, for as long as the block lasts; its data stays.

    `names`: the services to start, all unless given; `webhook`: where the invented platform hears; `variables`:
    further settings for all services; `usual_ports`: those of PORTS where they are free, for a person who comes back.
    Raises StackError where something does not start.
    """
    settings = Settings(
        kafka=",".join(servers.kafka),
        topic_prefix=place.prefix,
        clock_file=place.timeline if place.timeline.exists() else None,
    )
    partners = demo_partners(release, webhook)
    running = Stack(servers, place, release, _ports(usual_ports), settings, partners)
    await make_databases(servers.postgres, place)
    running.entrance = await set_up(running.environment, settings, place, release, partners, report)
    report(f"Starting {', '.join(names)}")
    try:
        await _start(running, names, variables or {}, usual_ports, report)
        yield running
    finally:
        await _stop(running)


async def _start(
    running: Stack, names: Sequence[str], variables: Mapping[str, str], usual_ports: bool, report: Report
) -> None:
    """Start these services at once, at other ports where somebody else has taken one meanwhile."""
    for left in reversed(range(STARTS)):
        # Chosen anew: setting up takes a while, and somebody else may have come.
        running.ports = _ports(usual_ports)
        try:
            await _start_once(running, names, variables, report)
            break
        except StackError as error:
            if PORT_TAKEN not in str(error).lower() or not left:
                raise
            await _stop(running)


async def _start_once(running: Stack, names: Sequence[str], variables: Mapping[str, str], report: Report) -> None:
    for name in names:
        environment = {**running.environment(name), **variables}
        running.services[name] = ServiceProcess(name, environment, running.place.logs / f"{name}.log", report)
    await _all([process.start() for process in running.services.values()])


async def _stop(running: Stack) -> None:
    """One after another in the opposite order: who reads stops before who writes. All are stopped, whoever fails."""
    async with AsyncExitStack() as after:
        for process in running.services.values():
            after.push_async_callback(process.stop)


async def _all(steps: Sequence[Coroutine[Any, Any, None]]) -> None:
    """At once; where one fails the others are broken off, and the failure raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except* FreshwaterError as errors:
        raise errors.exceptions[0] from None


def logs_of(folder: Path) -> str:
    """Where the logs lie, as short as a person wants to read it."""
    logs = folder / "logs"
    return str(logs.relative_to(CHECKOUT)) if logs.is_relative_to(CHECKOUT) else str(logs)
