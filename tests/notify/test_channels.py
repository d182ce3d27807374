"""From one channel to the next, into the morning, over the telephone, in order, and again: on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notify.domain.delivery import Ended
from services.notify.store import looking
from services.notify.store.books import account
from services.notify.store.looking import Cursor
from shared.contracts import county, referrals
from shared.contracts.ids import demand_id, timed_id
from shared.contracts.receipts import ReceiptCame
from shared.contracts.topics import CASES, RECEIPTS, REFERRALS
from shared.database import connect
from shared.decision import Emit
from shared.rendering import Cause, Output, render
from tests.databases import Databases
from tests.notify.room import Room, partner, sealed
from tests.notify.stage import NOON, Household, accepted, docking, event, round_opened

ALL = ("phone", "email", "wechat", "contact_name")


@pytest.fixture
async def room(databases: Databases) -> AsyncIterator[Room]:
    dsn = await databases.fresh()
    made = Room(dsn)
    yield made
    await made.close()
    await databases.drop(dsn)


def shop(number: int, *contact: str) -> Household:
    source = f"HL-{number:05d}"
    identifier = timed_id(int(NOON.timestamp() * 1000) + number, f"household {number}")
    return Household(identifier, demand_id("hotline", source), source, sealed(*contact))


def facts_wanted(of: Household, name: str = "facts", at: datetime = NOON) -> Output:
    """The household must act: it is the kind of notice for which somebody telephones."""
    return event(
        REFERRALS, referrals.FactsRequested(**docking(of, ("niulang",)), facts=["monthly_flow_yuan"]), of, name, at
    )


def receipt(number: str, outcome: str, times: int = 0) -> Output:
    data = ReceiptCame(number=number, channel="call_list", outcome=outcome)  # type: ignore[arg-type]
    cause = Cause(timed_id(times, f"{number}{outcome}"), number, None)
    return render("intake", Emit(RECEIPTS, data, UUID(int=0), number, key_text=number), 0, cause, NOON)


async def balanced(room: Room) -> dict[str, Any]:
    """Every notice that had to be has its row, and every end was told."""
    connection = await connect(room.dsn, "notify")
    try:
        found = await account(connection)
    finally:
        await connection.close()
    assert found["notices"]["expected"] == found["notices"]["recorded"]
    assert found["told_to_nobody"] == []
    ended = sum(row["endings"] for row in found["deliveries"])
    assert ended == sum(
        kind in ("sent", "failed", "held") and data["channel"] in room.senders for kind, data in room.feedback()
    )
    return found


async def test_what_gives_up_goes_on_by_the_next_channel_until_one_reaches(room: Room) -> None:
    await room.build()
    room.senders["wechat"].ends = lambda _: Ended("refused", "no_contact")
    room.senders["sms"].ends = lambda _: Ended("refused", "http_400")
    of = shop(1, *ALL)
    await room.hear(accepted(of), facts_wanted(of))
    for _ in range(4):
        await room.send()
        await room.pass_time()
    assert await room.ways("household", "facts-wanted") == [("wechat", "failed"), ("sms", "failed"), ("email", "sent")]
    await balanced(room)


async def test_when_all_have_given_up_somebody_telephones_and_the_outcome_settles_it(room: Room) -> None:
    await room.build()
    for channel in ("wechat", "sms", "email"):
        room.senders[channel].ends = lambda _: Ended("refused", "no_contact")
    of = shop(2, *ALL)
    await room.hear(accepted(of), facts_wanted(of))
    for _ in range(4):
        await room.send()
        await room.pass_time()
    ways = await room.ways("household", "facts-wanted")
    assert ways[-1] == ("call_list", "held")
    (call,) = await room.rows("channel = 'call_list'")
    # Who calls may look the number up, and nothing else.
    connection = await connect(room.dsn, "notify")
    leave = await connection.fetchrow("SELECT holder, fields, ended FROM disclosures WHERE about = $1", call["id"])
    assert leave is not None
    assert (leave["holder"], leave["fields"], leave["ended"]) == ("campaign_office", ["contact_name", "phone"], False)
    await room.hear(receipt(str(call["id"]), "not_reached"))
    await room.pass_time()
    assert (await room.rows("channel = 'call_list'"))[0]["state"] == "held"
    await room.hear(receipt(str(call["id"]), "reached"))
    await room.pass_time()
    assert (await room.rows("channel = 'call_list'"))[0]["state"] == "sent"
    assert await connection.fetchval("SELECT ended FROM disclosures WHERE about = $1", call["id"])
    await connection.close()
    ends = [(kind, data["attempt"]) for kind, data in room.feedback() if data.get("channel") == "call_list"]
    assert ends == [("held", 1), ("sent", 2)]
    await balanced(room)


async def test_a_wrong_number_ends_on_the_households_own_page(room: Room) -> None:
    await room.build()
    of = shop(3, "phone", "contact_name")
    room.senders["sms"].ends = lambda _: Ended("refused", "http_400")
    await room.hear(accepted(of), facts_wanted(of))
    await room.send()
    await room.pass_time()
    (call,) = await room.rows("channel = 'call_list'")
    await room.hear(receipt(str(call["id"]), "wrong_number"))
    await room.pass_time()
    assert (await room.ways("household", "facts-wanted"))[-2:] == [("call_list", "failed"), ("desk", "sent")]
    await balanced(room)


async def test_a_sent_message_that_bounces_goes_on_too(room: Room) -> None:
    await room.build()
    of = shop(4, "phone", "email")
    room.senders["sms"].ends = lambda _: Ended("sent", number="gateway-7")
    await room.hear(accepted(of), facts_wanted(of))
    await room.send()
    await room.hear(receipt("gateway-7", "bounced"))
    await room.pass_time()
    await room.send()
    assert await room.ways("household", "facts-wanted") == [("sms", "failed"), ("email", "sent")]


async def test_more_than_the_cap_and_what_is_low_become_one_message_the_next_morning(room: Room) -> None:
    await room.build(most_a_day=2)
    room.register(partner("niulang"))
    of = shop(5, "email")
    told = [accepted(of), round_opened(of, "niulang"), facts_wanted(of), facts_wanted(of, "again")]
    low = event(REFERRALS, referrals.PolicyMoved(
        **docking(of, ("niulang",)), referral=docking(of, ("niulang",))["summary"].referrals[0].id, bank="niulang",
        unit="niulang-620102", policy="p", step="applied"), of, "policy")  # fmt: skip
    await room.hear(*told, low)
    await room.send()
    states = {row["template"] + "/" + row["state"] for row in await room.rows("audience = 'household'")}
    assert states == {"received/sent", "referred/sent", "facts-wanted/pending", "policy-moved/pending"}
    assert len(room.senders["email"].got) == 2
    await room.pass_time(timedelta(days=1))
    await room.send()
    (digest,) = await room.rows("template = 'digest'")
    assert (digest["channel"], digest["state"], digest["audience"]) == ("email", "sent", "household")
    assert len(room.senders["email"].got) == 3
    assert {row["state"] for row in await room.rows("channel = 'digest'")} == {"sent"}
    # The next day counts anew.
    await room.hear(facts_wanted(of, "tomorrow", NOON + timedelta(days=1)))
    await room.send()
    assert len(room.senders["email"].got) == 4
    await balanced(room)


async def test_what_was_collected_for_an_erased_household_is_never_sent(room: Room) -> None:
    from shared.contracts import households

    await room.build(most_a_day=1)
    of = shop(6, "email")
    await room.hear(accepted(of), round_opened(of, "niulang"))
    summary = households.HouseholdSummary(household=of.id, erased=True)
    gone = Emit("freshwater.households.v1", households.Erased(summary=summary), of.id, of.id, 2)
    await room.hear(render("intake", gone, 0, Cause(timed_id(9, "erased"), "x", None), NOON))
    await room.pass_time(timedelta(days=1))
    await room.send()
    assert {row["state"] for row in await room.rows("channel = 'digest'")} == {"failed"}
    assert not await room.rows("template = 'digest'")


async def test_a_partner_hears_of_one_demand_in_order_and_one_demand_holds_up_no_other(room: Room) -> None:
    await room.build()
    room.register(partner("niulang", webhook="https://bank.example/hook", sealed_secret="s"))
    one, other = shop(7), shop(8)
    broken = {one.demand}
    room.senders["webhook"].ends = lambda begun: (
        Ended("failed", "http_400") if begun.delivery.demand in broken else Ended("sent")
    )
    near = event(REFERRALS, referrals.NearDue(
        **docking(one, ("niulang",)), referral=docking(one, ("niulang",))["summary"].referrals[0].id, bank="niulang",
        unit="niulang-620102", share=50), one, "near")  # fmt: skip
    await room.hear(accepted(one), round_opened(one, "niulang"), near, accepted(other), round_opened(other, "niulang"))
    await room.send()
    tried = [(begun.delivery.demand, begun.delivery.template) for begun in room.senders["webhook"].got]
    assert (one.demand, "reminder") not in tried, "what comes later waits for what came before"
    assert (other.demand, "referred") in tried
    broken.clear()
    await room.execute("UPDATE deliveries SET not_before = '-infinity'")
    await room.send()
    mine = [begun.delivery.template for begun in room.senders["webhook"].got if begun.delivery.demand == one.demand]
    assert mine == ["referred", "referred", "reminder"]
    await balanced(room)


async def test_an_operator_has_it_sent_again_and_the_books_still_balance(room: Room) -> None:
    await room.build()
    of = shop(9, "email")
    room.senders["email"].ends = lambda _: Ended("unknown", "smtp_broken_off")
    await room.hear(accepted(of))
    await room.send()
    (row,) = await room.rows("channel = 'email'")
    assert row["state"] == "held"
    room.senders["email"].ends = lambda _: Ended("sent")
    await room.send()
    assert len(room.senders["email"].got) == 1, "never sent blindly"
    connection = await connect(room.dsn, "notify")
    await looking.ask_again(connection, [row["id"]], room.clock.now())
    await connection.close()
    await room.pass_time()
    await room.send()
    (row,) = await room.rows("channel = 'email'")
    assert (row["state"], row["endings"], row["attempt"]) == ("sent", 2, 2)
    await balanced(room)


async def test_what_came_too_late_only_stands_where_it_is_looked_at(room: Room) -> None:
    await room.build()
    of = shop(10, "phone", "email", "contact_name")
    room.senders["sms"].ends = lambda _: Ended("failed", "http_503", whole_lane=True)
    await room.hear(accepted(of), facts_wanted(of))
    await room.send()
    await room.pass_time(timedelta(days=4))
    await room.send()
    await room.pass_time()
    assert await room.ways("household", "facts-wanted") == [("sms", "failed"), ("desk", "sent")]
    await balanced(room)


async def test_a_partner_fetches_its_notices_and_misses_none(room: Room) -> None:
    await room.build()
    room.register(
        partner("niulang", key_hashes=["x"]),
        partner("zhinu", webhook="https://bank.example/hook", sealed_secret="s", key_hashes=["y"]),
    )
    room.senders["webhook"].ends = lambda _: Ended("refused", "gone")
    shops = [shop(number) for number in range(20, 25)]
    for each in shops:
        await room.hear(accepted(each), round_opened(each, "niulang", "zhinu"))
    await room.send()
    await room.pass_time()
    connection = await connect(room.dsn, "notify")
    for who in ("niulang", "zhinu"):
        seen, after = [], Cursor(0, UUID(int=0))
        while batch := await looking.fed(connection, who, after, 2):
            seen += [body for _, body in batch]
            after = batch[-1][0]
        assert len(set(seen)) >= len(shops), who
        assert all(b"org.freshwater.door.told.v1" in body for body in seen)
    # The webhook gave up, and what it did not take is fetched once more under its feed: the same notice, the same body.
    assert {row["channel"] for row in await room.rows("recipient = 'zhinu'")} == {"webhook", "feed"}
    await connection.close()
    await balanced(room)


async def test_departments_hear_of_a_common_issue_at_once_and_of_the_account_once_a_week(room: Room) -> None:
    await room.build()
    issue = county.CommonIssueFormed(county="620102", obstacle="FOOD_PERMIT", households=6, blocked_yuan=1_240_000)
    await room.hear(of_a_county(issue, 1, NOON))
    heard = {row["recipient"] for row in await room.rows("template = 'common-issue'")}
    assert "service-month-2026" in heard
    assert any(name.startswith("county_team-") or name.startswith("team-") for name in heard)
    assert any(name.endswith("-620000") or name.endswith("-620100") for name in heard), "the line above the county"
    for day in range(9):
        at = datetime(2026, 11, 23, 1, tzinfo=UTC) + timedelta(days=day)
        found = county.ObstacleAccount(
            county="620102", at=at, households={"FOOD_PERMIT": 6}, blocked_yuan={"FOOD_PERMIT": 9}
        )
        await room.hear(of_a_county(found, day, at))
    told = await room.rows("template = 'bulletin' AND recipient = 'service-month-2026'")
    assert len(told) == 2, "nine days are two weeks"
    await balanced(room)


def of_a_county(data: Any, number: int, at: datetime) -> Output:
    key = timed_id(0, "county/620102")
    emit = Emit(CASES, data, key, "620102", 0, key_text="620102")
    return render("escalation", emit, 0, Cause(timed_id(number + 1, f"{data.TYPE}/{number}"), "620102", None), at)
