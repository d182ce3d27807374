"""The household's own pages: applying, confirming, seeing where it stands, acting; and nobody else's demand."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.household import Seen, acts_allowed, cost_of, where
from services.desk.domain.replies import Fault, Reply
from services.desk.web.household.apply import yuan_of
from services.desk.web.household.device import demand_of, secret_of
from services.desk.web.household.wording import SENTENCES, TURNS
from services.desk.web.wording.labels import DOCKING
from shared.contracts import cases, feedback, referrals
from shared.contracts.values import Plan
from tests.desk.stories import Story
from tests.desk.visitors import Doorstep, RememberingWay, Visitor

FORM = {"phone": "19900000001", "county": "620102", "amount": "5", "purpose": "stock", "sentence": "", "agree": "yes"}


@pytest.mark.parametrize(
    ("said", "yuan"), [("5", 50_000), ("0.8", 8_000), (" 5万元 ", 50_000), ("1.23456", None), ("0", None), ("x", None),
                       ("-1", None), ("NaN", None), ("1e9", None), ("100000", 1_000_000_000)],
)  # fmt: skip
def test_wan_as_people_write_them(said: str, yuan: int | None) -> None:
    assert yuan_of(said) == yuan


@given(st.integers(1, 10_000_000), st.integers(1, 240), st.integers(0, 3_600))
def test_equal_instalments_pay_off_the_loan_and_not_a_yuan_a_month_more(amount: int, months: int, rate: int) -> None:
    cost = cost_of(amount, months, rate, None)

    def left(each: int) -> float:
        owed = float(amount)
        for _ in range(months):
            owed = owed * (1 + rate / 120_000) - each
        return owed

    assert left(cost.instalment_yuan) <= 1e-3 * months
    assert cost.instalment_yuan == 1 or left(cost.instalment_yuan - 1) > -1e-3 * months
    assert cost.total_yuan == amount + cost.interest_yuan >= amount


states = st.sampled_from(["open", "withdrawn", "erased", None])
owners = st.sampled_from(["bank:a", "household:x", "authority:b", "county_team:c", "campaign_office:d", None])


@given(states, st.none() | st.sampled_from(sorted(DOCKING)), owners, st.booleans(), st.booleans())
def test_every_state_has_one_plain_sentence_and_one_turn(
    state: str | None, docking: str | None, owner: str | None, consented: bool, confirmed: bool
) -> None:
    seen = Seen(state, docking, owner, None, (), consented, confirmed)
    found = where(seen)
    assert found.sentence in SENTENCES
    assert found.turn in TURNS
    if state == "erased":
        assert not acts_allowed(seen, ())


@asynccontextmanager
async def applicant(doorstep: Doorstep, **more: str) -> AsyncIterator[tuple[Visitor, RememberingWay, str, UUID]]:
    """Somebody who has handed in the form; its browser, the gate, its receipt and demand."""
    way: Any = doorstep.office.way
    async with doorstep.visitor() as visitor:
        page = await visitor.get("/apply?campaign=m1&activity=a2&channel=poster")
        receipt = re.findall(r'name="receipt" value="([^"]+)"', page.text)[0]
        channel = re.findall(r'name="channel" value="([^"]+)"', page.text)[0]
        answer = await visitor.post("/apply", receipt=receipt, channel=channel, **{**FORM, **more})
        assert answer.status_code == 200, answer.text
        yield visitor, way, receipt, demand_of(doorstep.office.settings, receipt)


def told(receipt: str, doorstep: Doorstep) -> Story:
    story = Story(1)
    story.demand = demand_of(doorstep.office.settings, receipt)
    return story


async def test_five_fields_are_a_demand_and_the_code_confirms_it(doorstep: Doorstep) -> None:
    async with doorstep.visitor("zh") as visitor:
        page = await visitor.get("/apply")
        asked = re.findall(r'name="(\w+)"', page.text.partition("<main")[2].partition("<details>")[0])
        assert len(set(asked) - {"token", "receipt", "channel"}) <= 5
    async with applicant(doorstep) as (visitor, way, receipt, demand):
        body, said_by = way.handed_in[0]
        assert said_by == demand
        assert (body["source_id"], body["amount_yuan"], body["channel"]) == (receipt, 50_000, "qr.m1.a2.poster")
        assert body["sentence"]
        assert body["consent"]["evidence_kind"] == "tap"
        way.decides = Reply(422, (Fault("验证码不对", "The code is wrong"),))
        wrong = await visitor.post("/apply/confirm", receipt=receipt, code="000000")
        assert "The code is wrong" in wrong.text
        way.decides = Reply(200)
        right = await visitor.post("/apply/confirm", receipt=receipt, code="123456")
        assert (right.status_code, right.headers["location"]) == (303, "/mine")
        assert way.said[-1] == ("contact-confirmed", {"code": "123456"}, demand)
        assert "looks again by itself" in (await visitor.get("/mine")).text


async def test_each_poster_has_a_code_of_its_own(doorstep: Doorstep) -> None:
    async with doorstep.visitor() as visitor:
        one, other = [
            await visitor.get(f"/apply/code?campaign=m1&activity={each}&channel=poster") for each in ("a", "b")
        ]
    assert one.headers["content-type"].startswith("image/svg+xml")
    assert one.text.startswith("<svg")
    assert one.text != other.text


async def test_what_is_wrong_is_said_and_what_was_typed_stays(doorstep: Doorstep) -> None:
    way: Any = doorstep.office.way
    async with doorstep.visitor() as visitor:
        await visitor.get("/apply")
        answer = await visitor.post("/apply", receipt="K-0000-0000-0001", **{**FORM, "amount": "much", "agree": ""})
        assert answer.status_code == 422
        assert "ten thousand" in answer.text
        assert "tick it" in answer.text
        assert FORM["phone"] in answer.text
        assert not way.handed_in
        way.says = Reply(422, (Fault("不行", "The telephone is wrong"),))
        answer = await visitor.post("/apply", receipt="K-0000-0000-0001", **FORM)
        assert "The telephone is wrong" in answer.text
        assert (await visitor.post("/apply", receipt="other", **FORM)).status_code == 400
        assert (await visitor.post("/apply", token="0", receipt="K-0000-0000-0001", **FORM)).status_code == 403


async def test_who_assists_is_named_speaks_not_as_the_household_and_sees_nothing_but_the_receipt(
    doorstep: Doorstep,
) -> None:
    way: Any = doorstep.office.way
    async with doorstep.visitor() as clerk, doorstep.visitor() as other:
        page = await clerk.get("/apply/assisted")
        receipt = re.findall(r'name="receipt" value="([^"]+)"', page.text)[0]
        asked = await clerk.post("/apply/assisted", receipt=receipt, assisted_by="grid-07", **FORM)
        body, said_by = way.handed_in[0]
        assert (body["assisted_by"], said_by) == ("grid-07", None)
        assert secret_of(doorstep.office.settings, receipt) not in asked.text, "it would open the owner's page"
        helping = re.findall(r'name="helping" value="([^"]+)"', asked.text)[0]
        await other.get("/track")
        for visitor, word in ((other, helping), (clerk, ""), (clerk, "x")):
            strange = await visitor.post("/apply/confirm", receipt=receipt, helping=word, code="123456")
            assert strange.headers["location"] == "/track"
        assert not way.said
        way.decides = Reply(422, (Fault("验证码不对", "The code is wrong"),))
        wrong = await clerk.post("/apply/confirm", receipt=receipt, helping=helping, code="000000")
        assert "The code is wrong" in wrong.text
        way.decides = Reply(200)
        done = await clerk.post("/apply/confirm", receipt=receipt, helping=helping, code="123456")
        assert "The owner has confirmed" in done.text
        assert way.said[-1][0] == "contact-confirmed"
        assert (await clerk.get("/mine")).headers["location"] == "/track"
        assert (await clerk.get("/track/scan")).headers["content-type"] == "image/svg+xml"


async def test_banks_that_were_excluded_stay_so_when_something_else_is_wrong(doorstep: Doorstep) -> None:
    async with doorstep.visitor() as visitor:
        await visitor.get("/apply")
        said = {**FORM, "agree": "", "excluded": "niulang", "named_bank": "beichen"}
        answer = await visitor.post("/apply", receipt="K-0000-0000-0001", **said)
    assert 'name="excluded" value="niulang" checked' in answer.text
    assert '<option value="beichen" selected' in answer.text


async def test_by_receipt_and_secret_slowed_and_locked_and_one_device_at_a_time(doorstep: Doorstep) -> None:
    settings = doorstep.office.settings
    async with applicant(doorstep) as (first, _, receipt, _), doorstep.visitor() as other:
        await doorstep.happen([told(receipt, doorstep).demanded()])
        assert "looking for banks" in (await first.get("/mine")).text
        await other.get("/track")
        secret = secret_of(settings, receipt).lower().replace("0", "o")
        entered = await other.post("/track/receipt", receipt=receipt.lower(), secret=secret)
        assert entered.status_code == 303
        assert (await first.get("/mine")).headers["location"] == "/track", "the newer device signs the older out"
        await first.get("/track")
        statuses = [(await first.post("/track/receipt", receipt=receipt, secret="x")).status_code for _ in range(7)]
        assert statuses[:5] == [401] * 5
        assert statuses[-1] == 429
        assert (await first.post("/track/receipt", receipt=receipt, secret=secret)).status_code == 429
        assert (await first.post("/track/receipt", receipt="K-NO", secret=secret)).status_code == 401


async def test_by_telephone_and_code(doorstep: Doorstep) -> None:
    way: Any = doorstep.office.way
    story = Story(2)
    await doorstep.happen([story.demanded()])
    async with doorstep.visitor() as visitor:
        await visitor.get("/track")
        page = await visitor.post("/track/phone", phone="19900000002")
        assert "is on its way" in page.text
        assert way.phones == ["19900000002"]
        said = {"id": str(UUID(int=9)), "phone": "19900000002"}
        assert "The code is wrong" in (await visitor.post("/track/code", code="123456", **said)).text
        way.opens = [story.demand]
        assert (await visitor.press("/track/code", code="123456", **said)).status_code == 200
        await visitor.press("/track/leave")
        assert (await visitor.get("/mine")).headers["location"] == "/track"


async def test_offers_stand_side_by_side_and_one_is_chosen(doorstep: Doorstep) -> None:
    async with applicant(doorstep) as (visitor, way, receipt, demand):
        story = told(receipt, doorstep)
        plan = Plan(amount_yuan=50_000, term_months=12, rate_bp=390)
        await doorstep.happen([
            story.demanded(), story.opened((0, 1)),
            story.moved(0, referrals.Offered, "offered", "offered", plan=plan),
            story.moved(1, referrals.Offered, "offered", "offered", plan=plan.model_copy(update={"rate_bp": 360})),
        ])  # fmt: skip
        page = await visitor.get("/mine")
        assert "You have an offer" in page.text
        assert page.text.count("I choose this one") == 2
        assert "4,256" in page.text, "50,000 over a year at 3.9 %, rounded up"
        chosen = await visitor.post("/mine/choose", demand=str(demand), about=str(story.referral(1)))
        assert "Your choice has been passed on" in chosen.text
        what, data, _ = way.said[-1]
        assert (what, data["action"], data["referral"]) == (
            "claim-made", "household-chooses", str(story.referral(1)),
        )  # fmt: skip
        strange = await visitor.post("/mine/choose", demand=str(demand), about=str(UUID(int=5)))
        assert "cannot be done now" in strange.text
        assert len(way.said) == 1


async def test_its_own_step_its_answers_its_photo_and_who_saw_what(doorstep: Doorstep) -> None:
    async with applicant(doorstep) as (visitor, way, receipt, demand):
        story = told(receipt, doorstep)
        looked = feedback.DisclosureOpened(
            demand=story.demand, recipient="beichen", person="li", fields=["phone"], reason="desk"
        )
        await doorstep.happen([
            story.demanded(), story.obstructed(), story.cased(cases.Guided, "guided", usual_working_days=5),
            story.event("notify", looked),
        ])  # fmt: skip
        page = await visitor.get("/mine")
        assert "I have filed" in page.text
        assert "your telephone" in page.text.partition("who saw what")[2]
        said = {"demand": str(demand), "about": str(story.case())}
        filed = await visitor.post("/mine/filed", receipt_number="SL-1", **said)
        assert "usual days" in filed.text
        assert way.said[-1][1]["details"] == {"receipt_number": "SL-1"}
        for act in ("help", "withdraw", "revoke"):
            assert (await visitor.post(f"/mine/{act}", **said)).status_code == 200
        await visitor.post("/mine/rate", demand=str(demand), about="bank", stars="4")
        assert way.said[-1][1]["details"] == {"stars": 4, "about": "bank"}
        upload = {"file": ("l.jpg", b"\xff\xd8\xff photo", "image/jpeg")}
        assert '<option value="licence">' in (await visitor.get("/mine")).text
        form = {"token": visitor.token, "demand": str(demand), "kind": "licence"}
        sent = await visitor.client.post("/mine/file/paper", data=form, files=upload)
        assert "kept sealed" in sent.text
        assert way.papers == [(b"\xff\xd8\xff photo", "image/jpeg", "licence", demand)]
        gone = await visitor.post("/mine/erase", demand=str(demand))
        assert "being erased" in gone.text
        assert (await visitor.get("/mine")).headers["location"] == "/track"


async def test_nobody_sees_or_moves_another_households_demand(doorstep: Doorstep) -> None:
    other = Story(3)
    async with applicant(doorstep) as (visitor, way, receipt, demand):
        await doorstep.happen([told(receipt, doorstep).demanded(), other.demanded()])
        page = await visitor.get(f"/mine?demand={other.demand}")
        assert f'value="{other.demand}"' not in page.text
        assert f'value="{demand}"' in page.text
        assert (await visitor.post("/mine/withdraw", demand=str(other.demand))).headers["location"] == "/track"
        assert (await visitor.post("/mine/nothing", demand=str(demand))).headers["location"] == "/track"
        assert not way.said
