"""A telephone's code opens what was asked for under it: once, in its time, after few tries, and nobody learns more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.codes import (
    HOUR,
    MOST_PER_HOUR,
    MOST_TRIES,
    PAUSE,
    VALID,
    Sent,
    may_be_tried,
    wait_seconds,
)
from services.intake.domain.speaking import Speaker
from services.intake.handlers.phones import Asked, Phones
from tests.intake.people import credit_code, demand, event, personal, phone
from tests.intake.stage import Stage
from tests.intake.test_households import accepted

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@given(st.lists(st.integers(1, 900), max_size=80))
def test_who_waits_as_long_as_told_may_ask_again_and_nobody_gets_more_than_so_many_an_hour(pauses: list[int]) -> None:
    now, made = NOW, list[datetime]()
    for pause in pauses:
        now += timedelta(seconds=pause)
        if wait := wait_seconds(made, now):
            now += timedelta(seconds=wait)
        assert wait_seconds(made, now) == 0
        made.insert(0, now)
        assert len([at for at in made if now - at < HOUR]) <= MOST_PER_HOUR
        assert wait_seconds(made, now + PAUSE / 2) > 0


@given(st.integers(0, 9), st.integers(-60, 1_200), st.booleans(), st.booleans())
def test_a_code_may_be_tried_in_its_time_for_its_telephone_a_few_times(
    tries: int, seconds: int, used: bool, own: bool
) -> None:
    sent = Sent(UUID(int=1), "a", NOW, tries, used)
    allowed = may_be_tried(sent, "a" if own else "b", NOW + timedelta(seconds=seconds))
    assert allowed == (own and not used and tries < MOST_TRIES and 0 <= seconds <= VALID.total_seconds())
    assert not may_be_tried(None, "a", NOW)


async def ask(stage: Stage, number: int) -> Any:
    return await stage.post("/v1/contact-codes", {"phone": phone(number)}, "desk")


async def show(stage: Stage, identifier: str, number: int, code: str) -> Any:
    return await stage.post(f"/v1/contact-codes/{identifier}", {"phone": phone(number), "code": code}, "desk")


async def test_the_right_code_opens_the_households_demands_once(stage: Stage) -> None:
    told = await accepted(stage)
    answer = await ask(stage, 1)
    assert answer.status_code == 202
    identifier = answer.json()["id"]
    await stage.hear_names("household.contact-code-requested")
    asked = stage.heard[0]
    opened = await stage.vault.open(UUID(asked["partitionkey"]), asked["data"]["sealed"])
    assert opened["phone"] == personal(1)["phone"]
    wrong = f"{(int(opened['code']) + 1) % 1_000_000:06d}"
    assert (await show(stage, identifier, 1, wrong)).status_code == 422
    assert (await show(stage, identifier, 2, opened["code"])).status_code == 422, "another's telephone"
    found = await show(stage, identifier, 1, opened["code"])
    assert found.json() == {"shops": [{"household": told["partitionkey"], "demands": [told["subject"]]}]}
    assert (await show(stage, identifier, 1, opened["code"])).status_code == 422, "spent"
    again = await ask(stage, 1)
    assert (again.status_code, int(again.headers["retry-after"]) > 0) == (429, True)


async def test_five_wrong_codes_lock_the_right_one_out(stage: Stage) -> None:
    await accepted(stage)
    identifier = (await ask(stage, 1)).json()["id"]
    right = stage.vault.code(UUID(identifier))
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for code in (*[wrong] * MOST_TRIES, right):
        assert (await show(stage, identifier, 1, code)).status_code == 422


async def opened_by(stage: Stage, number: int) -> list[dict[str, Any]]:
    """The shops that a telephone's code opens."""
    stage.heard.clear()
    identifier = (await ask(stage, number)).json()["id"]
    await stage.hear_names("household.contact-code-requested")
    asked = stage.heard[0]
    code = (await stage.vault.open(UUID(asked["partitionkey"]), asked["data"]["sealed"]))["code"]
    found: list[dict[str, Any]] = (await show(stage, identifier, number, code)).json()["shops"]
    return found


