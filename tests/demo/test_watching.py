"""What a demonstration makes of the events that it reads, and how fast it lets time run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
import pytest

from freshwater.demo.figures import demands_per_second, figures, first_referral, spread
from freshwater.demo.pacing import IDLE, MUCH, SLOWEST, factor_for
from freshwater.demo.plan import DemoProblem, Plan
from freshwater.demo.scenarios import planned
from freshwater.demo.watching import Seen, take
from shared.contracts.ids import timed_id
from shared.contracts.topics import CASES, DEMANDS, REFERRALS

DOOR = 1_795_000_000_000
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def demand(number: int) -> UUID:
    return uuid5(UUID(int=3), str(number))


def hear(seen: Seen, topic: str, kind: str, number: int, at: int, **summary: Any) -> None:
    event = {
        "type": f"org.freshwater.{kind}.v1",
        "causationid": str(timed_id(DOOR, f"door {number}")),
        "data": {"summary": {"demand": str(demand(number)), **summary}},
    }
    take(seen, topic, msgspec.json.encode(event), DOOR + at)


def test_a_demand_goes_from_the_door_to_the_money() -> None:
    seen = Seen()
    hear(seen, DEMANDS, "demand.accepted", 1, 100, state="open")
    hear(seen, REFERRALS, "referral.round-opened", 1, 250, state="referred")
    assert (seen.states(), seen.open(NOW)) == ({"referred": 1}, 1)
    hear(seen, REFERRALS, "referral.funded", 1, 900, state="funded")
    assert (seen.states(), seen.open(NOW)) == ({"funded": 1}, 0)
    assert first_referral(seen) == {"p50": 0.25, "p99": 0.25, "max": 0.25, "of": 1}


def test_topics_may_be_read_in_another_order_than_they_were_written_in() -> None:
    seen = Seen()
    hear(seen, REFERRALS, "referral.round-opened", 1, 250, state="referred")
    hear(seen, DEMANDS, "demand.accepted", 1, 100, state="open")
    assert seen.states() == {"referred": 1}
    assert first_referral(seen)["p50"] == 0.25


def test_who_had_to_wait_for_a_fact_is_not_in_the_time_to_the_first_referral() -> None:
    seen = Seen()
    hear(seen, DEMANDS, "demand.accepted", 1, 100, state="open")
    hear(seen, REFERRALS, "referral.facts-requested", 1, 200, state="obstructed")
    hear(seen, REFERRALS, "referral.round-opened", 1, 90_000, state="referred")
    assert first_referral(seen) == {}


def test_a_clearing_is_followed_by_the_round_that_it_opens_and_by_no_other() -> None:
    seen = Seen()
    for number, between in ((1, None), (2, "referral.obstructed")):
        hear(seen, DEMANDS, "demand.accepted", number, 0, state="open")
        hear(seen, CASES, "case.cleared", number, 1_000)
        if between:
            hear(seen, REFERRALS, between, number, 1_100, state="obstructed")
        hear(seen, REFERRALS, "referral.round-opened", number, 1_300, state="referred")
    assert seen.again == [300]


@pytest.mark.parametrize(
    ("state", "days", "rests"),
    [("standing", 20, True), ("standing", 1, False), ("dormant", None, True), ("obstructed", 20, False)],
)
def test_what_stands_until_a_far_day_rests_and_what_waits_for_a_place_does_not(
    state: str, days: int | None, rests: bool
) -> None:
    seen = Seen()
    hear(seen, DEMANDS, "demand.accepted", 1, 0, state="open")
    due = {"due_at": (NOW + timedelta(days=days)).isoformat()} if days else {}
    hear(seen, REFERRALS, "referral.x", 1, 10, state=state, **due)
    assert seen.open(NOW) == (0 if rests else 1)


def test_the_gates_verdicts_are_counted_each() -> None:
    seen = Seen()
    for kind in ("accepted", "rejected", "rejected", "merged", "repeated", "corrected", "input-refused"):
        hear(seen, DEMANDS, f"demand.{kind}", 1, 5)
    assert seen.gate == {
        "accepted": 1, "rejected": 2, "merged": 1, "repeated": 1, "corrected": 1, "input-refused": 1,
    }  # fmt: skip


def test_the_last_line_has_what_was_promised() -> None:
    seen = Seen()
    for number in range(1, 101):
        hear(seen, DEMANDS, "demand.accepted", number, number * 10, state="open")
        hear(seen, REFERRALS, "referral.round-opened", number, number * 10 + number, state="referred")
    line = figures(seen, {"intake": 80.1}, "balanced", sent={"demands": 100})
    assert line["counts"] == {"referred": 100}
    assert line["books"] == "balanced"
    assert line["memory_mb"] == {"intake": 80.1}
    assert line["demands_per_second"] == demands_per_second(seen) == 100.0
    assert spread([]) == {}


def test_time_slows_down_where_somebody_is_behind_or_answers_come_late() -> None:
    full = 120_000.0
    assert factor_for(0, None, full) == full
    assert factor_for(MUCH, None, full) == SLOWEST
    assert factor_for(MUCH * 10, 0.1, full) == SLOWEST
    assert factor_for(0, 1.0, full) == 6 * 3600
    paces = [factor_for(waiting, 0.1, full) for waiting in range(0, MUCH, 100)]
    assert paces == sorted(paces, reverse=True)
    assert factor_for(MUCH, None, 5.0) == 5.0, "never faster than asked for"
    assert IDLE > 1


def test_a_scenario_is_found_by_its_name_or_all_are_named() -> None:
    plan = planned(Plan(scenario="obstacles"))
    assert (plan.ends, plan.obstructed) == (True, True)
    with pytest.raises(DemoProblem, match=r"obstacles.*month"):
        planned(Plan(scenario="weather"))
