"""What channels say afterwards, who the partners are now, what a backup does not know, and the counts of the books."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from services.notify.store.books import account
from shared.broker import consumer_options
from shared.contracts.ids import timed_id
from shared.contracts.receipts import ReceiptCame
from shared.contracts.topics import RECEIPTS
from shared.decision import Emit
from shared.partners import PartnerFollower
from shared.rendering import Cause, Output, render
from tests.notify.outside import Mailboxes
from tests.notify.stage import NOON, Stage, accepted, bank_accepts, round_opened, until


def receipt(number: str, outcome: str) -> Output:
    data = ReceiptCame(number=number, channel="email", outcome=outcome)  # type: ignore[arg-type]
    cause = Cause(timed_id(1, f"{number}{outcome}"), number, None)
    return render("intake", Emit(RECEIPTS, data, UUID(int=0), number, key_text=number), 0, cause, NOON)


async def test_a_bounce_makes_a_sent_message_a_failed_one(stage: Stage, mailboxes: Mailboxes) -> None:
    stage.more = {
        "notify_smtp_host": "127.0.0.1",
        "notify_smtp_port": mailboxes.port,
        "notify_smtp_security": "none",
    }
    shop = await stage.household(1, email="shop@household.example")
    async with stage.running():
        await stage.feed([accepted(shop)])
        await until(lambda: _is(stage, {"sent": 1}), "sent")
        (row,) = await stage.sql("SELECT number FROM deliveries WHERE channel = 'email'")
        await stage.feed([receipt(row["number"], "bounced"), receipt("nobody-s-number", "bounced")])
        await until(lambda: _is(stage, {"failed": 1}), "failed")
        await until(lambda: _no_deadlines(stage), "the deadline is handled")
        feedback = [each for each in await stage.read("freshwater.feedback.v1") if each["data"]["channel"] == "email"]
    assert [each["type"].rsplit(".", 2)[1] for each in feedback] == ["sent", "failed"]
    assert feedback[1]["data"]["reason"] == "bounced"


async def test_the_newest_version_of_a_partner_counts_and_its_door_when_it_is_there(stage: Stage) -> None:
    follower = PartnerFollower(consumer_options(stage.settings()), stage.prefix, service="tests", deadline_seconds=20)
    await stage.register("niulang", role="bank", institution="niulang", door=True)
    await stage.register("bixiu", role="bank", institution="bixiu", door=True)
    await stage.register("niulang", role="bank", institution="niulang", door=True, email="a@bank.example")
    stage.versions["niulang"] = 0
    await stage.register("niulang", role="bank", institution="niulang", email="late@bank.example")
    await follower.start()
    try:
        assert follower.partners["niulang"].email == "a@bank.example", "an old version that comes late is old"
        assert follower.open_doors == {"niulang"}, "bixiu has no topic"
    finally:
        await follower.stop()


async def test_after_an_older_backup_nothing_is_mailed_a_second_time(stage: Stage, mailboxes: Mailboxes) -> None:
    """The rows are gone, our own topic is not: what it says was sent is not sent again."""
    stage.more = {
        "notify_smtp_host": "127.0.0.1",
        "notify_smtp_port": mailboxes.port,
        "notify_smtp_security": "none",
    }
    shop = await stage.household(2, email="shop@household.example")
    await stage.feed([accepted(shop)])
    async with stage.running():
        await until(lambda: _is(stage, {"sent": 1}), "sent")
    connection = await asyncpg.connect(stage.dsn)
    await connection.execute("DROP SCHEMA notify CASCADE")
    await connection.close()
    async with stage.running():
        await until(lambda: _is(stage, {"sent": 1}), "known again")
    (row,) = await stage.sql("SELECT attempt, endings FROM deliveries WHERE channel = 'email'")
    assert tuple(row) == (1, 1)
    assert len(mailboxes.got) == 1


async def test_the_books_expect_what_is_recorded(stage: Stage) -> None:
    await stage.register("niulang", role="bank", institution="niulang", door=True)
    shops = [await stage.household(number) for number in range(5)]
    async with stage.running():
        await stage.feed([round_opened(each, "niulang", "zhinu") for each in shops])
        await stage.feed([accepted(each) for each in shops])
        await stage.feed([bank_accepts(each, "niulang") for each in shops])
        await until(lambda: _taken(stage, 15), "all taken")
        await until(lambda: _nothing_waits(stage), "nothing waits")
    connection = await asyncpg.connect(stage.dsn, server_settings={"search_path": "notify"})
    try:
        counts = await account(connection)
        assert counts["notices"] == {"expected": 5 * (2 + 4 + 3), "recorded": 5 * (2 + 4 + 3)}
        assert counts["told_to_nobody"] == []
        await connection.execute("DELETE FROM deliveries WHERE cause_type LIKE '%demand.accepted%'")
        lost = await account(connection)
        assert lost["notices"]["recorded"] == 5 * (4 + 3)
        assert len(lost["told_to_nobody"]) == 5
    finally:
        await connection.close()


async def _is(stage: Stage, wanted: dict[str, int]) -> bool:
    return await stage.states(channel="email") == wanted


async def _taken(stage: Stage, count: int) -> bool:
    return await stage.taken() >= count


async def _no_deadlines(stage: Stage) -> bool:
    return not await stage.sql("SELECT FROM deadlines")


async def _nothing_waits(stage: Stage) -> bool:
    return not await stage.sql("SELECT FROM deferred")