@pytest.mark.parametrize("assisted", [True, False])
async def test_one_telephone_reaches_every_shop_that_gave_it_by_whichever_way_it_came(
    stage: Stage, assisted: bool
) -> None:
    """Two shops with numbers of their own at a partner's door, one by HTTP, all under a son's or a clerk's."""
    helped = {"assisted_by": "hall-1"} if assisted else {}
    told = []
    for number in (1, 2, 3):
        body = demand(number, personal={**personal(1), "credit_code": credit_code(number)}, **helped)
        if number == 3:
            assert (await stage.post("/v1/demands", body)).status_code == 202
        else:
            await stage.say("hotline", event("demand-submitted", body, f"new-{number}"))
        await stage.hear_names("demand.accepted", *(["household.contact-code-requested"] if assisted else []))
        told.append(stage.only("demand.accepted"))
        stage.heard.clear()
    expected = {(each["partitionkey"], each["subject"]) for each in told}
    assert len(expected) == 3
    shops = await opened_by(stage, 1)
    assert {(shop["household"], *shop["demands"]) for shop in shops} == expected
    assert [shop["household"] for shop in shops] == sorted((each for each, _ in expected), reverse=True), "newest first"
    await stage.vault.erase(UUID(shops[0]["household"]))
    assert len(await stage.vault.reached_by(phone(1))) == 2


class Remembered:
    """The vault, the table and the wire as the answer meets them: what was asked of each, in order."""

    def __init__(self, households: list[UUID]) -> None:
        self.households, self.steps = households, list[str]()

    def fingerprint(self, fields: Mapping[str, str]) -> str:
        return ",".join(fields)

    async def made(self, phone_hash: str, now: datetime) -> list[datetime]:
        self.steps.append("made")
        return []

    async def reached_by(self, phone: str) -> list[UUID]:
        self.steps.append("reached_by")
        return self.households

    async def ask(self, sent: Sent) -> None:
        self.steps.append("ask")

    async def sealer(self, households: Sequence[UUID]) -> Any:
        self.steps.append("sealer")
        return SimpleNamespace(has=lambda each: each in households, seal=lambda _, fields: fields)

    def code(self, identifier: UUID) -> str:
        return "000000"

    async def send(self, events: Sequence[Any]) -> bool:
        self.steps.append("send")
        return True


@pytest.mark.parametrize("households", [[], [UUID(int=1)], [UUID(int=2), UUID(int=1)]])
async def test_the_answer_comes_after_the_same_work_whether_or_not_a_telephone_is_known(households: list[UUID]) -> None:
    """What only a known one calls for is done when the answer is out: no clock tells the two apart."""
    world: Any = Remembered(households)
    phones = Phones(world, world, world.send, lambda: NOW)
    asked = await phones.ask("19900000001", Speaker("desk", "portal", "portal:desk", receipt=UUID(int=2)))
    assert world.steps == ["made", "reached_by", "ask"]
    assert isinstance(asked, Asked)
    await asked.tell()
    assert world.steps[3:] == (["sealer", "send"] if households else ["sealer"]), "one message, however many shops"


async def test_nobody_learns_whether_a_telephone_is_known(stage: Stage) -> None:
    strange, other = await ask(stage, 9), await stage.post("/v1/contact-codes", {"phone": phone(9)}, "platform")
    assert (strange.status_code, sorted(strange.json())) == (202, ["id"])
    assert other.status_code == 403, "only a portal, which shows it to nobody but who types the code"
    identifier = strange.json()["id"]
    right = await show(stage, identifier, 9, stage.vault.code(UUID(identifier)))
    assert [each["code"] for each in right.json()["problems"]] == ["code-wrong"]
    for body in (b"", b"[]", b'{"phone": 1}', b'{"phone": "\xff"}', b'{"phone": "x"}'):
        assert (await stage.post("/v1/contact-codes", body, "desk")).status_code in (400, 422)
    assert (await show(stage, "x", 9, "1")).status_code == 400
