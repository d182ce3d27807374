"""The path on real servers: what happens inside is told outside, to everyone, by the way that reaches them."""

from __future__ import annotations

from email.header import decode_header, make_header

from shared.contracts import referrals
from shared.contracts.topics import REFERRALS
from tests.notify.outside import Mailboxes, Receivers
from tests.notify.stage import Stage, accepted, bank_accepts, docking, event, round_opened, until

SECRET, OLD_SECRET = "whsec_bmV3IHNlY3JldCBvZiB0aGUgdGVzdHM=", "whsec_b2xkIHNlY3JldCBvZiB0aGUgdGVzdHM="


async def test_door_webhook_mail_and_desk_each_hear_once(
    stage: Stage, receivers: Receivers, mailboxes: Mailboxes
) -> None:
    zhinu = receivers.add("zhinu", OLD_SECRET)
    stage.more = {
        "notify_smtp_host": "127.0.0.1",
        "notify_smtp_port": mailboxes.port,
        "notify_smtp_security": "none",
    }
    await stage.register("hotline", role="publisher", door=True)
    await stage.register("niulang", role="bank", institution="niulang", door=True)
    await stage.register(
        "zhinu", role="bank", institution="zhinu", webhook=receivers.url("zhinu"), secret=f"{SECRET} {OLD_SECRET}"
    )
    shop = await stage.household(1, email="shop@household.example", phone="13900000001", contact_name="某人")
    await stage.feed([accepted(shop), round_opened(shop, "niulang", "zhinu", "jingxiu"), bank_accepts(shop, "niulang")])
    async with stage.running():
        await until(lambda: _all(stage, "sent", 10), "ten deliveries sent")
        hotline, niulang = (
            await stage.read("freshwater.door.hotline.out.v1"),
            await stage.read("freshwater.door.niulang.out.v1"),
        )
        feedback = await stage.read("freshwater.feedback.v1")
    # The submitter: stage and date under its own number.
    assert [told["data"]["source_id"] for told in hotline] == [shop.source_id] * 3
    assert "2026年11月25日（星期三）" in hotline[1]["data"]["text"]
    # The bank: its referral and the card, then a link to the identity.
    assert niulang[0]["data"]["card"]["amount_band"] == "100000-300000"
    assert niulang[0]["data"]["referral"]["bank"] == "niulang"
    assert "/v1/disclosures/" in niulang[1]["data"]["disclosure"]
    # The webhook, signed under both secrets, with the delivery's id.
    assert zhinu.forged == 0
    ((identifier, event),) = zhinu.got
    assert event["type"] == "org.freshwater.door.told.v1"
    assert event["data"]["notice"] == identifier
    # The household by mail, the unit without a partner by its mailbox.
    mails = mailboxes.to("shop@household.example")
    subjects = {str(make_header(decode_header(mail["Subject"]))) for mail in mails}
    assert subjects == {"您的融资需求已受理", "您的需求已推荐给银行", "银行已受理您的需求"}
    assert len(mailboxes.to("unit-620102@jingxiu.example")) == 1
    assert "某人" not in "".join(str(mail) for mail in mails)
    # Everyone of whom something was sent stands on the feedback topic, once.
    sent = [event["data"]["delivery"] for event in feedback if event["type"].endswith("feedback.sent.v1")]
    noticed = [event["data"]["notices"] for event in feedback if event["type"].endswith("feedback.noticed.v1")]
    assert len(noticed) == 3, "one event says of all doors of a cause that they were told"
    sent += [each["delivery"] for notices in noticed for each in notices]
    rows = await stage.sql("SELECT id FROM deliveries WHERE channel <> 'desk'")
    assert sorted(sent) == sorted(str(row["id"]) for row in rows)
    assert [event for event in feedback if event["type"].endswith("identity-disclosed.v1")]


