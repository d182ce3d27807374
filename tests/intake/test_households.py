"""A household and the people around it: who assists, who visits, who runs the shop now, which shops are one's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.codes import MOST_TRIES, PAUSE
from shared.assertion import ACTOR_HEADER, Actor, sign_actor
from shared.contracts.ids import demand_id
from tests.intake.people import COUNTY, credit_code, demand, event, personal
from tests.intake.stage import Stage
from tests.intake.test_bad_input import pointers

OWN = {"demand_source_id": "D-1"}


async def accepted(stage: Stage, number: int = 1, partner: str = "hotline", **more: Any) -> dict[str, Any]:
    """A demand that passed; its event. What was heard is forgotten."""
    await stage.say(partner, event("demand-submitted", demand(number, **more), f"new-{number}"))
    await stage.hear(lambda stage: "demand.accepted" in stage.names(), "the demand")
    told = stage.only("demand.accepted")
    stage.heard.clear()
    return told


async def test_what_somebody_assisted_with_is_confirmed_by_the_owner(stage: Stage) -> None:
    await stage.say("hotline", event("demand-submitted", demand(1, assisted_by="grid-07")))
    await stage.hear_names("demand.accepted", "household.contact-code-requested")
    asked = stage.only("household.contact-code-requested")
    assert stage.only("demand.accepted")["data"]["summary"].get("consent") is None, "nobody may see it yet"
    assert [each["code"] for each in stage.only("demand.accepted")["data"]["warnings"]] == ["awaits-owner"]
    household = UUID(asked["partitionkey"])
    opened = await stage.vault.open(household, asked["data"]["sealed"])
    assert opened["phone"] == personal(1)["phone"]
    code = opened["code"]
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    stage.heard.clear()
    await stage.say(
        "hotline",
        event("contact-code-asked", OWN, "1"),
        event("contact-confirmed", {**OWN, "code": wrong}, "2"),
        event("contact-confirmed", {**OWN, "code": code}, "3"),
        event("contact-confirmed", {**OWN, "code": code}, "4"),
    )
    await stage.hear_names("demand.input-refused", "demand.input-refused", "household.contact-confirmed")
    told = stage.only("household.contact-confirmed")
    assert told["data"]["summary"]["contact_confirmed"]
    assert told["data"]["summary"]["consent"]["version"] == "v1", "from the owner's word on"
    refused = sorted(str(pointers(each)) for each in stage.heard if "problems" in each["data"])
    assert refused == [str({"/data/code": "code-wrong"}), str({"/data/demand": "code-just-sent"})], "in any order"


async def test_five_wrong_codes_lock_the_right_one_out_and_the_next_code_works(stage: Stage) -> None:
    await stage.say("hotline", event("demand-submitted", demand(1, assisted_by="grid-07")))
    await stage.hear_names("demand.accepted", "household.contact-code-requested")
    code = await _code(stage)
    other = f"{(int(code) + 1) % 1_000_000:06d}"
    said = [*[other] * MOST_TRIES, code]
    for number, each in enumerate(said):
        await stage.say("hotline", event("contact-confirmed", {**OWN, "code": each}, f"c{number}"))
    await stage.hear(lambda stage: stage.names().count("demand.input-refused") == len(said), "not even the right one")
    stage.clock.moment += PAUSE
    stage.heard.clear()
    await stage.say("hotline", event("contact-code-asked", OWN, "again"))
    await stage.hear_names("household.contact-code-requested")
    code = await _code(stage)
    stage.heard.clear()
    await stage.say("hotline", event("contact-confirmed", {**OWN, "code": code}, "next"))
    await stage.hear_names("household.contact-confirmed")


async def test_who_fills_in_the_form_itself_confirms_its_telephone_too(stage: Stage) -> None:
    """Anybody may type any telephone: by the portal's form the same code is asked for."""
    actor = sign_actor("the secret of this stage", Actor("household", "form", demand=demand_id("desk", "D-1")))
    handed_in = await stage.post("/v1/demands", demand(1), "desk", **{ACTOR_HEADER: actor})
    assert handed_in.status_code == 202, handed_in.text
    await stage.hear_names("demand.accepted", "household.contact-code-requested")
    code = await _code(stage)
    stage.heard.clear()
    confirmed = event("contact-confirmed", {"code": code}, "2")
    answer = await stage.post(
        "/v1/events", confirmed, "desk", **{"Content-Type": "application/cloudevents+json", ACTOR_HEADER: actor}
    )
    assert (await stage.receipt(answer.headers["location"], "desk"))["status"] == "accepted"
    await stage.hear_names("household.contact-confirmed")
    assert stage.heard[0]["data"]["summary"]["consent"]["version"] == "v1"


