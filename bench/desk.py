"""`bench desk`: pages over many demands, as a browser asks for them; and events projected a second."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from bench.desk_people import staffed
from bench.desk_rows import Country, rows_of_demand
from bench.measure import cpu_of
from freshwater.places import CHECKOUT
from freshwater.servers import servers
from freshwater.servers.ports import free_port
from services.desk.adapters.gate import HttpGate
from services.desk.adapters.services import HttpServices
from services.desk.domain.rows import Row
from services.desk.settings import DeskSettings
from services.desk.store import MIGRATIONS, accounts
from services.desk.store.projection import project
from services.desk.web.application import application
from services.desk.web.office import Office
from services.desk.web.signing_in.passwords import hashed
from shared.catalogue import load_directory
from shared.clock import Clock, wall
from shared.database import OWN_MIGRATIONS, Connection, connect, migrate
from shared.http import serve
from shared.process import rest_the_collector

BATCH, LARGE = 500, 5_000
"""Events of a batch, as the loop takes them; and where only the tables are to be filled."""
MEASURED = (0, 9)
"""The tenths of the demands that are measured: on empty tables, and on nearly full ones."""
EVENTS_PER_DEMAND = 7
PASSWORD = "of the bench"  # noqa: S105 - of a database that lives as long as the bench
LARGEST_PAGE = 100 * 1024
PAGES: dict[str, tuple[str, ...]] = {
    "campaign_office": (
        "/",
        "/demands",
        "/demands?state=obstructed",
        "/campaign/funnel",
        "/campaign/league",
        "/campaign/clocks",
        "/campaign/obstacles",
        "/campaign/money",
        "/campaign/commitments",
        "/campaign/bulletin",
        "/campaign/charts/days",
        "/reports/obstacles",
        "/products",
    ),
    "bank": ("/bank", "/bank?unit={unit}", "/bank?mine=1", "/bank?unit={unit}&mine=1", "/bank?show=done", "/demands"),
    "authority": ("/authority", "/authority?mine=1", "/demands"),
}


async def measure(demands: int, repetitions: int, visits: int) -> None:
    """Fill a read model, then ask for every page again and again."""
    with tempfile.TemporaryDirectory() as folder:
        async with servers(Path(folder), performance=True) as found:
            await migrate(found.postgres, "desk", OWN_MIGRATIONS, MIGRATIONS)
            connection = await connect(found.postgres, "desk", command_timeout=600)
            print(f"{demands:,} demands, {EVENTS_PER_DEMAND} events each, batches of {BATCH} events")
            rates = await _fill(connection, demands)
            print(f"events projected a second, first and last tenth: {rates[0]:,.0f}, {rates[1]:,.0f}", flush=True)
            await connection.execute("ANALYZE")
            size = await connection.fetchval("SELECT pg_database_size(current_database())")
            print(f"on the disk: {size / 2**20:,.0f} MB, {size / demands:,.0f} bytes a demand", flush=True)
            await _pages(found.postgres, connection, repetitions, visits)
            await connection.close()


async def _fill(connection: Connection, demands: int) -> list[float]:
    """The rates of the first and the last tenth: whether it slows down as the tables grow."""
    country, rates = Country(Random(7), load_directory(CHECKOUT / "catalogue")), []
    for part in range(10):
        numbers = range(part * demands // 10, (part + 1) * demands // 10)
        events, busy = 0, 0.0
        for batch in _batches(country, numbers, BATCH if part in MEASURED else LARGE):
            started = time.perf_counter()
            async with connection.transaction():
                await project(connection, [row for rows in batch for row in rows])
            busy += time.perf_counter() - started
            events += len(batch)
        if part in MEASURED:
            rates.append(events / busy)
    return rates


def _batches(country: Country, numbers: range, size: int) -> Iterator[list[list[Row]]]:
    """Events in batches, each demand's beside each other; the rows are made outside of the time that is measured."""
    batch: list[list[Row]] = []
    for number in numbers:
        for rows in rows_of_demand(country, number):
            batch.append(rows)
            if len(batch) == size:
                yield batch
                batch = []
    if batch:
        yield batch


