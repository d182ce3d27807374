"""How households reach the gate through the desk: who speaks, under which number, and what a page hears back."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from services.desk.adapters import household_gate
from services.desk.adapters.household_gate import HouseholdGate
from services.desk.settings import DeskSettings
from shared.assertion import ACTOR_HEADER, verify_actor

SECRET, DEMAND = "the secret of this stage", UUID(int=5)
FAULT = {"code": "code-wrong", "pointer": "/data/code", "zh": "不对", "en": "wrong"}


def gate(answer: Any) -> tuple[HouseholdGate, list[httpx.Request]]:
    """A way whose other end is a function."""
    came: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        came.append(request)
        found: httpx.Response = answer(request)
        return found

    made = HouseholdGate(DeskSettings(actor_secret=SecretStr(SECRET), desk_key=SecretStr("key")))
    made._client = httpx.AsyncClient(base_url="http://gate.test", transport=httpx.MockTransport(answered))
    return made, came


async def test_the_household_speaks_of_its_own_demand_alone_and_who_assists_does_not_speak_as_it() -> None:
    way, came = gate(lambda _: httpx.Response(202, json={"receipt": str(UUID(int=1)), "status": "sent"}))
    act = uuid4()
    assert (await way.submit({"source_id": "K-1"}, DEMAND)).receipt == str(UUID(int=1))
    await way.submit({"source_id": "K-2"}, None)
    await way.say("demand-withdrawn", {"reason": "r"}, DEMAND, act)
    await way.close()
    actor = verify_actor(SECRET, came[0].headers[ACTOR_HEADER])
    assert (actor.role, actor.demand) == ("household", DEMAND)
    assert ACTOR_HEADER not in came[1].headers
    event = json.loads(came[2].content)
    assert (event["id"], event["data"]["source_id"]) == (str(act), str(act))
    assert event["traceparent"].split("-")[1] == act.hex, "by it the read model knows a claim again"
    assert {each.headers["authorization"] for each in came} == {"Bearer key"}


async def test_what_is_wrong_comes_back_in_both_languages_and_a_gate_that_is_away_is_said_so() -> None:
    way, _ = gate(lambda _: httpx.Response(422, json={"problems": [FAULT]}))
    reply = await way.ask_code("199")
    assert (reply.status, reply.taken, reply.problems) == (422, False, (("不对", "wrong"),))
    for broken in (httpx.Response(503), httpx.Response(500, text="x")):
        away, came = gate(lambda _, broken=broken: broken)
        assert (await away.show_code("1", "2", "3")).status == 503
        assert len(came) == 2, "tried twice"


@pytest.mark.parametrize(("word", "status"), [("accepted", 200), ("repeated", 200), ("refused", 422), ("sent", None)])
async def test_a_verdict_is_waited_for_shortly(word: str, status: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(household_gate, "WAIT_SECONDS", 0.15)
    problems = [FAULT] if word == "refused" else []
    way, _ = gate(lambda _: httpx.Response(200, json={"status": word, "problems": problems}))
    found = await way.verdict("r")
    assert (found.status if found else None) == status
    assert found is None or len(found.problems) == len(problems)