async def test_of_a_market_each_stall_confirms_its_own(stage: Stage) -> None:
    """One batch of the operator, a code for each stall; the code of one confirms no other."""
    stalls = [event("demand-submitted", demand(number, assisted_by="market-1"), f"s{number}") for number in (1, 2)]
    answer = await stage.post("/v1/events", stalls, **{"Content-Type": "application/cloudevents-batch+json"})
    assert answer.status_code == 202
    await stage.hear_names(*["demand.accepted", "household.contact-code-requested"] * 2)
    asked = [told for told in stage.heard if "sealed" in told["data"] and "summary" not in told["data"]]
    codes = {}
    for told in asked:
        opened = await stage.vault.open(UUID(told["partitionkey"]), told["data"]["sealed"])
        codes[opened["phone"]] = opened["code"]
    stage.heard.clear()
    first, second = codes[personal(1)["phone"]], codes[personal(2)["phone"]]
    said = {"demand_source_id": "D-2"}
    await stage.say("platform", event("contact-confirmed", {**said, "code": first}, "1"))
    await stage.say("platform", event("contact-confirmed", {**said, "code": second}, "2"))
    await stage.hear_names("demand.input-refused", "household.contact-confirmed")


async def test_a_household_that_became_a_company_keeps_the_link_and_nobody_hears_its_code(stage: Stage) -> None:
    one = await accepted(stage, 1)
    code = credit_code(1, prefix="91")
    said = {**OWN, "other_credit_code": code, "relation": "became_company"}
    await stage.say("hotline", event("households-linked", said, "1"), event("households-linked", said, "2"))
    await stage.hear_names("household.linked")
    told = stage.heard[0]
    assert (told["partitionkey"], told["data"]["relation"]) == (one["partitionkey"], "became_company")
    stage.heard.clear()
    structured = {"Content-Type": "application/cloudevents+json"}
    other = {"demand_source_id": "D-2", "other_credit_code": credit_code(3, prefix="91"), "relation": "became_company"}
    await accepted(stage, 2, partner="platform")
    answer = await stage.post("/v1/events", event("households-linked", other, "3"), **structured)
    assert (await stage.receipt(answer.headers["location"]))["status"] == "accepted"
    await stage.hear_names("household.linked")
    inner = [record for record in stage.records if b"door" not in record]
    assert inner
    assert all(code.encode() not in record and other["other_credit_code"].encode() not in record for record in inner)
    for wrong, problem_code in (
        ({**said, "relation": "same_operator"}, "company-only"),
        ({**OWN, "relation": "became_company"}, "other-not-named"),
        ({**said, "other_credit_code": code[:-1] + ("A" if code[-1] != "A" else "B")}, "credit-code-check"),
    ):
        answer = await stage.post("/v1/events", event("households-linked", wrong, "4"), **structured)
        assert [each["code"] for each in answer.json()["problems"]] == [problem_code]


async def test_a_code_ends_with_its_time_and_a_new_one_replaces_it(stage: Stage) -> None:
    await stage.say("hotline", event("demand-submitted", demand(1, assisted_by="grid-07")))
    await stage.hear_names("demand.accepted", "household.contact-code-requested")
    first = await _code(stage)
    stage.heard.clear()
    stage.clock.moment += timedelta(minutes=11)
    await stage.say("hotline", event("contact-confirmed", {**OWN, "code": first}, "1"))
    await stage.hear_names("demand.input-refused")
    stage.heard.clear()
    await stage.say("hotline", event("contact-code-asked", OWN, "2"))
    await stage.hear_names("household.contact-code-requested")
    second = await _code(stage)
    stage.heard.clear()
    await stage.say("hotline", event("contact-confirmed", {**OWN, "code": second}, "3"))
    await stage.hear_names("household.contact-confirmed")


async def _code(stage: Stage) -> str:
    asked = stage.only("household.contact-code-requested")
    return (await stage.vault.open(UUID(asked["partitionkey"]), asked["data"]["sealed"]))["code"]


async def test_a_demand_that_nobody_assisted_with_needs_no_code(stage: Stage) -> None:
    await accepted(stage)
    await stage.say("hotline", event("contact-code-asked", OWN, "1"))
    await stage.hear_names("demand.input-refused")
    assert pointers(stage.heard[0]) == {"/data/demand": "contact-unknown"}


