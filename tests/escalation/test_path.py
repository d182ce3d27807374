"""The main path on a real broker and a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from services.escalation.__main__ import ENTRY
from services.escalation.domain.demand import DemandCases, Outcome
from services.escalation.domain.demand import looked_at as decide_of_time
from services.escalation.handlers import service
from services.escalation.store import account
from shared.accounts import accounts
from shared.contracts import actions, households, referrals
from shared.contracts.ids import timed_id
from shared.contracts.topics import ACTIONS, HOUSEHOLDS, REFERRALS
from shared.database import connect
from tests.escalation.places import at
from tests.escalation.room import DEMANDS, HOUSEHOLD, summary
from tests.escalation.stage import Stage

MARKET = "market_regulation-620102"


async def obstructed(stage: Stage, *obstacles: str, number: int = 0) -> None:
    data = referrals.Obstructed(summary=summary(DEMANDS[number]), obstacles=list(obstacles))
    await stage.say(REFERRALS, data, DEMANDS[number])


async def claim(stage: Stage, kind: type[actions.CaseClaim], case: str, number: int = 0, **more: Any) -> UUID:
    who: dict[str, Any] = {"partner": "desk-620102", "role": "authority", "speaks_for": [MARKET], "person": "p-1"}
    said = kind(**{"demand": DEMANDS[number], "case": UUID(case), **who, **more})
    return await stage.say(ACTIONS, said, DEMANDS[number])


async def test_obstructed_to_cleared(stage: Stage) -> None:
    """An authority gets it with its clock, signs, resolves; the fact comes out for matching; nothing waits any more."""
    await obstructed(stage, "FOOD_PERMIT")
    (opened,) = await stage.hear_names("opened")
    data = opened["data"]
    assert (data["authority"], data["unit"]) == (MARKET, f"{MARKET}-food")
    assert opened["sequence"] == "0000000001"
    assert data["summary"]["cases"][0]["state"] == "opened"
    assert [tuple(row) for row in await stage.sql("SELECT label, owner FROM states WHERE kind = 'demand'")] == [
        ("open", f"authority:{MARKET}")
    ]
    await claim(stage, actions.AuthoritySigns, data["case"])
    await stage.hear_names("opened", "signed")
    again = await claim(stage, actions.AuthoritySigns, data["case"])
    await stage.hear_names("opened", "signed", "action-refused")
    refused = stage.heard[-1]["data"]
    assert (refused["rule"], refused["claim"], refused["partner"]) == ("already_signed", str(again), "desk-620102")
    await claim(stage, actions.AuthorityResolves, data["case"], evidence="permit JY-1", facts={})
    await stage.hear_names("opened", "signed", "action-refused", "cleared")
    cleared = stage.heard[-1]
    assert cleared["data"]["facts"]["food_permit"] == {
        "value": True, "source": MARKET, "as_of": "2026-11-24", "assurance": "partner",
    }  # fmt: skip
    assert cleared["actor"] == "authority:desk-620102:p-1"
    assert cleared["causationid"] != opened["causationid"]
    assert [row["state"] for row in await stage.sql("SELECT state FROM cases")] == ["cleared"]
    assert await stage.sql("SELECT * FROM deadlines WHERE subject <> household") == []


async def test_overdue_to_raised_by_itself(stage: Stage) -> None:
    """Nobody signs: reminded, overdue at close of business, drafted, and sent by itself a working day later."""
    await obstructed(stage, "FOOD_PERMIT")
    await stage.hear_names("opened")
    for moment in (at(11, 25, 14), at(11, 25, 16), at(11, 25, 18)):
        stage.clock.moment = moment
        await stage.until("SELECT count(*) FROM deadlines WHERE due_at <= $1 AND subject <> household", 0, moment)
    await stage.hear_names("opened", "near-due", "near-due", "overdue", "raised")
    assert stage.heard[-1]["data"]["draft"] is True
    assert stage.heard[-1]["data"]["summary"]["cases"][0]["state"] == "overdue"
    stage.clock.moment = at(11, 26, 18)
    await stage.hear_names("opened", "near-due", "near-due", "overdue", "raised", "raised")
    sent = stage.heard[-1]["data"]
    assert (sent["draft"], sent["to"], sent["level"]) == (False, "market_regulation-620100", "city")


async def test_guided_to_opened_by_asking_for_help(stage: Stage) -> None:
    await obstructed(stage, "AR_MISSING")
    (guided,) = await stage.hear_names("guided")
    assert guided["data"]["usual_working_days"] == 5
    assert (await stage.sql("SELECT owner FROM states WHERE kind = 'demand'"))[0][0] == f"household:{HOUSEHOLD}"
    await claim(stage, actions.HouseholdAsksHelp, guided["data"]["case"], role="household", speaks_for=[])
    await stage.hear_names("guided", "opened")
    assert stage.heard[-1]["data"]["reason"] == "help_asked"


async def test_not_mine_goes_to_whose_it_is(stage: Stage) -> None:
    await obstructed(stage, "FOOD_PERMIT")
    (opened,) = await stage.hear_names("opened")
    case = opened["data"]["case"]
    await claim(stage, actions.AuthorityTransfers, case, to="health-of-nowhere", reason="not ours")
    await claim(stage, actions.AuthorityTransfers, case, to="tax-620102", reason="not ours")
    await claim(stage, actions.AuthoritySigns, case)
    await stage.hear_names("opened", "action-refused", "transferred", "action-refused")
    unknown, moved, late = (event["data"] for event in stage.heard[1:])
    assert (unknown["rule"], late["rule"]) == ("no_such_authority", "case_not_yours")
    assert (moved["before"], moved["authority"], moved["upward"]) == (MARKET, "tax-620102", False)
    assert [tuple(row) for row in await stage.sql("SELECT authority, state FROM cases")] == [("tax-620102", "opened")]


async def test_two_demands_one_matter(stage: Stage) -> None:
    """Cleared once, cleared for both, through a deadline that was due now."""
    await obstructed(stage, "FOOD_PERMIT")
    await obstructed(stage, "FOOD_PERMIT", number=1)
    first, second = await stage.hear_names("opened", "opened")
    matters = {event["data"]["summary"]["cases"][0]["matter"] for event in (first, second)}
    assert len(matters) == 1
    stage.clock.moment += timedelta(minutes=5)
    await claim(stage, actions.AuthorityResolves, first["data"]["case"], evidence="permit JY-1", facts={})
    await stage.hear_names("opened", "opened", "cleared", "cleared")
    assert {event["subject"] for event in stage.heard[2:]} == {str(demand) for demand in DEMANDS}
    await stage.until("SELECT count(*) FROM deadlines WHERE subject <> household", 0)


async def test_erased_is_called_back_and_the_books_agree(stage: Stage) -> None:
    await obstructed(stage, "FOOD_PERMIT", "AR_MISSING", "NEVER_HEARD_OF")
    await obstructed(stage, "FOOD_PERMIT", number=1)
    await stage.hear(lambda heard: len(heard) == 4, "four cases")
    connection = await connect(stage.settings.postgres, "escalation")
    try:
        assert await account(connection) == {
            "cases": {"guided": 1, "opened": 3}, "catch_all": 1, "open_without_deadline": 0,
        }  # fmt: skip
        assert (await accounts(connection, ENTRY.clocked))["unclocked"] == []
        await stage.say(
            HOUSEHOLDS, households.Erased(summary=households.HouseholdSummary(household=HOUSEHOLD)), HOUSEHOLD
        )
        await stage.hear(lambda heard: len(heard) == 8, "four withdrawals")
        assert {event["data"]["reason"] for event in stage.heard[4:]} == {"erased"}
        assert await account(connection) == {"cases": {"withdrawn": 4}, "catch_all": 1, "open_without_deadline": 0}
        assert (await accounts(connection, ENTRY.clocked))["unclocked"] == []
    finally:
        await connection.close()
    await stage.until("SELECT count(*) FROM deadlines WHERE subject <> household", 0)


async def test_a_repetition_is_decided_once_and_told_again_byte_for_byte(stage: Stage) -> None:
    await obstructed(stage, "FOOD_PERMIT")
    (opened,) = await stage.hear_names("opened")
    case = opened["data"]["case"]
    signing = {
        "demand": DEMANDS[0],
        "case": case,
        "partner": "desk-620102",
        "role": "authority",
        "speaks_for": [MARKET],
    }
    signed = stage.written(ACTIONS, actions.AuthoritySigns.model_validate(signing), DEMANDS[0])
    await stage.publisher.publish([signed])
    await stage.hear_names("opened", "signed")
    await stage.publisher.publish([signed])
    await stage.hear_names("opened", "signed", "signed")
    assert stage.heard[1] == stage.heard[2]
    assert (await stage.sql("SELECT count(*) FROM journal WHERE type LIKE '%authority-signs%'"))[0][0] == 1


async def test_one_poisoned_case_leaves_999_on_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that no decision can be made on becomes a dead letter; all others are overdue when they are."""
    poisoned = UUID(int=500)

    def looked_at(demand: DemandCases, *rest: Any) -> Outcome:
        if demand.demand == poisoned:
            raise ZeroDivisionError
        return decide_of_time(demand, *rest)

    monkeypatch.setattr(service, "looked_at", looked_at)
    written = []
    for number in range(1000):
        demand, household = UUID(int=number), timed_id(1_790_000_000_000, f"household {number}")
        seen = summary(DEMANDS[0]).model_copy(update={"demand": demand, "household": household})
        data = referrals.Obstructed(summary=seen, obstacles=["FOOD_PERMIT"])
        written.append(stage.written(REFERRALS, data, demand, household))
    await stage.publisher.publish(written)
    await stage.hear(lambda heard: len(heard) == 1000, "a thousand cases")
    stage.clock.moment = at(11, 25, 18)
    await stage.hear(lambda heard: sum(e["type"].endswith("overdue.v1") for e in heard) == 999, "999 overdue")
    assert str(poisoned) not in {e["subject"] for e in stage.heard if e["type"].endswith("overdue.v1")}
    letters = await stage.sql("SELECT type FROM journal WHERE outcome = 'dead_lettered'")
    assert [row["type"] for row in letters] == ["undecidable"]
    left = await stage.sql("SELECT subject FROM deadlines WHERE fired_at IS NOT NULL AND subject <> household")
    assert [row["subject"] for row in left] == [poisoned], "fired and not handled can be seen"


async def test_the_gauges_are_what_the_table_says(stage: Stage) -> None:
    await obstructed(stage, "FOOD_PERMIT", "AR_MISSING")
    await stage.hear(lambda heard: len(heard) == 2, "two cases")
    await stage.until("SELECT count(*) FROM cases", 2)
    await stage.hear(lambda _: REGISTRY.get_sample_value("freshwater_cases", {"state": "guided"}) == 1, "the gauge")
    assert REGISTRY.get_sample_value("freshwater_cases", {"state": "opened"}) == 1
    assert REGISTRY.get_sample_value("freshwater_cases_without_deadline") == 0