async def test_an_event_that_was_read_before_its_demand_is_told_all_the_same(stage: Stage) -> None:
    """Two topics: the referral may be read first. Who hears what must not depend on that."""
    await stage.register("hotline", role="publisher", door=True)
    await stage.register("niulang", role="bank", institution="niulang", door=True)
    early = await stage.household(2, phone="13900000002")
    async with stage.running():
        await stage.feed([round_opened(early, "niulang")])
        await until(lambda: _count(stage, "deferred", 1), "the referral waits")
        assert await stage.states() == {}
        await stage.feed([accepted(early)])
        await until(lambda: _all(stage, "sent", 5), "five deliveries sent")
        told = await stage.read("freshwater.door.niulang.out.v1")
    assert [event["data"]["card"]["term_months"] for event in told] == [12]
    assert await _count(stage, "deferred", 0)
    late = await stage.household(3, phone="13900000003")
    async with stage.running():
        await stage.feed([accepted(late), round_opened(late, "niulang")])
        await until(lambda: _all(stage, "sent", 10), "ten deliveries sent")
    columns = "audience, recipient, channel, template, state"
    one, other = [
        [
            tuple(row)
            for row in await stage.sql(f"SELECT {columns} FROM deliveries WHERE demand = $1 ORDER BY 1, 4", each)
        ]
        for each in (early.demand, late.demand)
    ]
    assert [row for row in one if row[0] != "household"] == [row for row in other if row[0] != "household"]
    assert [row[2:] for row in one if row[0] == "household"] == [row[2:] for row in other if row[0] == "household"]


async def test_a_demand_that_never_comes_does_not_silence_what_follows(stage: Stage) -> None:
    stage.more = {"notify_unheard_seconds": 0.2}
    await stage.register("niulang", role="bank", institution="niulang", door=True)
    lost = await stage.household(4, phone="13900000004")
    async with stage.running():
        await stage.feed([round_opened(lost, "niulang")])
        await until(lambda: _all(stage, "sent", 3), "three deliveries sent")
        assert len(await stage.read("freshwater.door.niulang.out.v1")) == 1
    rows = await stage.sql("SELECT audience, channel FROM deliveries ORDER BY 1")
    assert [tuple(row) for row in rows] == [("bank", "door"), ("household", "desk"), ("submitter", "desk")]


async def test_a_household_without_mail_is_telephoned_only_when_it_must_act(stage: Stage) -> None:
    shop = await stage.household(5, phone="13900000005")
    wanted = event(
        REFERRALS, referrals.FactsRequested(**docking(shop, ("niulang",)), facts=["monthly_flow_yuan"]), shop, "facts"
    )
    await stage.feed([accepted(shop), wanted])
    async with stage.running():
        await until(lambda: _all(stage, "held", 1), "a call waits")
        said = [event["data"]["notices"] for event in await stage.read("freshwater.feedback.v1")]
    assert [(each["channel"], each["outcome"]) for notices in said for each in notices] == [("call_list", "held")]
    assert await stage.states(channel="desk", audience="household") == {"sent": 1}


async def test_a_door_whose_topic_is_not_there_is_not_used(stage: Stage) -> None:
    """It would end the process for good: every start would try it again."""
    await stage.register("bixiu", role="bank", institution="bixiu", door=True)
    shop = await stage.household(6, phone="13900000006")
    await stage.feed([accepted(shop), round_opened(shop, "bixiu")])
    async with stage.running():
        await until(lambda: _all(stage, "sent", 5), "five notices")
    rows = await stage.sql("SELECT channel FROM deliveries WHERE audience = 'bank'")
    assert [row["channel"] for row in rows] == ["desk"]


async def _all(stage: Stage, state: str, count: int) -> bool:
    return (await stage.states()).get(state, 0) == count


async def _count(stage: Stage, table: str, count: int) -> bool:
    rows = await stage.sql(f"SELECT count(*) AS n FROM {table}")
    return bool(rows) and rows[0]["n"] == count
