"""What time alone does: two reminders, breach, 督办 up the line, the joint consultation, and no sleep."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from services.escalation.domain.case import Case, Happened
from services.escalation.domain.claims import File, Sign
from services.escalation.domain.raising import passed
from services.escalation.domain.routing import Place
from tests.escalation.places import CHENGGUAN, at, basis, begun, in_stage, said


def until(case: Case, end: datetime, place: Place = CHENGGUAN) -> tuple[Case, list[tuple[datetime, Happened]]]:
    """Let time pass as the sweeper does: woken at each next moment."""
    told: list[tuple[datetime, Happened]] = []
    while case.next_at is not None and case.next_at <= end:
        now = case.next_at
        moved = passed(case, basis(now, place))
        told += [(now, each) for each in moved.told]
        case = moved.case
    return case, told


def names(told: list[tuple[datetime, Happened]]) -> list[str]:
    return [each.what for _, each in told]


def test_nothing_is_due_before_its_time() -> None:
    case = begun("FOOD")
    assert passed(case, basis(at(11, 24, 11))).case == case


def test_a_case_that_nobody_signs() -> None:
    """Reminded twice, overdue at close of business, drafted, sent by itself a working day later, then consulted on."""
    _, told = until(begun("FOOD"), at(12, 4))
    assert names(told) == [
        "near-due", "near-due", "overdue", "raised", "raised", "overdue", "raised", "consultation-opened", "raised",
        "consultation-opened",
    ]  # fmt: skip
    assert [each.detail.get("draft") for _, each in told if each.what == "raised"] == [True, False, True, False]
    assert [each.detail["to"] for _, each in told if each.what == "raised"] == ["market-lanzhou"] * 2 + [
        "market-gansu"
    ] * 2
    assert [each.detail["session_on"] for _, each in told if each.what == "consultation-opened"] == [
        date(2026, 12, 3), date(2026, 12, 10),
    ]  # fmt: skip


def test_in_jiayuguan_the_line_has_no_county_and_ends_at_the_province() -> None:
    """嘉峪关 has no counties: from the city straight to the province, and above it nobody."""
    there = Place("620200", None)
    case, told = until(begun("FOOD", place=there), at(12, 31), there)
    raised = [each.detail for _, each in told if each.what == "raised"]
    assert [(each["to"], each["level"]) for each in raised] == [("market-gansu", "province")] * 2
    assert case.raised == 1
    assert case.is_open
    assert case.session_on is not None


def test_the_tax_line_is_its_own_and_its_drafts_wait_for_a_person() -> None:
    case, told = until(begun("TAX"), at(11, 30))
    assert [each.detail for _, each in told if each.what == "raised"] == [
        {"draft": True, "to": "tax-lanzhou", "level": "city"}
    ]
    assert case.draft is not None
    assert case.draft.goes_at is None
    assert case.raised == 0


@pytest.mark.parametrize(
    ("stage", "breach"), [("opened", "sign"), ("signed", "plan"), ("planned", "solve"), ("parked", "solve")]
)
def test_each_stage_has_its_own_breach(stage: str, breach: str) -> None:
    _, told = until(in_stage(stage), at(12, 31))
    first = next(each for _, each in told if each.what == "overdue")
    assert first.detail == {"stage": breach}
    assert first.case.overdue


def test_a_household_that_does_nothing_troubles_no_authority() -> None:
    """Matching reminds it and lets the demand sleep; here nothing is told, and the case stays in sight."""
    case, told = until(begun("REPORT"), at(11, 24, year=2027))
    assert told == []
    assert case.stage == "guided"
    assert case.next_at is not None


def test_what_was_filed_opens_by_itself_when_the_usual_time_has_run() -> None:
    filed = said(begun("REPORT"), File("R-1"), at(11, 25))
    before, _ = until(filed, at(12, 2, 17))
    assert before.stage == "filed"
    case, told = until(filed, at(12, 2, 18))
    assert case.stage == "opened"
    assert told[-1][1].detail == {"reason": "time_has_run", "supports": [], "catch_all": False}


def test_after_a_long_sleep_a_case_catches_up_once() -> None:
    """The sweeper was dead for a month: one breach is told, not thirty, and what comes next lies ahead."""
    now = at(12, 24)
    moved = passed(begun("FOOD"), basis(now))
    assert [each.what for each in moved.told] == ["overdue", "raised"]
    assert moved.case.next_at is not None
    assert moved.case.next_at > now


def test_signing_late_takes_the_case_off_the_agenda() -> None:
    case, _ = until(begun("FOOD"), at(12, 2))
    assert case.session_on is not None
    signed = said(case, Sign(), at(12, 2))
    assert signed.session_on is None
    assert not signed.overdue
    assert signed.breaches == 2
