"""The same again, contradictions, corrections, merges: at the door, on real tables, and between two members."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.intake.app import process
from shared.contracts import referrals
from shared.contracts.ids import demand_id
from shared.contracts.topics import REFERRALS
from shared.contracts.values import Submitter
from tests.intake.people import COUNTY, demand, event, personal
from tests.intake.stage import Stage


async def submit(stage: Stage, partner: str, body: dict[str, Any], identifier: str = "1") -> None:
    await stage.say(partner, event("demand-submitted", body, identifier))


async def test_the_same_again_is_repeated_and_a_contradiction_is_rejected(stage: Stage) -> None:
    await submit(stage, "hotline", demand(1))
    await submit(stage, "hotline", demand(1))
    await submit(stage, "hotline", demand(1, amount_yuan=1))
    await submit(stage, "hotline", demand(1, personal=personal(1, phone="19911112222")))
    await submit(stage, "platform", demand(1, personal=personal(7)))
    await stage.hear_names(
        "demand.accepted", "demand.repeated", "demand.rejected", "demand.rejected", "demand.accepted"
    )
    assert stage.only("demand.repeated")["sequence"] == "0000000001"
    rejected = [told for told in stage.heard if told["type"].endswith("rejected.v1")]
    assert {problem["code"] for told in rejected for problem in told["data"]["problems"]} == {"contradicts-earlier"}
    await stage.until("SELECT count(*) FROM submissions", 2)


async def test_a_higher_version_corrects_and_an_older_one_that_comes_late_changes_nothing(stage: Stage) -> None:
    await submit(stage, "hotline", demand(1))
    corrected = demand(1, version=3, amount_yuan=60_000, personal=personal(1, phone="19911112222"))
    await submit(stage, "hotline", corrected)
    await submit(stage, "hotline", demand(1, version=2, amount_yuan=70_000))
    await stage.hear_names("demand.accepted", "demand.corrected", "demand.repeated")
    told = stage.only("demand.corrected")
    household = UUID(told["data"]["summary"]["household"])
    assert told["data"]["changed"] == ["amount_yuan"]
    assert told["sequence"] == "0000000002"
    assert (await stage.vault.open(household, told["data"]["sealed"]))["phone"] == "19911112222"
    assert stage.only("demand.repeated")["data"]["summary"]["amount_yuan"] == 60_000


async def test_a_second_demand_for_the_same_purpose_is_merged_and_its_events_lead_to_the_survivor(stage: Stage) -> None:
    await submit(stage, "hotline", demand(1, received_at="2026-11-23T01:00:00Z", facts={"employees": 2}))
    await stage.hear_names("demand.accepted")
    early = demand(1, source_id="P-1", received_at="2026-11-22T01:00:00Z", facts={"employees": 9, "debt_ratio": 40})
    await submit(stage, "platform", early)
    await submit(stage, "platform", early)
    await stage.say("platform", event("demand-withdrawn", {"demand_source_id": "P-1"}, "2"))
    await stage.hear_names("demand.accepted", "demand.merged", "demand.repeated", "demand.withdrawn")
    merged, survivor = stage.only("demand.merged"), str(demand_id("hotline", "D-1"))
    assert merged["subject"] == survivor
    assert merged["data"]["alias"] == str(demand_id("platform", "P-1"))
    assert merged["data"]["submitter"]["partner"] == "platform"
    summary = merged["data"]["summary"]
    assert summary["received_at"] == "2026-11-22T01:00:00Z"
    assert {name: fact["value"] for name, fact in summary["facts"].items()} == {"employees": 2, "debt_ratio": 40}
    assert stage.only("demand.repeated")["data"]["summary"]["state"] == "merged"
    assert stage.only("demand.withdrawn")["subject"] == survivor
    await stage.until("SELECT count(*) FROM open_demands", 0)


async def test_another_purpose_is_another_demand_and_a_service_is_never_money(stage: Stage) -> None:
    await submit(stage, "hotline", demand(1, source_id="a", purpose="stock"))
    await submit(stage, "hotline", demand(1, source_id="b", purpose="rent"))
    await submit(stage, "hotline", demand(1, source_id="c", purpose="stock", kind="service"))
    await stage.hear_names(*["demand.accepted"] * 3)
    assert len({told["partitionkey"] for told in stage.heard}) == 1


async def test_what_the_banks_have_ended_frees_the_purpose(stage: Stage) -> None:
    await submit(stage, "hotline", demand(1))
    await stage.hear_names("demand.accepted")
    told = stage.only("demand.accepted")["data"]["summary"]
    household, first = UUID(told["household"]), UUID(told["demand"])
    summary = referrals.ReferralSummary(
        demand=first, household=household, submitter=Submitter(partner="hotline", source_id="D-1"), county=COUNTY,
        state="funded",
    )  # fmt: skip
    await stage.tell(REFERRALS, "matching", referrals.Funded(summary=summary), household, first)
    await stage.until("SELECT count(*) FROM open_demands", 0)
    await submit(stage, "hotline", demand(1, source_id="next"))
    await stage.hear_names("demand.accepted", "demand.accepted")


async def test_two_members_and_one_household_agree(stage: Stage) -> None:
    """Doors are not partitioned by household: unique keys decide, and the slower member takes its batch again."""
    second = stage.settings.model_copy(update={"member": 1, "intake_port": 0})
    clock = stage.clock
    clock.moment += timedelta(hours=1)
    async with process(second, clock).started():
        await asyncio.gather(
            *[submit(stage, "hotline", demand(number, source_id=f"h{number}")) for number in range(40)],
            *[submit(stage, "platform", demand(number, source_id=f"p{number}")) for number in range(40)],
            *[stage.post("/v1/demands", demand(number, source_id=f"w{number}")) for number in range(40)],
        )
        await stage.hear(lambda stage: len(stage.heard) >= 120, "an answer for each")
    assert stage.names().count("demand.accepted") == 40
    assert stage.names().count("demand.merged") == 80
    assert stage.letters == []
    households = {told["partitionkey"] for told in stage.heard}
    assert len(households) == 40
    await stage.until("SELECT count(*) FROM open_demands", 40)
