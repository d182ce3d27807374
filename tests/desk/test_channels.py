"""Which way demands came: every QR code keeps its place, and each activity has what its codes brought."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.channels import WEB, ChannelRow, by_activity, channel_of, code_of
from services.desk.store import accounts, plans
from services.desk.web.campaign.ways import number_of
from shared.clock import wall
from shared.contracts.values import Submitter
from tests.desk.stories import Story
from tests.desk.visitors import HASH, Doorstep

words = st.text(max_size=70)


@given(words, words, words)
def test_a_code_says_what_it_was_printed_with_and_nothing_in_anothers_place(
    campaign: str, activity: str, place: str
) -> None:
    said = {"campaign": campaign, "activity": activity, "channel": place}
    channel = channel_of(said)
    assert Submitter(partner="desk", source_id="K-1", channel=channel).channel == channel, "the wire takes it"
    code = code_of(channel)
    if channel == WEB:
        assert code is None
    else:
        assert code is not None
        for found, given_word in ((code.campaign, campaign), (code.activity, activity), (code.place, place)):
            assert found is None or all(each in given_word for each in found)
        assert code_of(channel_of({"activity": code.activity or ""})) is None or code.activity


def test_all_codes_of_an_activity_are_added_up() -> None:
    rows = [ChannelRow("qr.c.a.x", 3, 2, 1, 10), ChannelRow("qr.c.a.y", 1, 1, 0, 0), ChannelRow("qr.c.-.y", 9, 9, 9, 9),
            ChannelRow("web", 7, 7, 7, 7), ChannelRow("qr", 1, 1, 1, 1)]  # fmt: skip
    assert by_activity(rows) == {"a": ChannelRow("a", 4, 3, 1, 10)}


async def test_the_campaign_office_sees_what_each_activity_and_each_code_brought(doorstep: Doorstep) -> None:
    account, activity = uuid4(), uuid4()
    await accounts.add(doorstep.connection, account, str(account), "campaign_office", None, HASH, wall(), (), False)
    values = ("Market day", "fair", "620102", "人民广场", date(2026, 11, 24), "北辰银行", 80)
    await plans.add_activity(doorstep.connection, plans.Made(activity, account, wall()), values)
    events = []
    for number, place in enumerate(("poster", "poster", "shelf")):
        story = Story(number + 1)
        channel = f"qr.c.{number_of(activity)}.{place}"
        story.submitter = story.submitter.model_copy(update={"channel": channel})
        events += [story.demanded(), *([story.opened((0,))] if number == 0 else [])]
    await doorstep.happen(events)
    async with doorstep.officer("campaign_office") as office:
        page = (await office.get("/campaign/activities")).text
        assert f"activity={number_of(activity)}&amp;channel=poster" in page, "to print, and to hang up"
        table = (await office.post("/export/activities", kind="csv", reason="plan")).text
        assert [line.split(",")[8:10] for line in table.splitlines() if "Market day" in line] == [["3", "1"]]
        ways = (await office.post("/export/channels", kind="csv", reason="plan")).text.splitlines()
    brought = [line.split(",")[:6] for line in ways if "Market day" in line]
    assert brought == [
        ["QR code", "Market day", "poster", "c", "2", "1"],
        ["QR code", "Market day", "shelf", "c", "1", "0"],
    ]
