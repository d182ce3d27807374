"""From a door or by HTTP to what the gate tells: the same demand by every way in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shared.contracts.ids import demand_id
from tests.intake.people import demand, event, secrets_of
from tests.intake.stage import Stage


async def test_a_demand_of_a_door_is_accepted_sealed_and_seen_nowhere_in_clear(stage: Stage) -> None:
    body = demand(1)
    await stage.say("hotline", event("demand-submitted", body))
    await stage.hear_names("demand.accepted")
    told = stage.only("demand.accepted")
    summary, sealed = told["data"]["summary"], told["data"]["sealed"]

    assert told["subject"] == str(demand_id("hotline", "D-1")) == summary["demand"]
    assert told["partitionkey"] == summary["household"]
    assert told["sequence"] == "0000000001"
    assert told["actor"] == "publisher:hotline"
    assert summary["submitter"] == {"partner": "hotline", "source_id": "D-1", "channel": "partner"}
    assert summary["facts"]["operating_months"] == {
        "value": 30, "source": "hotline", "as_of": "2026-11-24", "assurance": "partner",
    }  # fmt: skip
    assert summary["facts"]["employees"]["assurance"] == "self"
    assert summary["identity"] == "credit_code"
    assert await stage.vault.open(UUID(summary["household"]), sealed) == body["personal"]
    await _nothing_in_clear(stage, secrets_of(body))


async def _nothing_in_clear(stage: Stage, secrets: list[str]) -> None:
    """Neither in what was published, nor in any table of intake, whatever its columns."""
    rows = [row["row"] for row in await stage.sql(_EVERYTHING)]
    everything = b"\n".join([*stage.records, *rows])
    assert len(everything) > 1_000
    for secret in secrets:
        assert secret.encode() not in everything


_EVERYTHING = """
SELECT convert_to(journal::text, 'UTF8') || coalesce(outputs, '') AS row FROM journal
UNION ALL SELECT convert_to(states::text, 'UTF8') || body FROM states
UNION ALL SELECT convert_to(submissions::text, 'UTF8') FROM submissions
UNION ALL SELECT convert_to(requests::text, 'UTF8') || coalesce(value, '') FROM requests
UNION ALL SELECT convert_to(verdicts::text, 'UTF8') || coalesce(problems, '') FROM verdicts
"""


def _same(told: dict[str, Any]) -> dict[str, Any]:
    """What must not depend on the way in."""
    summary = told["data"]["summary"]
    own = ("demand", "household", "received_at", "submitter")
    return {name: value for name, value in summary.items() if name not in own} | {
        "sealed": sorted(told["data"]["sealed"])
    }


async def test_one_demand_by_every_way_in_is_the_same_event(stage: Stage) -> None:
    await stage.say("platform", event("demand-submitted", demand(1, source_id="door")))
    plain = await stage.post("/v1/demands", demand(2, source_id="plain"))
    structured = await stage.post(
        "/v1/events", event("demand-submitted", demand(3, source_id="structured")),
        **{"Content-Type": "application/cloudevents+json"},
    )  # fmt: skip
    binary = await stage.post(
        "/v1/events", demand(4, source_id="binary"),
        **{"ce-specversion": "1.0", "ce-id": "4", "ce-source": "/tests",
           "ce-type": "org.freshwater.door.demand-submitted.v1"},
    )  # fmt: skip
    batch = await stage.post(
        "/v1/events", [event("demand-submitted", demand(5, source_id="batch"), "5")],
        **{"Content-Type": "application/cloudevents-batch+json"},
    )  # fmt: skip
    assert [each.status_code for each in (plain, structured, binary, batch)] == [202] * 4, batch.text
    await stage.hear_names(*["demand.accepted"] * 5)
    first, *others = [_same(told) for told in stage.heard]
    assert all(other == first for other in others)
    for number in range(1, 6):
        await _nothing_in_clear(stage, secrets_of(demand(number)))


async def test_a_receipt_says_what_became_of_a_request(stage: Stage) -> None:
    answer = await stage.post("/v1/demands", demand(1))
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/receipts/{answer.json()['receipt']}"
    found = await stage.receipt(answer.headers["location"])
    assert found == {
        "receipt": answer.json()["receipt"],
        "status": "accepted",
        "demand": str(demand_id("platform", "D-1")),
        "problems": [],
    }
    other = await stage.http.get(
        answer.headers["location"], headers={"Authorization": f"Bearer {stage.keys['niulang']}"}
    )
    assert other.status_code == 404
