"""The state machine as a table: every claim at every stage, who may make it, and what it then says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.escalation.domain.case import Case, Fact, Step
from services.escalation.domain.claims import (
    AnswerDraft,
    AnswerExtension,
    AskExtension,
    AskHelp,
    AskHousehold,
    Claim,
    Decide,
    File,
    Park,
    Plan,
    Refuse,
    Resolve,
    Sign,
    Speaker,
    Supply,
    Transfer,
)
from services.escalation.domain.clocks import close_of, day_of
from services.escalation.domain.legality import TABLE, judge
from services.escalation.domain.raising import passed
from services.escalation.domain.refusals import RULES, Refusal
from tests.escalation.places import ANYBODY, at, basis, in_stage, said

NOW = at(11, 25)
CLAIMS: dict[str, Claim] = {
    "file": File("R-1"),
    "help": AskHelp(),
    "sign": Sign(),
    "plan": Plan(date(2026, 12, 1)),
    "ask": AskExtension(date(2027, 1, 20), "two offices"),
    "answer": AnswerExtension(True),
    "park": Park(date(2026, 12, 20), "winter"),
    "missing": AskHousehold("plan of the premises"),
    "supply": Supply(),
    "resolve": Resolve("permit JY-1", {}),
    "refuse": Refuse("zoned otherwise", True),
    "transfer": Transfer("health-gansu", "not ours"),
    "draft": AnswerDraft(True),
    "decide": Decide("policy", "nobody's rule"),
}
STAGES = ("guided", "filed", "opened", "signed", "planned", "parked", "waiting", "cleared", "refused", "withdrawn")
ENDED, FIRST, ASKED = "case_has_ended", "household_acts_first", "household_is_asked"
# One row a claim, one column a stage, in the order of STAGES: the new stage, or the rule that refuses.
MACHINE = {
    "file": ["filed", "already_filed", *["already_open"] * 5, *[ENDED] * 3],
    "help": ["opened", "opened", *["already_open"] * 5, *[ENDED] * 3],
    "sign": [*[FIRST] * 2, "signed", *["already_signed"] * 4, *[ENDED] * 3],
    "plan": [*[FIRST] * 2, "sign_first", *["planned"] * 3, ASKED, *[ENDED] * 3],
    "ask": [*[FIRST] * 2, "sign_first", "signed", "planned", "already_parked", ASKED, *[ENDED] * 3],
    "answer": [*[FIRST] * 2, *["no_extension_asked"] * 4, ASKED, *[ENDED] * 3],
    "park": [*[FIRST] * 2, "sign_first", "parked", "parked", "already_parked", ASKED, *[ENDED] * 3],
    "missing": [*[FIRST] * 2, "sign_first", "waiting", "waiting", "already_parked", ASKED, *[ENDED] * 3],
    "supply": [*["nothing_asked"] * 6, "planned", *[ENDED] * 3],
    "resolve": [*["cleared"] * 7, *[ENDED] * 3],
    "refuse": [*["refused"] * 7, *[ENDED] * 3],
    "transfer": [*[FIRST] * 2, *["opened"] * 4, ASKED, *[ENDED] * 3],
    "draft": [*[FIRST] * 2, *["no_draft"] * 4, ASKED, *[ENDED] * 3],
    "decide": [*[FIRST] * 2, *["not_on_the_agenda"] * 4, ASKED, *[ENDED] * 3],
}
AUTHORITY = Speaker("authority", frozenset({"market-chengguan"}))
NEXT_LEVEL = Speaker("authority", frozenset({"market-lanzhou"}), person="p-2")
TEAM = Speaker("authority", frozenset({"team-chengguan"}), person="p-3")
STRANGER = Speaker("authority", frozenset({"tax-chengguan"}))
BANK = Speaker("bank", frozenset({"beichen"}))
HOUSEHOLD = Speaker("household", frozenset())


def refused(case: Case, claim: Claim, speaker: Speaker = ANYBODY) -> Refusal:
    answer = judge(case, claim, speaker, basis(NOW))
    assert isinstance(answer, Refusal), answer
    return answer


def test_the_table_names_every_claim() -> None:
    assert {type(claim) for claim in CLAIMS.values()} == set(TABLE)


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("stage", STAGES)
def test_every_claim_at_every_stage(claim: str, stage: str) -> None:
    case = in_stage(stage)
    expected = MACHINE[claim][STAGES.index(stage)]
    answer = judge(case, CLAIMS[claim], ANYBODY, basis(NOW))
    if isinstance(answer, Refusal):
        assert answer.rule == expected
        assert answer.zh
        assert answer.en
    else:
        assert answer.case.stage == expected
        assert answer.told, "what happened is told"


def test_every_rule_speaks_both_languages_and_leaves_no_gap() -> None:
    for rule in RULES:
        refusal = Refusal(rule, "2026-12-01")
        assert "{" not in refusal.zh + refusal.en
        assert refusal.zh != refusal.en


@pytest.mark.parametrize("claim", ["sign", "plan", "ask", "park", "resolve", "refuse", "transfer"])
@pytest.mark.parametrize("speaker", [STRANGER, BANK, HOUSEHOLD, NEXT_LEVEL])
def test_only_the_authority_that_has_it_acts_on_a_case(claim: str, speaker: Speaker) -> None:
    assert refused(in_stage("signed"), CLAIMS[claim], speaker).rule == "case_not_yours"
    assert refused(in_stage("cleared"), CLAIMS[claim], speaker).rule == "case_not_yours", "strangers learn nothing"


@pytest.mark.parametrize("claim", ["file", "help"])
def test_only_the_household_speaks_for_itself(claim: str) -> None:
    for speaker in (AUTHORITY, BANK):
        assert refused(in_stage("guided"), CLAIMS[claim], speaker).rule == "household_only"
    for speaker in (HOUSEHOLD, Speaker("portal", frozenset()), Speaker("bank", frozenset(), for_submitter=True)):
        assert isinstance(judge(in_stage("guided"), CLAIMS[claim], speaker, basis(NOW)), Step)


def test_an_extension_is_the_next_levels_word_and_is_asked_for_once() -> None:
    planned = in_stage("planned")
    asked = said(planned, CLAIMS["ask"], NOW, AUTHORITY)
    assert refused(asked, AnswerExtension(True), AUTHORITY).rule == "next_level_only"
    assert refused(asked, CLAIMS["ask"], AUTHORITY).rule == "extension_only_once"
    extended = said(asked, AnswerExtension(True), NOW, NEXT_LEVEL)
    assert extended.extended
    assert extended.clock is not None
    assert day_of(extended.clock.due_at) == date(2027, 1, 20)
    denied = said(asked, AnswerExtension(False), NOW, NEXT_LEVEL)
    assert not denied.extended
    assert denied.clock == planned.clock
    assert refused(denied, CLAIMS["ask"], AUTHORITY).rule == "extension_only_once"


@pytest.mark.parametrize(
    ("claim", "rule", "allowed"),
    [
        (Plan(date(2026, 11, 24)), "date_in_the_past", "2026-11-25"),
        (Plan(date(2027, 3, 1)), "promise_too_late", "2026-12-22"),
        (AskExtension(date(2026, 11, 20), "x"), "date_in_the_past", "2026-11-25"),
        (AskExtension(date(2026, 12, 1), "x"), "extension_not_longer", "2026-12-22"),
        (Park(date(2026, 11, 1), "x"), "date_in_the_past", "2026-11-25"),
        (Refuse("not ours", False), "name_whose_it_is", ""),
        (Transfer("nobody-here", "x"), "no_such_authority", ""),
        (Transfer("market-chengguan", "x"), "already_there", "market-chengguan"),
        (
            Resolve("a photo", {"food_permit": Fact(False, "market-chengguan", NOW.date())}),
            "fact_not_cleared",
            "food_permit",
        ),
    ],
)
def test_a_refusal_says_what_is_allowed(claim: Claim, rule: str, allowed: str) -> None:
    answer = refused(in_stage("signed"), claim, AUTHORITY)
    assert (answer.rule, answer.allowed) == (rule, allowed)
    assert allowed in answer.zh
    assert allowed in answer.en


def test_the_third_transfer_goes_up_whatever_it_names() -> None:
    case = in_stage("opened")
    for to in ("health-gansu", "market-chengguan"):
        case = said(case, Transfer(to, "not ours"), NOW)
        assert case.seat.authority == to
    case = said(case, Transfer("health-gansu", "not ours"), NOW)
    assert (case.seat.authority, case.transfers) == ("market-lanzhou", 3)
    case = said(case, Transfer("health-gansu", "not ours"), NOW)
    assert case.seat.authority == "market-gansu"
    assert refused(case, Transfer("health-gansu", "not ours")).rule == "nothing_higher"


def test_a_transfer_starts_the_clocks_anew() -> None:
    moved = said(in_stage("planned"), Transfer("market-lanzhou", "not ours"), at(11, 26), AUTHORITY)
    assert moved.stage == "opened"
    assert moved.promised_on is None
    assert moved.clock is not None
    assert day_of(moved.clock.due_at) == date(2026, 11, 27)


def test_what_was_parked_keeps_the_days_it_had_left() -> None:
    """FOOD has twenty working days; parked on the 25th of November with nineteen left."""
    parked = said(in_stage("signed"), Park(date(2026, 12, 10), "winter"), NOW, AUTHORITY)
    assert parked.days_left == 19
    resumed = said(parked, Plan(date(2026, 12, 15)), at(12, 9), AUTHORITY)
    assert resumed.solve_at == basis(at(12, 9)).after(19)


def test_facts_of_a_clearing() -> None:
    """The authority's own, never weaker than a partner's word; what it leaves out is the obstacle's cleared value."""
    case = in_stage("signed")
    told = judge(case, Resolve("permit JY-1", {}), AUTHORITY, basis(NOW))
    assert isinstance(told, Step)
    assert told.told[0].detail["facts"] == {
        "food_permit": Fact(True, "market-chengguan", date(2026, 11, 25), "partner")
    }
    own = {
        "food_permit": Fact(True, "register", date(2026, 11, 20), "register"),
        "rooms": Fact(3, "m", NOW.date(), "self"),
    }
    told = judge(case, Resolve("permit JY-1", own), AUTHORITY, basis(NOW))
    assert isinstance(told, Step)
    assert told.told[0].detail["facts"]["food_permit"] == own["food_permit"]
    assert told.told[0].detail["facts"]["rooms"].assurance == "partner"


