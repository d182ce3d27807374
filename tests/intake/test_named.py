"""What is said of a demand that is there already: by whom, with what effect, told to whom."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.intake.adapters.erasures import erase_again
from shared.contracts import cases, referrals
from shared.contracts.ids import demand_id, timed_id
from shared.contracts.topics import CASES, REFERRALS, retry
from shared.contracts.values import Referral, Submitter
from shared.database import connect
from shared.vault import Erased
from tests.intake.people import COUNTY, demand, event
from tests.intake.stage import Stage
from tests.intake.test_bad_input import pointers

BY = Submitter(partner="hotline", source_id="D-1")
REFERRAL, CASE = timed_id(1, "a referral"), timed_id(1, "a case")


async def accepted(stage: Stage, **more: Any) -> tuple[UUID, UUID]:
    """A demand of the hotline: its household and its id. What was heard of it is forgotten."""
    await stage.say("hotline", event("demand-submitted", demand(1, **more)))
    await stage.hear_names("demand.accepted")
    summary = stage.heard.pop()["data"]["summary"]
    return UUID(summary["household"]), UUID(summary["demand"])


async def opened(stage: Stage, household: UUID, demand_: UUID, bank: str = "beichen") -> None:
    """Matching refers the demand to a bank."""
    referral = Referral(id=REFERRAL, bank=bank, unit=f"{bank}-620102", product="p", round=1, state="open")
    summary = referrals.ReferralSummary(
        demand=demand_, household=household, submitter=BY, county=COUNTY, state="referred", referrals=[referral]
    )
    data = referrals.RoundOpened(summary=summary, round=1, opened=[REFERRAL])
    await stage.tell(REFERRALS, "matching", data, household, demand_)


async def case_opened(stage: Stage, household: UUID, demand_: UUID) -> None:
    """Escalation gives an obstacle to an authority."""
    summary = cases.CaseSummary(demand=demand_, household=household, submitter=BY, county=COUNTY)
    data = cases.Opened(
        summary=summary, case=CASE, obstacle="LIC_NONE", authority="market_regulation-620102", reason="authority_acts"
    )
    await stage.tell(CASES, "escalation", data, household, demand_)


def fact(value: Any, as_of: str = "2026-11-24", assurance: str = "register") -> dict[str, Any]:
    return {"value": value, "source": "whoever", "as_of": as_of, "assurance": assurance}


async def test_the_submitter_supplies_facts_under_its_own_name_and_never_surer_than_it_can(stage: Stage) -> None:
    household, _ = await accepted(stage)
    said = {
        "demand_source_id": "D-1",
        "facts": {"flow_months": fact(12), "debt_ratio": fact(40), "industry": fact("F52")},
    }
    await stage.say("hotline", event("facts-supplied", said), event("facts-supplied", said))
    await stage.hear_names("demand.facts-supplied")
    told = stage.only("demand.facts-supplied")
    known = told["data"]["summary"]["facts"]
    assert sorted(told["data"]["changed"]) == ["debt_ratio", "flow_months", "industry"]
    assert told["partitionkey"] == str(household)
    assert (known["flow_months"]["source"], known["flow_months"]["assurance"]) == ("hotline", "partner")
    assert known["debt_ratio"]["assurance"] == "self"
    assert told["data"]["summary"]["industry"] == "F52"
    await stage.until("SELECT count(*) FROM journal WHERE outcome = 'repeated'", 1)


async def test_a_stranger_hears_that_there_is_no_such_demand(stage: Stage) -> None:
    household, identifier = await accepted(stage)
    said = {"demand": str(identifier), "facts": {"employees": fact(5)}}
    await stage.say("platform", event("facts-supplied", said))
    await stage.say("beichen", event("facts-supplied", said))
    await stage.hear_names(*["demand.input-refused"] * 2)
    assert all(pointers(told) == {"/data/demand": "demand-unknown"} for told in stage.heard)
    # With a referral the bank has it before it, and what it knows is surer than the household's word.
    stage.heard.clear()
    await opened(stage, household, identifier)
    await stage.until("SELECT count(*) FROM links", 1)
    await stage.say("beichen", event("facts-supplied", said, "2"))
    await stage.hear_names("demand.facts-supplied")
    assert stage.heard[0]["data"]["summary"]["facts"]["employees"]["assurance"] == "partner"


async def test_facts_that_cannot_be_are_refused_all_at_once(stage: Stage) -> None:
    await accepted(stage)
    facts = {
        "employees": fact("many"),
        "nothing": fact(1),
        "flow_months": fact(3, "2027-01-01"),
        "region": fact("110101"),
    }
    await stage.say("hotline", event("facts-supplied", {"demand_source_id": "D-1", "facts": facts}))
    await stage.hear_names("demand.input-refused")
    assert pointers(stage.heard[0]) == {
        "/data/facts/employees": "fact-value",
        "/data/facts/nothing": "fact-unknown",
        "/data/facts/flow_months/as_of": "in-future",
        "/data/facts/region": "fact-value",
    }


async def test_adjusted_withdrawn_and_opened_again(stage: Stage) -> None:
    household, _ = await accepted(stage)
    named = {"demand_source_id": "D-1"}
    await stage.say(
        "hotline",
        event("demand-adjusted", {**named, "amount_yuan": 50_000, "facts": {"collateral": ["house"]}}, "1"),
        event("demand-withdrawn", {**named, "reason": "solved"}, "2"),
        event("demand-adjusted", {**named, "amount_yuan": 1}, "3"),
        event("demand-revived", named, "4"),
        event("demand-revived", named, "5"),
    )
    await stage.hear_names(
        "demand.adjusted", "demand.withdrawn", "demand.input-refused", "demand.reopened", "demand.revived"
    )
    own = [told for told in stage.heard if told["partitionkey"] == str(household)]
    assert [told["sequence"][-1] for told in own if "summary" in told["data"]] == ["2", "3", "4", "5"]
    assert stage.only("demand.adjusted")["data"]["changed"] == ["amount_yuan", "collateral"]
    assert stage.only("demand.withdrawn")["data"]["reason"] == "solved"
    assert pointers(stage.only("demand.input-refused")) == {"": "demand-not-open"}


async def test_consent_is_widened_by_a_tap_and_taken_back_at_once(stage: Stage) -> None:
    household, _ = await accepted(stage)
    given = {"demand_source_id": "D-1", "consent": demand(1)["consent"], "banks": ["xinxiu"]}
    await stage.say(
        "hotline",
        event("consent-given", given, "1"),
        event("consent-revoked", {"demand_source_id": "D-1", "reason": "enough"}, "2"),
    )
    await stage.hear_names("household.consent-given", "household.consent-revoked")
    first, second = stage.heard
    assert first["subject"] == first["partitionkey"] == str(household)
    assert first["data"]["summary"]["consent"]["added_banks"] == ["xinxiu"]
    assert first["data"]["banks"] == ["xinxiu"]
    assert "consent" not in second["data"]["summary"]
    await stage.until("SELECT count(*) FROM deadlines", 0)


async def test_a_consent_runs_out_by_itself(stage: Stage) -> None:
    consent = {"version": "v1", "evidence": "x", "expires_on": "2026-12-01"}
    await accepted(stage, consent=consent)
    stage.clock.moment += timedelta(days=8)
    await stage.hear_names("household.consent-expired")
    assert "consent" not in stage.heard[0]["data"]["summary"]


async def test_what_is_erased_is_gone_for_everybody(stage: Stage) -> None:
    await stage.say("hotline", event("demand-submitted", demand(1, sentence="我的小店要进货")))
    await stage.hear_names("demand.accepted")
    told = stage.heard.pop()["data"]
    household = UUID(told["summary"]["household"])
    backup = await in_the_vault(stage, household)
    await stage.say("hotline", event("erase-asked", {"demand_source_id": "D-1"}))
    await stage.hear_names("household.erased")
    assert stage.heard.pop()["data"]["summary"]["erased"] is True
    other = await stage.vault.sealer([])
    assert not other.has(household)
    stage.vault._keys.forget(household)
    with pytest.raises(Erased):
        await stage.vault.open(household, told["sealed"])
    body = (await stage.sql("SELECT body FROM states WHERE kind = 'demand'"))[0]["body"]
    assert "我的小店".encode() not in body
    # An older backup of the vault brings its key back: the topic says that it was erased.
    await put_back(stage, backup)
    assert await stage.vault.open(household, told["sealed"])
    assert await erase_again(stage.settings) >= 1
    stage.vault._keys.forget(household)
    assert await in_the_vault(stage, household) == {"data_keys": [], "identities": []}
    # The same copy again is known and brings nothing back; a new number begins anew.
    await stage.say(
        "hotline",
        event("demand-submitted", demand(1, version=2)),
        event("demand-submitted", demand(1, source_id="new")),
    )
    await stage.hear_names("demand.rejected", "demand.accepted")
    assert stage.only("demand.accepted")["partitionkey"] != str(household)


async def in_the_vault(stage: Stage, household: UUID) -> dict[str, list[asyncpg.Record]]:
    """What the vault holds of a household, by table."""
    connection = await connect(stage.settings.vault, "vault")
    try:
        asked = "SELECT * FROM {} WHERE household = $1"
        return {table: await connection.fetch(asked.format(table), household) for table in ("data_keys", "identities")}
    finally:
        await connection.close()


async def put_back(stage: Stage, backup: dict[str, list[asyncpg.Record]]) -> None:
    connection = await connect(stage.settings.vault, "vault")
    try:
        for table, rows in backup.items():
            await connection.copy_records_to_table(table, records=[tuple(row) for row in rows])
    finally:
        await connection.close()


async def test_a_claim_is_passed_on_under_its_household_with_whom_it_speaks_for(stage: Stage) -> None:
    household, identifier = await accepted(stage)
    await opened(stage, household, identifier)
    await case_opened(stage, household, identifier)
    await stage.until("SELECT count(*) FROM links", 2)
    declines = {"action": "bank-declines", "referral": str(REFERRAL), "details": {"code": "NO_SUCH"}}
    resolves = {
        "action": "authority-resolves", "case": str(CASE),
        "details": {"evidence": "registered", "facts": {"licence_state": fact("valid")}},
    }  # fmt: skip
    await stage.say("beichen", event("claim-made", {"action": "bank-accepts", "referral": str(REFERRAL)}, "1"))
    await stage.say("beichen", event("claim-made", declines, "2"))
    await stage.say("hub", event("claim-made", resolves, "3"))
    await stage.say("hub", event("claim-made", {"action": "bank-accepts", "referral": str(REFERRAL)}, "4"))
    await stage.hear_names("action.bank-accepts", "action.authority-resolves", *["demand.input-refused"] * 2)
    claim = stage.only("action.bank-accepts")
    assert claim["partitionkey"] == str(household)
    assert claim["subject"] == claim["data"]["demand"] == str(identifier)
    assert claim["data"]["speaks_for"] == ["beichen"]
    assert claim["data"]["role"] == "bank"
    resolved = stage.only("action.authority-resolves")["data"]
    assert resolved["speaks_for"] == ["market_regulation-620102"]
    assert resolved["facts"]["licence_state"]["source"] == "hub"
    refused = [told for told in stage.heard if "problems" in told["data"]]
    assert sorted(str(pointers(told)) for told in refused) == [
        "{'/data/action': 'role-may-not'}", "{'/data/details/code': 'not-allowed'}",
    ]  # fmt: skip


async def test_a_claim_that_overtakes_its_referral_waits_for_it_and_not_for_ever(stage: Stage) -> None:
    household, identifier = await accepted(stage)
    early = event("claim-made", {"action": "bank-accepts", "referral": str(REFERRAL)}, "1")
    wrong = event("claim-made", {"action": "bank-accepts", "referral": str(timed_id(2, "none"))}, "2")
    await stage.say("beichen", early, early, wrong)
    await stage.until("SELECT count(*) FROM held_claims", 2)
    await opened(stage, household, identifier)
    await stage.hear_names("action.bank-accepts")
    stage.clock.moment += timedelta(seconds=stage.settings.intake_claim_wait_seconds + 1)
    await stage.hear_names("action.bank-accepts", "demand.input-refused")
    assert pointers(stage.only("demand.input-refused")) == {"/data": "reference-unknown"}
    await stage.until("SELECT count(*) FROM held_claims", 0)
    await stage.until("SELECT count(*) FROM deadlines WHERE kind = 'held-claim'", 0)


async def test_visits_limits_and_receipts_go_to_their_topics(stage: Stage) -> None:
    visit = {"county": COUNTY, "on": "2026-11-24", "visitor": "grid-7", "outcome": "no_demand"}
    limit = {"unit": "beichen-620102", "version": 2, "open_limit": 30}
    await stage.say(
        "hotline",
        event("visit-logged", visit, "1"),
        event("visit-logged", {**visit, "on": "2026-11-30", "county": "110101"}, "2"),
        event("receipt-came", {"number": "m-1", "channel": "sms", "outcome": "delivered"}, "3"),
    )
    await stage.say(
        "beichen",
        event("limit-declared", limit, "4"),
        event("limit-declared", {**limit, "version": 1, "open_limit": 9}, "5"),
        event("limit-declared", {**limit, "unit": "niulang-620102"}, "6"),
    )
    await stage.hear_names(
        "household.visited", "receipt.came", "capacity.limit-declared", *["demand.input-refused"] * 3
    )
    assert stage.only("capacity.limit-declared")["partitionkey"] == "beichen-620102"
    assert stage.only("receipt.came")["partitionkey"] == "m-1"
    refused = sorted(str(pointers(told)) for told in stage.heard if "problems" in told["data"])
    assert refused == [
        "{'/data/county': 'county-unknown', '/data/on': 'in-future'}",
        "{'/data/unit': 'unit-unknown'}",
        "{'/data/version': 'version-older'}",
    ]


async def test_a_letter_that_comes_back_is_opened_and_decided(stage: Stage) -> None:
    """A retry brings a door's record sealed, as it was set aside."""
    sealed = stage.vault.seal_letter(json.dumps(event("demand-submitted", demand(1))).encode())
    headers = [("dlq-topic", b"freshwater.door.hotline.in.v1"), ("dlq-attempt", b"2")]
    await stage.producer.send_and_wait(
        stage.settings.topic_prefix + retry("intake"), value=sealed, key=b"-", headers=headers
    )
    await stage.hear_names("demand.accepted")
    assert stage.heard[0]["subject"] == str(demand_id("hotline", "D-1"))