async def test_nothing_of_the_operator_before_flows_to_the_new_one(stage: Stage) -> None:
    before = await accepted(stage)
    await stage.say(
        "hotline",
        event("demand-submitted", demand(1, source_id="rent", purpose="rent"), "2"),
        event("operator-changed", {**OWN, "on": "2026-11-23"}, "3"),
    )
    await stage.hear_names("demand.accepted", "household.operator-changed", "demand.withdrawn", "demand.withdrawn")
    changed = stage.only("household.operator-changed")
    assert changed["data"]["summary"].get("consent") is None
    stage.heard.clear()
    # The same shop with the same code and telephone, and another person.
    await stage.say("hotline", event("demand-submitted", demand(1, source_id="new-owner"), "4"))
    await stage.hear_names("demand.accepted")
    after = stage.only("demand.accepted")
    assert after["partitionkey"] != before["partitionkey"]
    assert after["data"]["summary"]["facts"].keys() == before["data"]["summary"]["facts"].keys()
    opened = await stage.vault.open(UUID(after["partitionkey"]), after["data"]["sealed"])
    assert opened["credit_code"] == credit_code(1)
    with pytest.raises(Exception, match="not sealed under this key"):
        await stage.vault.open(UUID(after["partitionkey"]), before["data"]["sealed"])


async def test_two_shops_of_one_operator_hear_of_each_other_once(stage: Stage) -> None:
    one = await accepted(stage, 1)
    two = await accepted(stage, 2)
    said = {**OWN, "other_source_id": "D-2", "relation": "same_operator"}
    await stage.say(
        "hotline",
        event("households-linked", said, "1"),
        event("households-linked", said, "2"),
        event("households-linked", {**OWN, "other_source_id": "D-1", "relation": "became_company"}, "3"),
        event("households-linked", {**OWN, "other_source_id": "D-9", "relation": "became_company"}, "4"),
    )
    await stage.hear_names("household.linked", "household.linked", "demand.input-refused", "demand.input-refused")
    linked = {told["partitionkey"]: told["data"]["other"] for told in stage.heard if "other" in told["data"]}
    assert linked == {
        one["partitionkey"]: two["partitionkey"], two["partitionkey"]: one["partitionkey"],
    }  # fmt: skip


async def test_a_second_bank_is_warned_of_a_visit_within_a_fortnight(stage: Stage) -> None:
    """Found by the number of the register, by whatever way; the number itself goes no further."""
    visit = {"county": COUNTY, "visitor": "clerk-1", "outcome": "demand", "personal": {"credit_code": credit_code(5)}}
    await stage.say("beichen", event("visit-logged", {**visit, "on": "2026-11-10"}, "1"))
    await stage.hear_names("household.visited")
    household = stage.heard[0]["partitionkey"]
    stage.heard.clear()
    for day, warned in (("2026-11-23", True), ("2026-11-24", False)):
        answer = await stage.post(
            "/v1/events", event("visit-logged", {**visit, "on": day}, day), "niulang",
            **{"Content-Type": "application/cloudevents+json"},
        )  # fmt: skip
        found = await stage.receipt(answer.headers["location"], "niulang")
        assert found["status"] == "passed_on"
        assert [problem["code"] for problem in found["problems"]] == (["visited-lately"] if warned else [])
    await stage.hear_names("household.visited", "household.visited")
    assert {told["partitionkey"] for told in stage.heard} == {household}
    assert stage.heard[0]["data"]["earlier_bank"] == "beichen"
    assert all(credit_code(5).encode() not in record for record in stage.records)
    later = await accepted(stage, 5)
    assert later["partitionkey"] == household, "the visit leads to the demand"


async def test_the_evidence_of_a_consent_fits_its_kind(stage: Stage) -> None:
    consent = demand(1)["consent"]
    scan = await stage.post("/v1/demands", demand(1, consent={**consent, "evidence_kind": "scan"}))
    oral = await stage.post("/v1/demands", demand(1, consent={**consent, "evidence_kind": "oral"}))
    assert [problem["code"] for problem in scan.json()["problems"]] == ["scan-missing"]
    assert [problem["code"] for problem in oral.json()["problems"]] == ["assistant-missing"]
    told = await accepted(stage, consent={**consent, "evidence_kind": "recording"})
    known = told["data"]["summary"]["consent"]
    assert known["evidence_kind"] == "recording"
    assert len(known["text_hash"]) == 64
