"""The call list and what is held: a row leaves by a word alone, said once, and personal data never comes here."""

from __future__ import annotations

import re
from uuid import uuid4

from services.desk.domain.answers import Answer
from services.desk.web.telling.calls import word_id
from shared.contracts import feedback
from shared.contracts.ids import caused_id
from tests.desk.stories import Story
from tests.desk.visitors import Doorstep


def waiting(story: Story, channel: str, place: int = 1, outcome: str = "held") -> feedback.Noticed:
    """A call that was written down with the decision."""
    return feedback.Noticed(
        demand=story.demand,
        cause=story.demand,
        cause_type="org.freshwater.referral.offered.v1",
        notices=[
            feedback.Notice(
                delivery=caused_id(story.household, f"delivery/{place}"),
                audience="household",
                recipient=str(story.household),
                channel=channel,  # type: ignore[arg-type]
                outcome=outcome,  # type: ignore[arg-type]
            )
        ],
    )


async def test_a_call_leaves_the_list_by_how_it_ended_and_is_said_once(doorstep: Doorstep) -> None:
    story = Story(1)
    delivery = caused_id(story.household, "delivery/1")
    await doorstep.happen([story.demanded(), story.event("feedback", waiting(story, "call_list"))])

    async def answered(act: object) -> None:
        await doorstep.happen([story.told(feedback.Sent, 1, channel="call_list", attempt=1)])

    async with doorstep.officer("campaign_office") as visitor:
        page = (await visitor.get("/calls")).text
        assert str(story.demand) in page
        assert "Bank made an offer" in page
        link = await visitor.get(f"/calls/{delivery}/number")
        assert link.headers["location"].endswith("/contact_name,phone")
        # No way without an outcome, and none but those of a call.
        assert (await visitor.post(f"/calls/{delivery}/delivered")).status_code == 404
        assert (await visitor.post(f"/calls/{delivery}/nothing")).status_code == 404
        assert doorstep.gate.told == []
        doorstep.gate.then = answered
        page = (await visitor.press(f"/calls/{delivery}/reached", reason="will look today")).text
        assert "Written down." in page
        assert "Nobody has to be telephoned." in page
        assert (await visitor.post(f"/calls/{delivery}/reached")).status_code == 404
    ((act, officer, channel, outcome, reason),) = doorstep.gate.told
    assert (act.id, act.about) == (word_id(delivery, 0, "reached"), delivery)
    assert (officer.role, channel, outcome, reason) == ("campaign_office", "call_list", "reached", "will look today")


async def test_what_the_gate_does_not_take_can_be_said_again_under_the_same_id(doorstep: Doorstep) -> None:
    story = Story(2)
    delivery = caused_id(story.household, "delivery/1")
    await doorstep.happen([story.demanded(), story.told(feedback.Held, 1, channel="sms", audience="household")])
    assert await doorstep.connection.fetchval("SELECT count(*) FROM deliveries WHERE outcome = 'held'") == 1
    async with doorstep.officer("campaign_office") as visitor:
        assert "Nobody knows whether these came" in (await visitor.get("/deliveries")).text
        doorstep.gate.says = Answer("undelivered", None, "未送达", "it is not known whether the act arrived")
        first = await visitor.post(f"/calls/{delivery}/bounced")
        assert first.status_code == 422
        assert "it is not known whether the act arrived" in first.text
        second = await visitor.post(f"/calls/{delivery}/bounced")
        assert second.status_code == 422
        assert (await visitor.post(f"/calls/{delivery}/bounced", reason="x" * 201)).status_code == 422
    assert len({act.id for act, *_ in doorstep.gate.told}) == 1
    assert len(doorstep.gate.told) == 2


async def test_what_was_given_up_is_shown_with_its_reason_and_an_auditor_only_reads(doorstep: Doorstep) -> None:
    story = Story(3)
    await doorstep.happen([story.demanded(), story.told(feedback.Failed, 1, channel="webhook", reason="gone")])
    await doorstep.happen([story.event("feedback", waiting(story, "call_list", 2))])
    async with doorstep.officer("auditor") as visitor:
        page = (await visitor.get("/deliveries?show=failed")).text
        assert "the address is closed for good" in page
        assert str(caused_id(story.household, "delivery/1")) in page
        calls = (await visitor.get("/calls")).text
        assert str(story.demand) in calls
        assert re.findall('action="(/[^"]*)"', calls.partition("<main")[2]) == ["/export/calls"]
        delivery = caused_id(story.household, "delivery/2")
        assert (await visitor.post(f"/calls/{delivery}/reached")).status_code == 403
        assert (await visitor.get(f"/calls/{delivery}/number")).status_code == 403
        assert (await visitor.get("/calls?page=99999999")).status_code == 200
    async with doorstep.officer("campaign_office", language="zh") as visitor:
        assert (await visitor.get(f"/calls/{uuid4()}/number")).status_code == 404
        assert "电话名单" in (await visitor.get("/calls")).text