async def _pages(dsn: str, connection: Connection, repetitions: int, visits: int) -> None:
    settings = DeskSettings(postgres=dsn, desk_port=free_port())
    release = load_directory(CHECKOUT / "catalogue")
    office = Office(settings, Clock(), lambda: release, HttpGate(settings), HttpServices(settings))
    await office.open()
    rest_the_collector()  # As the process does before it serves.
    server = asyncio.create_task(serve(application(office), "127.0.0.1", settings.desk_port, 10.0))
    bank = await connection.fetchval("SELECT bank FROM referrals GROUP BY bank ORDER BY count(*) DESC LIMIT 1")
    authority = await connection.fetchval(
        "SELECT authority FROM cases GROUP BY authority ORDER BY count(*) DESC LIMIT 1"
    )
    subjects = {"campaign_office": None, "bank": bank, "authority": authority}
    unit = await connection.fetchval("SELECT unit FROM referrals WHERE bank = $1 LIMIT 1", bank)
    demand = await connection.fetchval("SELECT demand FROM demands ORDER BY household DESC LIMIT 1 OFFSET 1000")
    print(f"pages, ms: p50 / p99 / max of {repetitions} x {visits} visits each, one by one; size; CPU of the desk")
    try:
        for role, paths in PAGES.items():
            login = await _account(connection, role, subjects[role])
            more = (f"/demands/{demand}",) if role == "campaign_office" else ()
            wanted = [path.format(unit=unit) for path in (*paths, *more)]
            await _role(settings.desk_port, login, wanted, repetitions, visits)
    finally:
        server.cancel()
        await asyncio.gather(server, return_exceptions=True)
        await office.close()


async def _account(connection: Connection, role: Any, subject: str | None) -> str:
    """An account of that role; in a house it has colleagues, and rules say whose an item is."""
    login = f"bench-{role}"
    if subject is None:
        await accounts.add(connection, uuid4(), login, role, subject, hashed(PASSWORD), wall())
    else:
        await staffed(connection, role, subject, login, hashed(PASSWORD))
    return login


async def _role(port: int, login: str, paths: Sequence[str], repetitions: int, visits: int) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        form = (await client.get("/sign-in")).text
        token = form.partition('name="token" value="')[2].partition('"')[0]
        await client.post("/sign-in", data={"token": token, "login": login, "password": PASSWORD, "next": "/"})
        for path in paths:
            await client.get(path)  # The first counting and the first template are not what a visitor waits for.
            cpu, taken, size = cpu_of(os.getpid()), [], 0
            for _ in range(repetitions):
                done = await _visits(client, path, visits)
                taken += [seconds for seconds, _ in done]
                size = max(size, *[length for _, length in done])
            cpu = (cpu_of(os.getpid()) - cpu) * 1000 / len(taken)
            _line(path, taken, size, cpu)


async def _visits(client: httpx.AsyncClient, path: str, count: int) -> list[tuple[float, int]]:
    found = []
    for _ in range(count):
        started = time.perf_counter()
        answer = await client.get(path)
        found.append((time.perf_counter() - started, len(answer.content)))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}")
    return found


def _line(path: str, taken: Sequence[float], size: int, cpu: float) -> None:
    cuts = statistics.quantiles(taken, n=100)
    figures = f"{1000 * cuts[49]:7.1f} / {1000 * cuts[98]:7.1f} / {1000 * max(taken):7.1f}"
    note = "" if size <= LARGEST_PAGE else "   LARGER THAN 100 KB"
    shown = path if len(path) < 40 else path[:36] + "…"
    print(f"  {shown:<40} {figures}   {size / 1024:6.1f} KB   {cpu:5.1f} ms of CPU{note}", flush=True)
