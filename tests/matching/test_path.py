"""The main path on a real broker and a real database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from freshwater.catalogue.release import publish
from services.matching.api import Asking
from services.matching.handlers import compiled
from shared.catalogue.release import release_of
from shared.contracts import actions, capacity, cases, demands, values
from shared.contracts.entities import Product
from shared.contracts.ids import demand_id, partition_of, timed_id
from shared.contracts.topics import ACTIONS, CAPACITY, CASES, DEMANDS
from tests.matching.room import DEMAND, HOUSEHOLD, RELEASE, START, SUBMITTER, facts, summary
from tests.matching.stage import PARTITIONS, Stage


async def accept(stage: Stage, number: int = 1, household: UUID = HOUSEHOLD, **changes: Any) -> None:
    said = summary(number, household=household, **changes)
    await stage.say(DEMANDS, demands.Accepted(summary=said), said.demand, household, simulated=said.simulated)


def by(referral: dict[str, Any], **more: Any) -> dict[str, Any]:
    bank = referral["bank"]
    return {
        "demand": DEMAND, "partner": bank, "role": "bank", "speaks_for": [bank], "referral": referral["id"], **more,
    }  # fmt: skip


def a_case(obstacle: str, **more: Any) -> dict[str, Any]:
    about = cases.CaseSummary(demand=DEMAND, household=HOUSEHOLD, submitter=SUBMITTER, county="620102")
    return {"summary": about, "case": UUID(int=9), "obstacle": obstacle, "authority": "market-620102", **more}


async def test_accepted_is_at_the_banks(stage: Stage) -> None:
    await accept(stage, simulated=True)
    (opened,) = await stage.hear_names("round-opened")
    told = opened["data"]["summary"]
    assert [each["state"] for each in told["referrals"]] == ["open"] * 3
    assert opened["data"]["opened"] == [each["id"] for each in told["referrals"]]
    assert (opened["subject"], opened["partitionkey"]) == (str(DEMAND), str(HOUSEHOLD))
    assert (opened["sequence"], opened["simulated"]) == ("0000000001", True)
    assert told["owner"]["kind"] == "bank"
    assert datetime.fromisoformat(told["due_at"]) > START
    rows = await stage.sql("SELECT label, owner FROM states WHERE kind = 'demand'")
    assert [tuple(row) for row in rows] == [("referred", f"bank:{told['owner']['id']}")]
    units = await stage.sql("SELECT unit, open FROM units ORDER BY unit")
    assert [tuple(row) for row in units] == sorted((each["unit"], 1) for each in told["referrals"])
    assert (await stage.balanced())["open_referrals"] == 3


async def test_silence_lapses_and_the_next_bank_is_asked(stage: Stage) -> None:
    await accept(stage)
    (opened,) = await stage.hear_names("round-opened")
    first = {each["bank"] for each in opened["data"]["summary"]["referrals"]}
    stage.clock.moment += timedelta(days=2)
    heard = await stage.hear_names("lapsed", "lapsed", "lapsed", "round-opened")
    assert {each["data"]["stage"] for each in heard[:3]} == {"accept"}
    live = [each["bank"] for each in heard[3]["data"]["summary"]["referrals"] if each["state"] == "open"]
    assert live
    assert first.isdisjoint(live)
    await stage.balanced()


async def test_an_illegal_claim_is_refused_and_a_decline_takes_its_course(stage: Stage) -> None:
    await accept(stage)
    (opened,) = await stage.hear_names("round-opened")
    referrals = opened["data"]["summary"]["referrals"]
    wrong = {**by(referrals[0]), "speaks_for": ["somebody"]}
    claim = await stage.say(ACTIONS, actions.BankAccepts(**wrong))
    (refused,) = await stage.hear_names("action-refused")
    assert (refused["data"]["rule"], refused["data"]["claim"]) == ("not_your_referral", str(claim))
    assert refused["sequence"] == "0000000001"
    assert {each["state"] for each in refused["data"]["summary"]["referrals"]} == {"open"}
    for referral in referrals[:2]:
        await stage.say(ACTIONS, actions.BankDeclines(**by(referral, code="BANK_DECISION")))
    await stage.hear_names("declined", "declined")
    await stage.say(ACTIONS, actions.BankDeclines(**by(referrals[2], code="FIRE")))
    last = await stage.hear_names("declined", "round-opened")
    assert not last[0]["data"]["final"] if "final" in last[0]["data"] else True
    assert last[1]["data"]["summary"]["round"] == 2
    await stage.balanced()


async def test_an_obstacle_cleared_is_matched_again(stage: Stage) -> None:
    await accept(stage, facts=facts(licence_state="expired"))
    (obstructed,) = await stage.hear_names("obstructed")
    assert obstructed["data"]["obstacles"] == ["LIC_EXPIRED"]
    step = obstructed["data"]["summary"]["remedies"][0]["steps"][0]
    assert (step["kind"], step["target"], step["working_days"]) == ("clear", "valid", 3)
    valid = values.Fact(value="valid", source="market-620102", as_of=date(2026, 11, 25), assurance="register")
    await stage.say(CASES, cases.Cleared(**a_case("LIC_EXPIRED", facts={"licence_state": valid}, evidence="licence 7")))
    await stage.hear_names("round-opened")
    await stage.balanced()


async def test_the_whole_way_to_the_money(stage: Stage) -> None:
    await accept(stage)
    (opened,) = await stage.hear_names("round-opened")
    referral = opened["data"]["summary"]["referrals"][0]
    plan = values.Plan(amount_yuan=150_000, term_months=12, rate_bp=345)
    await stage.say(ACTIONS, actions.BankAccepts(**by(referral)))
    await stage.say(ACTIONS, actions.BankTriedContact(**by(referral, outcome="reached")))
    await stage.say(ACTIONS, actions.BankOffers(**by(referral, plan=plan)))
    await stage.say(ACTIONS, actions.HouseholdChooses(**{**by(referral), "role": "portal", "speaks_for": []}))
    await stage.say(ACTIONS, actions.BankGrants(**by(referral, amount_yuan=150_000, rate_bp=345)))
    drawn = by(referral, amount_yuan=150_000, number="L-1", on=date(2026, 12, 1))
    await stage.say(ACTIONS, actions.BankDisburses(**drawn))
    heard = await stage.hear_names(
        "accepted", "contacted", "offered", "recalled", "recalled", "chosen", "granted", "disbursed", "funded"
    )
    assert heard[-1]["data"]["summary"]["disbursed_yuan"] == 150_000
    assert (await stage.balanced())["open_referrals"] == 0
    assert (await stage.sql("SELECT count(*) FROM deadlines"))[0][0] == 0


async def test_a_limit_holds_and_an_older_word_on_it_is_ignored(stage: Stage) -> None:
    """A unit that takes nobody is left out, until it says otherwise."""
    unit = "beichen-620102"
    for version, limit in ((2, 0), (1, 50)):
        data = capacity.LimitDeclared(bank="beichen", unit=unit, version=version, open_limit=limit)
        await stage.say(CAPACITY, data, HOUSEHOLD, HOUSEHOLD, key_text=unit)
    await stage.until("SELECT count(*) FROM journal", 2)
    assert [tuple(row) for row in await stage.sql("SELECT open_limit, version FROM units")] == [(0, 2)]
    await accept(stage)
    (opened,) = await stage.hear_names("round-opened")
    assert unit not in {each["unit"] for each in opened["data"]["summary"]["referrals"]}
    await stage.balanced()


async def test_a_release_calls_up_who_waits(stage: Stage) -> None:
    """A product published while it runs opens for a demand that nothing was open for."""
    only = [bank for bank in RELEASE.institutions if bank not in ("beichen", "kuixiu")]
    await accept(stage, facts=facts(operating_months=2), excluded_banks=only)
    await stage.hear(bool, "the first course")
    assert "round-opened" not in stage.names()
    stage.heard.clear()
    generous = Product(
        id="beichen-any", zh="新品", en="New", bank="beichen", regions=["620000"], amount_min=1, amount_max=900_000,
        term_min=1, term_max=60, rate_bp=400, criteria=[],
    )  # fmt: skip
    entities = {**dict(RELEASE.entities()), ("product", generous.id): generous}
    newer = release_of(2, entities)
    asking = Asking(stage.settings, stage.clock, lambda: newer, compiled)
    await publish(newer, stage.settings, datetime.now(UTC))
    await stage.until("SELECT max(name) FROM calls WHERE kind = 'release' AND demands > 0", "2")
    # Called up, and not yet looked at: weighing everybody again finds it, and afterwards nobody.
    (found,) = (await asking.overlooked())["overlooked"]
    assert (found["demand"], found["products"]) == (DEMAND, ("beichen-any",))
    stage.clock.moment += timedelta(seconds=1)
    (opened,) = await stage.hear_names("round-opened")
    assert [each["product"] for each in opened["data"]["summary"]["referrals"]] == ["beichen-any"]
    assert await asking.overlooked() == {"release": 2, "waiting": 0, "overlooked": []}
    assert [row[0] for row in await stage.sql("SELECT release FROM journal ORDER BY id")][-1] == 2
    await stage.balanced()


async def test_households_are_kept_apart_by_partition(stage: Stage) -> None:
    households = [timed_id(1_790_000_000_000 + number, f"household {number}") for number in range(12)]
    for number, household in enumerate(households, start=10):
        await accept(stage, number, household)
    await stage.hear(lambda heard: len(heard) == 12, "twelve rounds")
    assert {event["subject"] for event in stage.heard} == {str(demand_id("platform", str(n))) for n in range(10, 22)}
    assert len({partition_of(household, PARTITIONS) for household in households}) == PARTITIONS
    await stage.balanced()