def test_an_obstacle_that_left_the_catalogue_needs_its_fact_told() -> None:
    case = replace(in_stage("signed"), obstacle="GONE")
    assert refused(case, Resolve("a paper", {})).rule == "facts_needed"
    fact = Fact("valid", "market-chengguan", NOW.date())
    assert said(case, Resolve("a paper", {"licence": fact}), NOW).stage == "cleared"


def drafted() -> Case:
    return passed(in_stage("opened"), basis(at(11, 25, 18))).case


def test_a_draft_is_confirmed_by_a_named_person_and_not_dropped_by_who_is_raised() -> None:
    case = drafted()
    assert case.draft is not None
    assert refused(case, AnswerDraft(True), AUTHORITY).rule == "name_the_person"
    named = replace(AUTHORITY, person="p-1")
    assert refused(case, AnswerDraft(False), named).rule == "not_yours_to_drop"
    assert said(case, AnswerDraft(True), NOW, named).raised == 1
    assert refused(case, AnswerDraft(False), STRANGER).rule == "case_not_yours"
    for speaker in (NEXT_LEVEL, TEAM):
        dropped = said(case, AnswerDraft(False), NOW, speaker)
        assert (dropped.draft, dropped.raised) == (None, 0)


def on_the_agenda() -> Case:
    return replace(in_stage("signed"), session_on=date(2026, 12, 3), breaches=2)


