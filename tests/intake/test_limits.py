"""How often one may ask, how long one may take: decisions alone, and a slow client on the real gate."""

from __future__ import annotations

import asyncio
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.limits import Buckets, Phones
from tests.intake.people import demand, phone
from tests.intake.stage import Stage


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 4)), max_size=60))
def test_nobody_gets_more_than_a_burst_and_the_rate(steps: list[tuple[float, int]]) -> None:
    buckets: Buckets[str] = Buckets(per_second=2, burst=5)
    at = taken = 0.0
    for pause, cost in steps:
        at += pause
        wait = buckets.take("a", at, cost)
        taken += cost if not wait else 0
        assert taken <= 5 + 2 * at + 1e-6
        if wait:
            assert buckets.take(f"other at {at}", at, cost) == 0.0, "another partner is not made to wait"
            assert buckets.take("a", at + wait + 1e-6, cost) == 0.0, "after the time that was told it may"
            at, taken = at + wait + 1e-6, taken + cost


def test_a_telephone_hands_in_so_many_demands_and_copies_cost_nothing() -> None:
    phones = Phones(most=2)
    assert [phones.allows("p", UUID(int=n), 0.0) for n in (1, 2, 1, 3)] == [True, True, True, False]
    assert phones.allows("q", UUID(int=3), 0.0)
    assert phones.allows("p", UUID(int=3), 3_601.0)


async def test_too_many_under_one_telephone_are_told_to_wait(stage: Stage) -> None:
    most = stage.settings.intake_phone_per_hour
    personal = {"phone": phone(777)}
    events = [
        {
            "specversion": "1.0", "id": str(n), "source": "/t", "type": "org.freshwater.door.demand-submitted.v1",
            "data": demand(1, source_id=f"many-{n}", personal=personal),
        }
        for n in range(most + 1)
    ]  # fmt: skip
    answer = await stage.post("/v1/events", events, **{"Content-Type": "application/cloudevents-batch+json"})
    assert [item["status_code"] for item in answer.json()["items"]] == [202] * most + [429]
    single = await stage.post("/v1/demands", demand(1, source_id="one-more", personal=personal))
    assert single.status_code == 429
    assert int(single.headers["retry-after"]) > 0


async def test_who_sends_nothing_is_cut(stage: Stage) -> None:
    """Half a head and half a body: neither holds a connection for long."""
    host, port = stage.settings.host, stage.settings.intake_port
    key = stage.keys["platform"]
    whole = f"POST /v1/demands HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 99\r\n\r\n{{"
    for said, heard in ((whole, b"408"), ("POST /v1/demands HTTP/1.1\r\nHost: x\r\n", b"")):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(said.encode())
        await writer.drain()
        async with asyncio.timeout(20):
            answer = await reader.read()
        assert heard in answer[:20]
        writer.close()
