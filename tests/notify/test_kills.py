"""kill -9 at the worst moments: between sending and recording, and in the middle of everything."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import defaultdict
from functools import partial

from starlette.responses import Response

from tests.notify.outside import Mailboxes, Receiver, Receivers
from tests.notify.stage import Stage, accepted, bank_accepts, round_opened, until

SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="


async def test_killed_between_sending_and_recording_the_same_webhook_comes_again(
    stage: Stage, receivers: Receivers
) -> None:
    bank = receivers.add("niulang", SECRET)
    await stage.register("niulang", role="bank", institution="niulang", webhook=receivers.url("niulang"), secret=SECRET)

    async def kills_the_first_time(receiver: Receiver, identifier: str) -> Response:
        if len(receiver.got) == 1:
            stage.kill()
        return Response(status_code=200)

    bank.answer = kills_the_first_time
    shop = await stage.household(1)
    await stage.feed([accepted(shop), round_opened(shop, "niulang")])
    first = stage.start()
    await asyncio.to_thread(first.wait, 60)
    assert (await stage.states(channel="webhook")) == {"pending": 1}
    stage.start()
    await until(lambda: _is(stage, "webhook", {"sent": 1}), "sent and recorded", 60)
    (once, again) = bank.got
    assert once == again, "the same id and the same bytes: the bank drops the second"
    (row,) = await stage.sql("SELECT id, attempt FROM deliveries WHERE channel = 'webhook'")
    assert str(row["id"]) == once[0]
    assert row["attempt"] == 2
    feedback = [each for each in await stage.read("freshwater.feedback.v1") if each["data"]["channel"] == "webhook"]
    assert [each["data"]["attempt"] for each in feedback] == [2]


async def test_killed_while_mail_and_text_were_handed_over_both_are_held_and_not_sent_blindly(
    stage: Stage, mailboxes: Mailboxes, receivers: Receivers
) -> None:
    stage.more = {
        "notify_smtp_host": "127.0.0.1",
        "notify_smtp_port": mailboxes.port,
        "notify_smtp_security": "none",
        "notify_gateway_url": receivers.url("gateway"),
    }
    texted = threading.Event()

    def kills_when_both_are_on_their_way() -> None:
        assert texted.wait(30)
        stage.kill()

    mailboxes.before_answer = kills_when_both_are_on_their_way
    receivers.before_silence = texted.set
    mailed, telephoned = await stage.household(2, email="shop@household.example"), await stage.household(3, phone="139")
    await stage.feed([accepted(mailed), accepted(telephoned)])
    first = stage.start()
    await asyncio.to_thread(first.wait, 60)
    mailboxes.before_answer = lambda: None
    stage.start()
    await until(lambda: _is(stage, "email", {"held": 1}), "the mail is held", 60)
    await until(lambda: _is(stage, "sms", {"held": 1}), "and the text message too", 60)
    feedback = [each for each in await stage.read("freshwater.feedback.v1") if "channel" in each["data"]]
    assert {each["data"]["channel"]: each["type"] for each in feedback} == {
        "email": "org.freshwater.feedback.held.v1",
        "sms": "org.freshwater.feedback.held.v1",
    }
    assert len(mailboxes.to("shop@household.example")) == 1
    assert len(receivers.texts) == 1


async def test_a_door_hears_each_notice_once_whatever_is_killed(stage: Stage) -> None:
    """Copies are bytes of the first; by their id each notice is there once, and none is missing."""
    await stage.register("hotline", role="publisher", door=True)
    await stage.register("niulang", role="bank", institution="niulang", door=True)
    shops = [await stage.household(number) for number in range(150)]
    await stage.feed([accepted(each) for each in shops])
    stage.more = {"batch_records": 20}
    for _ in range(4):
        child, before = stage.start(), await stage.taken()
        await until(partial(_more, stage, before), "some of it taken", 60)
        stage.kill()
        await asyncio.to_thread(child.wait)
        await stage.feed([round_opened(each, "niulang") for each in shops[:40]])
        await stage.feed([bank_accepts(each, "niulang") for each in shops[:40]])
    await stage.feed([round_opened(each, "niulang") for each in shops])
    stage.start()
    # accepted 2, round opened 3, accepted by the bank 3 of forty
    await until(lambda: _is(stage, None, {"sent": 150 * 5 + 40 * 3}), "all told", 90)
    await until(lambda: _settled(stage), "the last batch is published", 30)
    for door, wanted in (("hotline", 150 * 2 + 40), ("niulang", 150 + 40)):
        told = await stage.read(f"freshwater.door.{door}.out.v1")
        versions: dict[str, set[str]] = defaultdict(set)
        for each in told:
            versions[each["data"]["notice"]].add(json.dumps(each))
        assert len(versions) == wanted
        assert all(len(copies) == 1 for copies in versions.values())


async def _more(stage: Stage, before: int) -> bool:
    return await stage.taken() > before


async def _settled(stage: Stage) -> bool:
    """Every delivery by a door stands on its door."""
    told = [*await stage.read("freshwater.door.hotline.out.v1"), *await stage.read("freshwater.door.niulang.out.v1")]
    rows = await stage.sql("SELECT id FROM deliveries WHERE channel = 'door'")
    return {str(row["id"]) for row in rows} == {each["data"]["notice"] for each in told}


async def _is(stage: Stage, channel: str | None, wanted: dict[str, int]) -> bool:
    return await stage.states(channel=channel) == wanted
