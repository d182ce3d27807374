"""一次性告知: the authority's time stands still while the household owes something; gross and net are both kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.escalation.domain.case import Basis, Case, Fact
from services.escalation.domain.claims import AskHousehold, Plan, Resolve, Sign, Supply
from services.escalation.domain.evidence import told_by_facts
from services.escalation.domain.legality import judge
from services.escalation.domain.opening import begin
from services.escalation.domain.raising import passed
from services.escalation.domain.refusals import Refusal
from services.escalation.domain.routing import Place
from services.escalation.handlers.grounds import directory_of
from shared.workdays import Calendar, national
from tests.escalation.places import ANYBODY, CASE, MATTER, at, basis, begun, in_stage, said
from tests.escalation.room import RELEASE

ASK = AskHousehold("plan of the premises")


def test_time_stands_still_and_goes_on_where_it_stood() -> None:
    """FOOD has 20 working days from 24 November; three of them pass while the household looks for its paper."""
    planned = in_stage("planned", at(11, 24))
    before = planned.solve_at
    waiting = said(planned, ASK, at(11, 26))
    assert (waiting.stage, waiting.overdue) == ("waiting", False)
    going = said(waiting, Supply(), at(12, 1))
    assert (going.stage, going.paused_days) == ("planned", 3)
    assert before is not None
    assert going.solve_at is not None
    assert national().workdays_between(before, going.solve_at) == 3
    done = said(going, Resolve("permit JY-1", {}), at(12, 3))
    assert (done.gross_days, done.net_days) == (7, 4)


def test_who_is_asked_is_reminded_twice_and_then_the_authority_goes_on() -> None:
    case, told = in_stage("waiting", at(11, 24)), list[Any]()
    while (moment := case.next_at) is not None and case.stage == "waiting":
        moved = passed(case, basis(moment))
        case, told = moved.case, [*told, *moved.told]
    assert [each.what for each in told] == ["near-due", "near-due", "resumed"]
    assert {each.detail["waits_for"] for each in told[:2]} == {"household"}
    assert told[-1].detail == {"answered": False, "paused_days": 5}
    assert case.stage == "planned"


def test_it_is_asked_once_and_only_in_time() -> None:
    again = said(in_stage("waiting"), Supply(), at(11, 25))
    refused = judge(again, ASK, ANYBODY, basis(at(11, 25)))
    assert isinstance(refused, Refusal)
    assert refused.rule == "household_asked_once"
    late = passed(in_stage("signed"), basis(at(12, 18))).case
    assert late.overdue
    refused = judge(late, ASK, ANYBODY, basis(at(12, 18)))
    assert isinstance(refused, Refusal)
    assert refused.rule == "too_late_to_ask"


def shipped(obstacle: str) -> tuple[Case, Basis]:
    now = at(11, 24)
    there = Basis(now, directory_of(RELEASE), national(), Place("620102", "H62"))
    return begin(CASE, obstacle, MATTER, now, there).case, there


@pytest.mark.parametrize(
    ("obstacle", "kind", "rule"),
    [
        ("DATA_MISMATCH", "document", "evidence_of_wrong_kind"),
        ("DATA_MISMATCH", None, "evidence_of_wrong_kind"),
        ("DATA_MISMATCH", "register", None),
        ("FOOD_PERMIT", "number", None),
        ("FOOD_PERMIT", None, None),
    ],
)
def test_evidence_has_to_be_of_the_kind_that_the_obstacle_asks_for(
    obstacle: str, kind: str | None, rule: str | None
) -> None:
    case, there = shipped(obstacle)
    answer = judge(case, Resolve("JY-1", {}, kind), ANYBODY, there)
    assert (answer.rule if isinstance(answer, Refusal) else None) == rule


def test_a_fact_of_tomorrow_proves_nothing() -> None:
    case, there = shipped("FOOD_PERMIT")
    fact = Fact(True, "market_regulation-620102", date(2026, 11, 25))
    answer = judge(case, Resolve("JY-1", {"food_permit": fact}), ANYBODY, there)
    assert isinstance(answer, Refusal)
    assert answer.rule == "fact_of_tomorrow"


@pytest.mark.parametrize(
    ("stage", "assurance", "closes"),
    [
        ("guided", "self", False),
        ("guided", "partner", True),
        ("guided", "register", True),
        ("filed", "self", True),
        ("opened", "partner", False),
        ("opened", "register", True),
    ],
)
def test_a_fact_from_elsewhere_closes_what_it_proves(stage: str, assurance: Any, closes: bool) -> None:
    """A register closes any case; a household's own word only where it has a receipt to show."""
    case = in_stage(stage)
    fact = {"guided": "report_filed", "filed": "report_filed", "opened": "food_permit"}[stage]
    moved = told_by_facts(case, {fact: Fact(True, "register", date(2026, 11, 24), assurance)}, basis(at(11, 25)))
    assert (moved.case.stage == "cleared") is closes
    assert not told_by_facts(
        case, {fact: Fact(False, "register", date(2026, 11, 24), "register")}, basis(at(11, 25))
    ).told


def test_a_deadline_over_new_year_without_data_is_fixed_holidays_and_counted() -> None:
    """2027's notice is out only in November: what December promises falls back, and each answer counts."""
    missing: list[int] = []
    calendar = Calendar([], on_missing=missing.append)
    there = Basis(at(12, 30), basis(at(12, 30)).directory, calendar, Place("620102", "H62"))
    case = begun("FOOD", at(12, 30))
    signed = judge(case, Sign(), ANYBODY, there)
    assert not isinstance(signed, Refusal)
    planned = judge(signed.case, Plan(date(2027, 1, 4)), ANYBODY, there)
    assert not isinstance(planned, Refusal)
    assert 2027 in missing
    assert not calendar.is_workday(date(2027, 1, 1))
