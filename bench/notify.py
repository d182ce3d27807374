"""`bench notify`: from events to rows of deliveries; and webhooks against plain httpx posts of the same bodies."""

from __future__ import annotations

import asyncio
import base64
import json
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import msgspec

from bench.measure import answering, cpu_of, spread
from freshwater.places import CHECKOUT
from freshwater.servers import servers
from freshwater.simulate.partners import HOTLINE
from freshwater.stack import Place, Stack, stack
from freshwater.stack.place import at_database
from services.notify.adapters.sending import Sending
from services.notify.adapters.webhook import WebhookSender
from services.notify.app import MIGRATIONS
from services.notify.domain.delivery import Content, Delivery
from services.notify.settings import NotifySettings
from services.notify.store.rows import save
from shared.broker import Publisher
from shared.catalogue import Release, load_directory
from shared.contracts.demands import Accepted, DemandSummary
from shared.contracts.ids import caused_id, demand_id, timed_id
from shared.contracts.partners import PartnerRegistered
from shared.contracts.referrals import ReferralSummary, RoundOpened
from shared.contracts.told import Told
from shared.contracts.topics import DEMANDS, FEEDBACK, REFERRALS
from shared.contracts.values import Consent, Owner, Referral, Submitter
from shared.database import OWN_MIGRATIONS, connect, migrate
from shared.decision import Emit
from shared.rendering import Cause, Output, render

CONCURRENCY = 64
RECIPIENTS = 20
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
SEALED = "of the bench"
_WAITS = "SELECT EXISTS (SELECT FROM deliveries WHERE state = 'pending')"
_encode = msgspec.msgpack.Encoder().encode


def story(number: int, release: Release, now: datetime) -> list[Output]:
    """A demand that is accepted and referred to three banks: two events, seven recipients."""
    household = timed_id(int(now.timestamp() * 1000), f"bench {number}")
    demand, submitter = demand_id(HOTLINE, f"B-{number}"), Submitter(partner=HOTLINE, source_id=f"B-{number}")
    consent = Consent(
        version="v1", boxes=["banks", "authorities", "messages"], given_at=now,
        expires_on=(now + timedelta(days=300)).date(), evidence="bench",
    )  # fmt: skip
    known: dict[str, Any] = {"demand": demand, "household": household, "submitter": submitter, "simulated": True}
    accepted = DemandSummary(
        **known, state="open", purpose="stock", county="620102", amount_yuan=80_000, industry="F5211",
        consent=consent, received_at=now,
    )  # fmt: skip
    products = list(release.products.values())[:3]
    units = {bank.id: bank.units[0].id for bank in release.institutions.values()}
    referrals = [
        Referral(
            id=caused_id(demand, each.id), bank=each.bank, unit=units[each.bank], product=each.id, round=1,
            state="open", due_at=now + timedelta(days=1),
        )
        for each in products
    ]  # fmt: skip
    owner = Owner(kind="bank", id=products[0].bank)
    docking = ReferralSummary(
        **known, county="620102", state="referred", round=1, owner=owner, due_at=now, referrals=referrals
    )
    cause = Cause(timed_id(int(now.timestamp() * 1000), f"story {number}"), str(demand), None)
    opened = RoundOpened(summary=docking, round=1, opened=[each.id for each in referrals])
    return [
        render("intake", Emit(DEMANDS, Accepted(summary=accepted), household, demand, 1), 0, cause, now),
        render("matching", Emit(REFERRALS, opened, household, demand, 1), 1, cause, now),
    ]


async def rows(running: Stack, release: Release, demands: int, first: int) -> dict[str, float]:
    """Feed a burst and wait until notify has taken it all: rows a second, and its CPU per event."""
    now = running.settings.clock().now()
    outputs = [output for number in range(first, first + demands) for output in story(number, release, now)]
    publisher, pid = Publisher("bench", running.settings), running.services["notify"].pid
    connection = await asyncpg.connect(at_database(running.servers.postgres, running.place.database))
    taken = "SELECT coalesce(sum(next), 0) FROM notify.offsets WHERE topic LIKE '%demands%' OR topic LIKE '%referrals%'"
    await publisher.start()
    try:
        before, cpu, start = await connection.fetchval(taken), cpu_of(pid), time.monotonic()
        for place in range(0, len(outputs), 2_000):
            await publisher.publish(outputs[place : place + 2_000])
        # Notify commits them: there is no event to wait for.
        while await connection.fetchval(taken) < before + len(outputs):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        seconds = time.monotonic() - start
        used = (cpu_of(pid) - cpu) * 1e6 / len(outputs)
        made = await connection.fetchval("SELECT count(*) FROM notify.deliveries")
    finally:
        await publisher.stop()
        await connection.close()
    return {"rows": float(made), "seconds": seconds, "events": len(outputs) / seconds, "cpu_us": used}


class Registered:
    """Partners whose webhooks all lead to the receiver."""

    def __init__(self, url: str) -> None:
        self.partners: Mapping[str, PartnerRegistered] = {
            f"p{number}": PartnerRegistered(
                partner=f"p{number}", name_zh="测", name_en="bench", role="bank", webhook=f"{url}/{number}",
                sealed_secret=SEALED,
            )
            for number in range(RECIPIENTS)
        }  # fmt: skip


def delivery(number: int, body: bytes, now: datetime) -> Delivery:
    """One that waits for its webhook."""
    identifier, recipient = timed_id(int(now.timestamp() * 1000) + number, f"delivery {number}"), number % RECIPIENTS
    return Delivery(
        id=identifier, cause=identifier, cause_type=RoundOpened.TYPE, household=identifier, demand=identifier,
        audience="bank", recipient=f"p{recipient}", channel="webhook", lane=f"webhook/p{recipient}",
        template="referred", language="zh-CN", state="pending", attempt=0, made_at=now, due_at=now,
        expires_at=now + timedelta(days=1), content=_encode(Content(body=body)), simulated=True,
    )  # fmt: skip


