"""HTTP: who may speak, what is answered at once, the same key twice, Kafka away, and the officer behind a portal."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

from freshwater.servers import Servers
from shared.assertion import ACTOR_HEADER, Actor, sign_actor
from shared.contracts.ids import timed_id
from tests.intake.people import COUNTY, demand, event, secrets_of
from tests.intake.stage import Stage
from tests.intake.test_named import accepted, opened

STRUCTURED = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
REFERRAL = timed_id(1, "a referral")


def codes(answer: Any) -> dict[str, str]:
    return {problem["pointer"]: problem["code"] for problem in answer.json()["problems"]}


async def test_all_problems_at_once_and_none_of_the_values(stage: Stage) -> None:
    body = demand(
        1, county="110101", purpose="holiday", facts={"nothing": 1}, personal={"phone": "13x9", "email": "a@b.cn"}
    )
    answer = await stage.post("/v1/demands", body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert codes(answer) == {
        "/county": "county-unknown",
        "/purpose": "purpose-unknown",
        "/facts/nothing": "fact-unknown",
        "/personal/phone": "wrong-form",
    }
    assert "13x9" not in answer.text
    assert (await stage.sql("SELECT count(*) FROM requests"))[0][0] == 0


async def test_what_is_no_json_object_is_a_400(stage: Stage) -> None:
    for body in (b"", b"[]", b"{", b"7", b'"x"', b'{"a": NaN}', b"\xff", b'{"a": "\\ud800"}', b"[" * 100_000):
        assert (await stage.post("/v1/demands", body)).status_code == 400, body[:20]
        assert (await stage.post("/v1/events", body, **STRUCTURED)).status_code == 400, body[:20]


async def test_who_has_no_key_or_a_disabled_one_hears_nothing(stage: Stage) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {stage.keys['platform']}"}):
        answer = await stage.http.post("/v1/demands", json=demand(1), headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await stage.post("/v1/demands", demand(1), "auditor")).status_code == 403


async def test_bounds_hold(stage: Stage) -> None:
    assert (await stage.post("/v1/demands", b" " * (stage.settings.intake_body_bytes + 1))).status_code == 413
    many = [event("visit-logged", {}, str(number)) for number in range(stage.settings.intake_batch_items + 1)]
    assert (await stage.post("/v1/events", many, **BATCH)).status_code == 413
    assert (await stage.post("/v1/events", {}, **{"Content-Type": "text/plain"})).status_code == 415
    assert (await stage.post("/v1/nowhere", {})).status_code == 404
    assert (await stage.http.get("/v1/demands")).status_code == 405


async def test_the_same_key_gives_the_same_receipt_and_one_demand(stage: Stage) -> None:
    body = {name: value for name, value in demand(1).items() if name != "source_id"}
    answers = await asyncio.gather(*[stage.post("/v1/demands", body, **{"Idempotency-Key": "k-1"}) for _ in range(5)])
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["receipt"] for answer in answers}) == 1
    other = await stage.post("/v1/demands", {**body, "amount_yuan": 1}, **{"Idempotency-Key": "k-1"})
    assert (other.status_code, codes(other)) == (422, {"": "key-reused"})
    again = await stage.post("/v1/demands", {**body, "source_id": "k-1"})
    await stage.receipt(again.headers["location"])
    await stage.hear(lambda stage: "demand.accepted" in stage.names(), "the demand")
    assert stage.names().count("demand.accepted") == 1
    await stage.until("SELECT count(*) FROM requests WHERE value IS NOT NULL", 0)


async def test_nobody_learns_whether_a_household_has_asked_before(stage: Stage) -> None:
    first = await stage.post("/v1/demands", demand(1))
    await stage.receipt(first.headers["location"])
    second = await stage.post("/v1/demands", demand(1, source_id="other"), "niulang")
    assert second.status_code == first.status_code == 202
    assert sorted(second.json()) == sorted(first.json())
    assert (await stage.receipt(second.headers["location"], "niulang"))["status"] == "accepted"
    repeated = await stage.post("/v1/demands", demand(1, amount_yuan=1))
    assert repeated.status_code == 202
    found = await stage.receipt(repeated.headers["location"])
    assert (found["status"], found["problems"][0]["code"]) == ("rejected", "contradicts-earlier")


async def test_a_batch_is_answered_item_by_item(stage: Stage) -> None:
    events = [
        event("demand-submitted", demand(1), "1"),
        event("demand-submitted", demand(2, county="110101"), "2"),
        event("visit-logged", {"county": COUNTY, "on": "2026-11-24", "visitor": "v", "outcome": "refused"}, "3"),
        event("limit-declared", {"unit": "beichen-620102", "version": 1, "open_limit": 1}, "4"),
        {"type": "nothing"},
    ]
    answer = await stage.post("/v1/events", events, **BATCH)
    assert answer.status_code == 207
    assert [item["status_code"] for item in answer.json()["items"]] == [202, 422, 202, 403, 422]
    await stage.hear_names("demand.accepted", "household.visited")


async def test_the_gates_topic_holds_nothing_in_clear(stage: Stage) -> None:
    body = demand(1)
    await stage.post("/v1/demands", body)
    await stage.hear_names("demand.accepted")
    gate = [record for record in stage.records if b"gate-demand" in record]
    assert gate
    for secret in secrets_of(body):
        assert all(secret.encode() not in record for record in stage.records)


async def test_the_officer_behind_a_portal_speaks_for_his_house_alone(stage: Stage) -> None:
    household, identifier = await accepted(stage)
    await opened(stage, household, identifier)
    await stage.until("SELECT count(*) FROM links", 1)
    claim = event("claim-made", {"action": "bank-accepts", "referral": str(REFERRAL), "source_id": "act-1"})
    officer = sign_actor("the secret of this stage", Actor("bank", "account-7", "beichen"))
    answer = await stage.post("/v1/events", claim, "desk", **STRUCTURED, **{ACTOR_HEADER: officer})
    assert answer.status_code == 202, answer.text
    await stage.hear_names("action.bank-accepts")
    told = stage.heard[0]
    assert told["actor"] == "bank:desk:account-7"
    assert told["data"] | {"referral": None} == {
        "demand": str(identifier), "partner": "desk", "role": "bank", "speaks_for": ["beichen"], "person": "account-7",
        "referral": None,
    }  # fmt: skip
    assert (await stage.receipt(answer.headers["location"], "desk"))["status"] == "passed_on"
    for signed in ("forged", sign_actor("another secret", Actor("campaign_office", "x"))):
        assert (
            await stage.post("/v1/events", claim, "desk", **STRUCTURED, **{ACTOR_HEADER: signed})
        ).status_code == 403
    # Nobody but a portal may name an actor.
    assert (
        await stage.post("/v1/events", claim, "platform", **STRUCTURED, **{ACTOR_HEADER: officer})
    ).status_code == 403


async def test_a_household_speaks_of_its_own_demand_and_of_no_other(stage: Stage) -> None:
    _, identifier = await accepted(stage)
    own = sign_actor("the secret of this stage", Actor("household", "h", demand=identifier))
    other = sign_actor("the secret of this stage", Actor("household", "h", demand=UUID(int=5)))
    withdrawn = event("demand-withdrawn", {"demand": str(identifier), "reason": "mine"}, "1")
    answer = await stage.post("/v1/events", withdrawn, "desk", **STRUCTURED, **{ACTOR_HEADER: other})
    assert (await stage.receipt(answer.headers["location"], "desk"))["problems"][0]["code"] == "demand-unknown"
    second = {**withdrawn, "id": "2"}
    answer = await stage.post("/v1/events", second, "desk", **STRUCTURED, **{ACTOR_HEADER: own})
    assert (await stage.receipt(answer.headers["location"], "desk"))["status"] == "accepted"


async def test_kafka_away_is_a_503_and_the_same_request_may_come_again(stage: Stage, own_servers: Servers) -> None:
    """A real broker that does not answer: nothing is half done, and what was stored is what is sent later."""
    own_servers.kafka_server.freeze()
    try:
        answer = await stage.post("/v1/demands", demand(1))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        await stage.until("SELECT count(*) FROM requests WHERE value IS NOT NULL", 1)
        stored = (await stage.sql("SELECT receipt FROM requests"))[0]["receipt"]
    finally:
        own_servers.kafka_server.thaw()
    answer = await stage.post_until_sent("/v1/demands", demand(1))
    assert answer.status_code == 202
    assert answer.json()["receipt"] == str(stored)
    assert (await stage.receipt(answer.headers["location"]))["status"] == "accepted"
    # The first attempt may have arrived after all: then the second copy is known.
    await stage.hear(lambda stage: "demand.accepted" in stage.names(), "the demand")
    assert stage.names().count("demand.accepted") == 1


async def test_many_receipts_are_asked_for_at_once_and_those_of_others_are_unknown(stage: Stage) -> None:
    mine = (await stage.post("/v1/demands", demand(1))).json()["receipt"]
    other = (await stage.post("/v1/demands", demand(2), "niulang")).json()["receipt"]
    await stage.receipt(f"/v1/receipts/{mine}")
    answer = await stage.post("/v1/receipts", [other, mine])
    assert [(item["receipt"], item["status"]) for item in answer.json()["items"]] == [
        (other, "unknown"), (mine, "accepted"),
    ]  # fmt: skip
    assert (await stage.post("/v1/receipts", ["no receipt"])).status_code == 400
    many = [mine] * (stage.settings.intake_batch_items + 1)
    assert (await stage.post("/v1/receipts", many)).status_code == 413


async def test_the_openapi_document_names_every_route_and_resolves(stage: Stage) -> None:
    document = (await stage.http.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        "/v1/contact-codes", "/v1/contact-codes/{id}", "/v1/demands", "/v1/events", "/v1/files", "/v1/partner",
        "/v1/receipts", "/v1/receipts/{receipt}", "/health",
    }  # fmt: skip
    text = json.dumps(document)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in document["components"]["schemas"]
