"""Whatever is down: only that recipient is tried again, nobody is told twice, and what was given up is said."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from starlette.responses import RedirectResponse, Response

from tests.notify.outside import Mailboxes, Receiver, Receivers
from tests.notify.stage import Household, Stage, accepted, round_opened, until

SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="
BANKS = ("niulang", "zhinu", "jingxiu")


async def banks_with_webhooks(stage: Stage, receivers: Receivers) -> dict[str, Receiver]:
    found = {}
    for bank in BANKS:
        found[bank] = receivers.add(bank, SECRET)
        await stage.register(bank, role="bank", institution=bank, webhook=receivers.url(bank), secret=SECRET)
    return found


async def demands_of(stage: Stage, count: int) -> list[Household]:
    """Demands that were accepted and referred to all three banks."""
    made = [await stage.household(number) for number in range(count)]
    await stage.feed([accepted(each) for each in made])
    await stage.feed([round_opened(each, *BANKS) for each in made])
    return made


async def test_one_webhook_down_and_only_that_one_is_tried_again(stage: Stage, receivers: Receivers) -> None:
    stage.more = {"notify_first_pause_seconds": 0.5, "notify_longest_pause_seconds": 2}
    banks = await banks_with_webhooks(stage, receivers)
    down = banks["zhinu"]
    broken = True

    async def fails_until_mended(receiver: Receiver, identifier: str) -> Response:
        return Response(status_code=503 if broken else 200)

    down.answer = fails_until_mended
    async with stage.running():
        await demands_of(stage, 20)
        await until(lambda: _webhooks(stage, sent=40, pending=20), "the others have all of theirs")
        assert Counter(banks["niulang"].ids).most_common(1)[0][1] == 1
        assert len(banks["niulang"].got) == len(banks["jingxiu"].got) == 20
        tried = len(down.got)
        assert 0 < tried < 20, "a recipient that is down is asked with one message at a time, not with all"
        broken = False
        await until(lambda: _webhooks(stage, sent=60), "the one that was down has all of its own")
        feedback = await stage.read("freshwater.feedback.v1")
    # A repeat has the id of the first, and each was told of as sent once, with the attempt that worked.
    assert len(set(down.ids)) == 20
    sent = Counter(each["data"]["delivery"] for each in feedback if each["data"]["channel"] == "webhook")
    assert len(sent) == 60
    assert set(sent.values()) == {1}
    assert not await stage.sql("SELECT FROM deliveries WHERE recipient <> 'zhinu' AND attempt > 1")


async def test_one_that_hangs_does_not_slow_the_others(stage: Stage, receivers: Receivers) -> None:
    banks = await banks_with_webhooks(stage, receivers)
    # It may hold four of the ten attempts that fly at once, for longer than the others are given to finish.
    stage.more = {"notify_lane_width": 4, "notify_most_at_once": 10, "notify_webhook_seconds": 20}
    stage.more["notify_lease_seconds"] = 25
    release = asyncio.Event()

    async def hangs(receiver: Receiver, identifier: str) -> Response:
        await release.wait()
        return Response(status_code=200)

    banks["jingxiu"].answer = hangs
    async with stage.running():
        await demands_of(stage, 30)
        await until(lambda: _webhooks(stage, sent=60, pending=30), "the others have all of theirs", 15)
        assert await stage.sql("SELECT FROM deliveries WHERE recipient = 'jingxiu' AND state = 'pending'")
        release.set()
        await until(lambda: _webhooks(stage, sent=90), "and it has its own once it answers")
    assert len(set(banks["jingxiu"].ids)) == 30


async def test_an_address_that_is_gone_is_closed_and_the_desk_has_the_rest(stage: Stage, receivers: Receivers) -> None:
    banks = await banks_with_webhooks(stage, receivers)

    async def gone(receiver: Receiver, identifier: str) -> Response:
        return Response(status_code=410)

    banks["jingxiu"].answer = gone
    async with stage.running():
        await demands_of(stage, 1)
        await until(lambda: _webhooks(stage, sent=2, failed=1), "two sent, one failed")
        later = await stage.household(50)
        await stage.feed([accepted(later), round_opened(later, *BANKS)])
        await until(lambda: _webhooks(stage, sent=4, failed=1), "the later one by two webhooks")
        failed = [each["data"] for each in await stage.read("freshwater.feedback.v1") if "failed" in each["type"]]
    assert [(each["recipient"], each["reason"]) for each in failed] == [("jingxiu", "gone")]
    assert len(banks["jingxiu"].got) == 1
    rows = await stage.sql("SELECT channel FROM deliveries WHERE recipient = 'jingxiu' AND demand = $1", later.demand)
    assert [row["channel"] for row in rows] == ["desk"]
    # It stays closed over a restart; another address of the same bank is another address.
    mended = receivers.add("mended", SECRET)
    await stage.register("jingxiu", role="bank", institution="jingxiu", webhook=receivers.url("mended"), secret=SECRET)
    async with stage.running():
        last = await stage.household(51)
        await stage.feed([accepted(last), round_opened(last, "jingxiu")])
        await until(lambda: _webhooks(stage, sent=5, failed=1), "by the new address")
    assert len(mended.got) == 1


async def test_what_is_never_taken_is_given_up_and_said(stage: Stage, receivers: Receivers) -> None:
    stage.more = {"notify_attempts": 3, "notify_longest_pause_seconds": 0.1}
    banks = await banks_with_webhooks(stage, receivers)

    async def refuses(receiver: Receiver, identifier: str) -> Response:
        return Response(status_code=500)

    banks["niulang"].answer = refuses
    async with stage.running():
        await demands_of(stage, 2)
        await until(lambda: _webhooks(stage, sent=4, failed=2), "given up")
        failed = [each["data"] for each in await stage.read("freshwater.feedback.v1") if "failed" in each["type"]]
    assert Counter(banks["niulang"].ids) == dict.fromkeys(banks["niulang"].ids, 3)
    assert [(each["reason"], each["attempt"]) for each in failed] == [("http_500", 3)] * 2


async def test_a_request_for_time_is_honoured_and_a_redirect_is_not_followed(
    stage: Stage, receivers: Receivers
) -> None:
    banks = await banks_with_webhooks(stage, receivers)
    loop = asyncio.get_running_loop()
    asked: list[float] = []

    async def asks_for_time(receiver: Receiver, identifier: str) -> Response:
        asked.append(loop.time())
        return Response(status_code=429, headers={"retry-after": "2"}) if len(asked) == 1 else Response(status_code=200)

    async def leads_away(receiver: Receiver, identifier: str) -> Response:
        if len(receiver.got) == 1:
            return RedirectResponse(receivers.url("jingxiu"), 307)
        return Response(b"<garbage/>" * 20_000, status_code=200)

    banks["niulang"].answer, banks["zhinu"].answer = asks_for_time, leads_away
    async with stage.running():
        await demands_of(stage, 1)
        await until(lambda: _webhooks(stage, sent=3), "all three")
    assert asked[1] - asked[0] >= 1.9
    assert len(banks["jingxiu"].got) == 1
    assert len(banks["zhinu"].got) == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "https://10.1.2.3/x", "https://[::ffff:127.0.0.1]/x"])
async def test_a_webhook_may_not_lead_inside(stage: Stage, url: str) -> None:
    stage.more = {"notify_webhook_http": False, "notify_webhook_private": False}
    await stage.register("niulang", role="bank", institution="niulang", webhook=url, secret=SECRET)
    shop = await stage.household(60)
    async with stage.running():
        await stage.feed([accepted(shop), round_opened(shop, "niulang")])
        await until(lambda: _webhooks(stage, failed=1), "refused")
    (row,) = await stage.sql("SELECT reason, attempt FROM deliveries WHERE channel = 'webhook'")
    assert row["reason"] == ("not_https" if url.startswith("http:") else "private_address")


async def test_mail_that_bounces_at_once_is_not_tried_again_and_a_busy_server_is(
    stage: Stage, mailboxes: Mailboxes
) -> None:
    stage.more = {
        "notify_smtp_host": "127.0.0.1",
        "notify_smtp_port": mailboxes.port,
        "notify_smtp_security": "none",
    }
    gone = await stage.household(70, email="gone@household.example")
    busy = await stage.household(71, email="busy@household.example")
    mailboxes.refuses = {"gone@household.example": "550 no such mailbox", "busy@household.example": "451 later"}
    async with stage.running():
        await stage.feed([accepted(gone), accepted(busy)])
        await until(lambda: _mail(stage, failed=1, pending=1), "one failed, one waits")
        mailboxes.refuses = {}
        await until(lambda: _mail(stage, failed=1, sent=1), "one failed, one sent")
    rows = await stage.sql("SELECT state, reason FROM deliveries WHERE channel = 'email' ORDER BY state")
    assert [tuple(row) for row in rows] == [("failed", "smtp_550"), ("sent", None)]
    assert not mailboxes.to("gone@household.example")
    assert len(mailboxes.to("busy@household.example")) == 1


async def test_who_took_the_consent_back_or_was_erased_is_sent_nothing_more(stage: Stage, mailboxes: Mailboxes) -> None:
    """The message was written down before, the word came after: what counts is the moment of sending."""
    revoked = await stage.household(80, email="revoked@household.example")
    erased = await stage.household(81, email="erased@household.example")
    await stage.feed([accepted(revoked), accepted(erased)])
    stage.more = {"notify_smtp_host": "127.0.0.1", "notify_smtp_port": 1, "notify_smtp_security": "none"}
    # A pause that outlasts the stop: mail whose attempt is broken off in the middle is held, as it should be.
    stage.more |= {"notify_first_pause_seconds": 3, "notify_longest_pause_seconds": 3}
    async with stage.running():
        await until(lambda: _between_attempts(stage, 2), "two wait for a mail server")
    assert await _mail(stage, pending=2)
    await stage.vault.erase(erased.id)
    connection_rows = await stage.sql("INSERT INTO silenced VALUES ($1) RETURNING household", revoked.id)
    assert connection_rows
    stage.more["notify_smtp_port"] = mailboxes.port
    async with stage.running():
        await until(lambda: _mail(stage, failed=2), "both failed")
    rows = await stage.sql("SELECT household, reason FROM deliveries WHERE channel = 'email'")
    assert {row["household"]: row["reason"] for row in rows} == {
        revoked.id: "messages_not_allowed",
        erased.id: "erased",
    }
    assert not mailboxes.got


async def _between_attempts(stage: Stage, mails: int) -> bool:
    """So many have been tried, and nobody is at it now."""
    tried = "SELECT FROM deliveries WHERE channel = 'email' AND state = 'pending' AND attempt > 0 AND NOT sending"
    return len(await stage.sql(tried)) == mails


async def _states(stage: Stage, channel: str, wanted: dict[str, int]) -> bool:
    return await stage.states(channel=channel) == wanted


async def _webhooks(stage: Stage, **wanted: int) -> bool:
    return await _states(stage, "webhook", wanted)


async def _mail(stage: Stage, **wanted: int) -> bool:
    return await _states(stage, "email", wanted)
