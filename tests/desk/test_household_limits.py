"""Where a household's pages end: a way in that has expired, a photo that is none, a bank's call that it may answer."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from services.desk.domain.household import VAIN, contact_of
from services.desk.domain.replies import Fault, Reply
from services.desk.web.household.device import IDLE
from shared.clock import wall
from shared.contracts import referrals
from tests.desk.test_household_pages import applicant, told
from tests.desk.visitors import Doorstep

outcomes = st.lists(st.sampled_from(["reached", *sorted(VAIN)]), max_size=4)


@given(st.sampled_from(["open", "accepted", "contacted", "offered", "lapsed"]), outcomes)
def test_what_a_household_may_say_to_a_banks_call_is_legal_and_never_nothing(state: str, calls: list[str]) -> None:
    """Matching takes a yes where the bank has not reached it or asks, a no where the bank has or asks."""
    found = contact_of(UUID(int=1), "beichen", state, calls)
    assert (found is not None) == (state in ("accepted", "contacted") and bool(calls))
    if found is not None:
        asked = calls[0] in VAIN
        assert found.may_confirm == (asked or state == "accepted")
        assert found.may_deny == (asked or state == "contacted")
        assert found.may_confirm or found.may_deny


async def test_a_bank_that_could_not_reach_it_is_answered(doorstep: Doorstep) -> None:
    async with applicant(doorstep) as (visitor, way, receipt, demand):
        story = told(receipt, doorstep)
        await doorstep.happen([
            story.demanded(), story.opened((0,)), story.moved(0, referrals.Accepted, "accepted"),
            story.moved(0, referrals.Contacted, "accepted", outcome="wrong_number"),
        ])  # fmt: skip
        page = await visitor.get("/mine")
        assert "have you spoken with each other?" in page.text
        said = {"demand": str(demand), "about": str(story.referral(0)), "contacted": "yes"}
        assert "Thank you for telling us" in (await visitor.post("/mine/contact", **said)).text
        assert way.said[-1][1]["details"] == {"contacted": True}


@pytest.mark.parametrize(("age", "stays"), [(IDLE - timedelta(minutes=1), True), (IDLE + timedelta(minutes=1), False)])
async def test_the_way_in_expires_also_on_the_newest_device(
    doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch, age: timedelta, stays: bool
) -> None:
    async with applicant(doorstep) as (visitor, _, receipt, demand):
        await doorstep.happen([told(receipt, doorstep).demanded()])
        epoch = await doorstep.connection.fetchval("SELECT epoch FROM household_access WHERE demand = $1", demand)
        then = int((wall() - age).timestamp())
        with monkeypatch.context() as before:
            before.setattr(TimestampSigner, "get_timestamp", lambda self: then)
            old = doorstep.office.sessions.signer("desk.household").dumps([{demand.hex: epoch}, {}])
        visitor.client.cookies.clear()
        visitor.client.cookies.set("household", str(old))
        assert (await visitor.get("/mine")).status_code == (200 if stays else 303)


async def test_a_photo_that_is_none_is_refused_in_plain_words(doorstep: Doorstep) -> None:
    async with applicant(doorstep) as (visitor, way, receipt, demand):
        await doorstep.happen([told(receipt, doorstep).demanded()])
        await visitor.get("/mine")
        form = {"token": visitor.token, "demand": str(demand), "kind": "licence"}
        none = await visitor.client.post("/mine/file/paper", data=form)
        assert "Choose a photo or a PDF" in none.text
        way.says = Reply(422, (Fault("只接受照片", "Only these are taken: image/jpeg"),))
        sent = await visitor.client.post(
            "/mine/file/paper", data=form, files={"file": ("l.jpg", b"MZ not a photo", "image/jpeg")}
        )
        assert (sent.status_code, "Only these are taken" in sent.text) == (422, True)
        large = {"file": ("l.jpg", bytes(6_100_000), "image/jpeg")}
        too_large = await visitor.client.post("/mine/file/paper", data=form, files=large)
        assert (too_large.status_code, "5 MB" in too_large.text) == (413, True)
        assert len(way.papers) == 1


async def test_an_answer_counts_also_where_other_questions_are_asked_by_now(doorstep: Doorstep) -> None:
    """Matching may have gone on while somebody typed: what was typed is not lost, and nothing else is taken."""
    async with applicant(doorstep) as (visitor, way, receipt, demand):
        await doorstep.happen([told(receipt, doorstep).demanded()])
        await visitor.get("/mine")
        said = {"demand": str(demand), "operating_months": "14", "employees": "", "colour": "red"}
        assert "Thank you" in (await visitor.post("/mine/supply", **said)).text
        what, data, _ = way.said[-1]
        assert (what, {name: each["value"] for name, each in data["facts"].items()}) == (
            "facts-supplied", {"operating_months": 14},
        )  # fmt: skip
        nothing = await visitor.post("/mine/supply", demand=str(demand), operating_months=" ")
        assert (nothing.status_code, "Nothing was filled in" in nothing.text) == (422, True)