def test_only_the_countys_team_decides_on_its_agenda() -> None:
    for speaker in (AUTHORITY, NEXT_LEVEL, STRANGER):
        assert refused(on_the_agenda(), CLAIMS["decide"], speaker).rule == "team_only"


@pytest.mark.parametrize(
    ("decision", "stage", "told"),
    [
        (Decide("assign", "theirs", "health-gansu"), "opened", ["consultation-decided", "transferred"]),
        (Decide("assign", "yours after all", "market-chengguan"), "opened", ["consultation-decided"]),
        (Decide("park", "spring", until=date(2027, 3, 1)), "parked", ["consultation-decided"]),
        (Decide("cannot_be_removed", "zoned"), "refused", ["consultation-decided", "refused"]),
        (Decide("policy", "nobody's rule"), "parked", ["consultation-decided"]),
    ],
)
def test_what_the_team_decides(decision: Decide, stage: str, told: list[str]) -> None:
    answer = judge(on_the_agenda(), decision, TEAM, basis(NOW))
    assert isinstance(answer, Step)
    assert (answer.case.stage, [each.what for each in answer.told]) == (stage, told)
    assert answer.case.session_on is None
    assert answer.case.breaches == 0


@pytest.mark.parametrize(
    ("decision", "rule"),
    [
        (Decide("assign", "x"), "decision_names_nobody"),
        (Decide("assign", "x", "nobody-here"), "no_such_authority"),
        (Decide("park", "x"), "decision_without_date"),
        (Decide("park", "x", until=date(2026, 1, 1)), "date_in_the_past"),
    ],
)
def test_a_decision_that_decides_nothing_is_refused(decision: Decide, rule: str) -> None:
    assert refused(on_the_agenda(), decision, TEAM).rule == rule


def test_a_late_signature_still_gets_a_working_day() -> None:
    late = said(in_stage("opened", at(11, 2)), Sign(), NOW)
    assert late.clock is not None
    assert late.clock.due_at == close_of(date(2026, 11, 26), basis(NOW).workdays)