def body_of(now: datetime) -> bytes:
    """A notice of ordinary size."""
    told = Told(notice=UUID(int=1), about=RoundOpened.TYPE, audience="bank", demand=UUID(int=2), text="新推荐" * 60)
    emit = Emit(FEEDBACK, told, UUID(int=3), UUID(int=2))
    return render("notify", emit, 0, Cause(UUID(int=4), "bench", None), now).value or b""


async def by_webhook(settings: NotifySettings, url: str, bodies: Sequence[bytes]) -> float:
    """The rows, begun, signed, posted, told of and written down: webhooks a second."""
    now, clock = datetime.now(UTC), settings.clock()
    publisher, closed = Publisher("notify", settings), set[str]()
    sender = WebhookSender(Registered(url), lambda *_: SECRET, closed, settings)
    sending = Sending({"webhook": sender}, publisher, clock, closed, settings)
    connection = await connect(settings.postgres, "notify")
    await connection.execute("TRUNCATE deliveries")
    async with connection.transaction():
        await save(connection, [delivery(number, body, now) for number, body in enumerate(bodies)])
    await publisher.start()
    await sending.start()
    start = time.monotonic()
    task = asyncio.create_task(sending.run())
    try:
        while await connection.fetchval(_WAITS):  # noqa: ASYNC110 - the sending marks rows
            await asyncio.sleep(0.02)
        return len(bodies) / (time.monotonic() - start)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sender.stop()
        await publisher.stop()
        await connection.close()


async def plainly(url: str, bodies: Sequence[bytes]) -> float:
    """Nothing but httpx, as many at once: posts a second."""
    left = iter(bodies)
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None, max_keepalive_connections=200)) as client:

        async def worker() -> None:
            for body in left:
                await client.post(f"{url}/0", content=body, headers={"content-type": "application/json"})

        start = time.monotonic()
        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
        return len(bodies) / (time.monotonic() - start)


async def measure(demands: int, repetitions: int, webhooks: int) -> None:
    """Print each run, then the figures; the last line is one JSON object."""
    release = load_directory(CHECKOUT / "catalogue")
    with tempfile.TemporaryDirectory(prefix="freshwater-bench-") as folder:
        async with servers(Path(folder), performance=True) as found:
            place = Place(Path(folder))
            async with stack(found, place, release, names=("notify",)) as running:
                burst = await _rows(running, release, demands, repetitions)
                dsn = await _database(found.postgres)
                posts = await _webhooks(_settings(running, dsn), webhooks, repetitions)
    print(json.dumps({"rows": burst, "webhooks": posts}))


async def _rows(running: Stack, release: Release, demands: int, repetitions: int) -> dict[str, Any]:
    await rows(running, release, 300, 0)  # warm: caches, plans, templates
    print(f"\nEvents to rows: {demands:,} demands of two events and seven recipients, {repetitions} repetitions")
    before, rates, events, cpu = 300 * 7.0, [], [], []
    for repetition in range(repetitions):
        run = await rows(running, release, demands, 300 + repetition * demands)
        rates.append((run["rows"] - before) / run["seconds"])
        before = run["rows"]
        events.append(run["events"])
        cpu.append(run["cpu_us"])
        print(f"  {rates[-1]:8,.0f} rows/s  {events[-1]:8,.0f} events/s  {cpu[-1]:6,.0f} us of notify's CPU an event")
    print(f"  rows a second, min / median / max: {spread(rates)}")
    medians = {"rows_per_second": rates, "events_per_second": events, "cpu_us_per_event": cpu}
    return {name: round(statistics.median(values)) for name, values in medians.items()}


async def _webhooks(settings: NotifySettings, webhooks: int, repetitions: int) -> dict[str, Any]:
    bodies = [body_of(datetime.now(UTC))] * webhooks
    print(f"\nWebhooks: {webhooks:,} of {len(bodies[0])} bytes, {CONCURRENCY} at once, against plain httpx posts")
    ratios, sent, plain = [], [], []
    async with answering("bench.receiving") as url:
        for _ in range(repetitions):
            sent.append(await by_webhook(settings, url, bodies))
            plain.append(await plainly(url, bodies))
            ratios.append(sent[-1] / plain[-1])
            print(f"  {sent[-1]:7,.0f} webhooks/s  {plain[-1]:7,.0f} posts/s  {ratios[-1]:.2f}")
    print(f"  webhooks to posts, min / median / max: {spread(ratios)}")
    return {
        "per_second": round(statistics.median(sent)),
        "plain_per_second": round(statistics.median(plain)),
        "ratio": [round(each, 2) for each in sorted(ratios)],
    }


async def _database(server: str) -> str:
    """A database of its own for the sending alone: notify's own must not send what is measured."""
    connection = await asyncpg.connect(server)
    await connection.execute("CREATE DATABASE bench_sending")
    await connection.close()
    dsn = at_database(server, "bench_sending")
    await migrate(dsn, "notify", OWN_MIGRATIONS, MIGRATIONS)
    return dsn


def _settings(running: Stack, dsn: str) -> NotifySettings:
    return NotifySettings(
        kafka=running.settings.kafka,
        postgres=dsn,
        topic_prefix=running.settings.topic_prefix,
        actor_secret=SEALED,
        notify_webhook_http=True,
        notify_webhook_private=True,
        notify_most_at_once=CONCURRENCY,
    )
