"""What goes over HTTP to the gate: the event by contract, the key, the signed officer; and what comes back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.desk.adapters.gate import TRIES, HttpGate
from services.desk.domain.access import Officer
from services.desk.settings import DeskSettings
from services.desk.store.sent import Act
from shared.assertion import ACTOR_HEADER, verify_actor, verify_disclosure
from shared.contracts.door import ClaimMade, ReceiptCame
from shared.contracts.registry import read_event

SECRET = "a secret of these tests"
OFFICER = Officer(uuid4(), "li", "bank", "beichen")
ACT = Act(uuid4(), OFFICER.account, uuid4(), uuid4(), uuid4(), "bank-accepts", datetime.now(UTC))
PROBLEMS = [
    {"code": "a", "pointer": "/data/details/plan", "zh": "缺少方案", "en": "The plan is missing"},
    {"code": "b", "pointer": "/data/referral", "zh": "没有该推荐", "en": "There is no such referral"},
]


class Intake:
    """An HTTP server that says in turn what a test gave it, and remembers what it heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.says: list[Response | Exception] = []

    async def answer(self, request: Request) -> Response:
        self.heard.append((dict(request.headers), await request.body()))
        said = self.says.pop(0) if self.says else JSONResponse({"receipt": "r"}, 202)
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture
async def intake() -> Intake:
    return Intake()


@pytest.fixture
async def gate(intake: Intake) -> AsyncIterator[HttpGate]:
    settings = DeskSettings(actor_secret=SecretStr(SECRET), desk_key=SecretStr("the-key"), notify_url="http://n.test")
    made = HttpGate(settings)
    await made.close()
    pages = Starlette(routes=[Route("/v1/events", intake.answer, methods=["POST"])])
    transport = httpx.ASGITransport(pages, raise_app_exceptions=True)
    made._client = httpx.AsyncClient(transport=transport, base_url="http://intake.test")
    yield made
    await made.close()


async def test_a_claim_is_an_event_of_the_contract_with_its_officer_signed(gate: HttpGate, intake: Intake) -> None:
    answer = await gate.claim(ACT, OFFICER, "referral", {"outcome": "reached"})
    assert answer.outcome == "sent"
    ((headers, body),) = intake.heard
    event: Any = read_event(body, {ClaimMade.TYPE: ClaimMade})
    said = event.data
    assert (said.action, said.referral, said.demand) == ("bank-accepts", ACT.about, ACT.demand)
    assert event.traceparent[3:35] == ACT.id.hex
    assert (said.source_id, event.id) == (str(ACT.id), str(ACT.id))
    assert (said.person, said.details) == (str(OFFICER.account), {"outcome": "reached"})
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["authorization"] == "Bearer the-key"
    actor = verify_actor(SECRET, headers[ACTOR_HEADER.lower()])
    assert (actor.role, actor.person, actor.institution) == ("bank", str(OFFICER.account), "beichen")


async def test_all_problems_come_back_in_both_languages(gate: HttpGate, intake: Intake) -> None:
    intake.says = [JSONResponse({"problems": PROBLEMS}, 422)]
    answer = await gate.claim(ACT, OFFICER, "referral", {})
    assert answer.outcome == "refused"
    assert answer.reason_zh == "缺少方案；没有该推荐"
    assert answer.reason_en == "The plan is missing; There is no such referral"


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", json.dumps({"problems": [1]}).encode(), b'{"problems": {}}'])
async def test_a_refusal_without_words_still_says_that_it_is_one(gate: HttpGate, intake: Intake, body: bytes) -> None:
    intake.says = [Response(body, 403)]
    answer = await gate.claim(ACT, OFFICER, "referral", {})
    assert answer.outcome == "refused"
    assert "403" in (answer.reason_en or "")


async def test_a_failure_is_tried_again_under_the_same_id(gate: HttpGate, intake: Intake) -> None:
    intake.says = [Response(status_code=503), JSONResponse({}, 202)]
    assert (await gate.claim(ACT, OFFICER, "referral", {})).outcome == "sent"
    first, second = (json.loads(body) for _, body in intake.heard)
    assert first == second


async def test_a_gate_that_stays_away_is_said_so(gate: HttpGate, intake: Intake) -> None:
    intake.says = [Response(status_code=503), httpx.ConnectError("refused")]
    answer = await gate.claim(ACT, OFFICER, "referral", {})
    assert answer.outcome == "undelivered"
    assert len(intake.heard) == TRIES


def test_a_disclosure_link_is_signed_for_one_officer(gate: HttpGate) -> None:
    link = gate.disclosure(OFFICER, ACT.demand, ACT.household, ("phone",))
    base, _, token = link.rpartition("/")
    assert base == "http://n.test/v1/disclosures"
    leave = verify_disclosure(SECRET, token)
    assert (leave.demand, leave.household, leave.recipient) == (ACT.demand, ACT.household, "beichen")
    assert (leave.person, leave.fields) == (str(OFFICER.account), ("phone",))


async def test_how_a_call_ended_goes_as_the_channels_receipt(gate: HttpGate, intake: Intake) -> None:
    office = Officer(uuid4(), "wang", "campaign_office", None)
    assert (await gate.receipt(ACT, office, "call_list", "not_reached", None)).outcome == "sent"
    ((headers, body),) = intake.heard
    said = read_event(body, {ReceiptCame.TYPE: ReceiptCame}).data
    assert (said.number, said.channel, said.outcome) == (str(ACT.about), "call_list", "not_reached")
    assert verify_actor(SECRET, headers[ACTOR_HEADER.lower()]).role == "campaign_office"
    leave = verify_disclosure(SECRET, gate.disclosure(office, ACT.demand, ACT.household, ("phone",)).rpartition("/")[2])
    assert leave.recipient == "campaign_office"
