"""联合会诊 and 共性问题: one county's week, from two breaches and five households to each demand's own clearing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.escalation.domain.account import Group, lines, median
from services.escalation.domain.claims import Decide, Speaker
from services.escalation.domain.county import County, Issue, Item, Listed, Session, Wanted
from services.escalation.domain.directory import Directory, Times
from services.escalation.domain.issues import day_ends
from services.escalation.domain.refusals import Refusal
from services.escalation.domain.sitting import agenda, closed, item_decided, next_agenda
from services.escalation.handlers.counties import DAY, RULING, SESSION
from shared.contracts import actions, cases, county, referrals
from shared.contracts.clock import EscalationDeadlinePassed
from shared.contracts.ids import caused_id, county_id
from shared.workdays import national
from tests.escalation.places import at, basis, directory
from tests.escalation.room import COUNTY, DEMANDS, Room, summary

TEAM = Speaker("campaign_office", frozenset({"team-chengguan"}), "p-1")
CALM = County(COUNTY, "team-chengguan")


def listed(number: int, obstacle: str = "FOOD", yuan: int = 100_000, **more: Any) -> Listed:
    return Listed(
        UUID(int=number), UUID(int=1000 + number), UUID(int=2000 + number), obstacle, "market-chengguan", yuan, **more
    )


def id_of(name: str) -> UUID:
    return caused_id(UUID(int=7), name)


def formed(count: int, before: County = CALM) -> Any:
    return day_ends(before, [listed(n) for n in range(count)], id_of, 1, basis(at(11, 24, 18)))


def test_five_households_are_a_common_issue_with_the_money_that_it_blocks() -> None:
    assert formed(4).told == ()
    (heard,) = formed(5).told
    assert heard.what == "common-issue-formed"
    assert (heard.detail["households"], heard.detail["blocked_yuan"]) == (5, 500_000)
    again = formed(7, formed(5).county)
    assert again.told == (), "one issue, however many more come"


def test_an_issue_goes_when_it_is_solved_or_has_become_rare() -> None:
    issue = formed(5).county
    assert [heard.detail["reason"] for heard in formed(0, issue).told] == ["solved"]
    assert [heard.detail["reason"] for heard in formed(2, issue).told] == ["dissolved"]
    assert formed(3, issue).told == (), "it does not come and go with every single household"


def test_the_agenda_goes_out_the_working_day_before_thursday() -> None:
    session_on, moment = next_agenda(basis(at(11, 24)))
    assert (session_on, moment) == (date(2026, 11, 26), at(11, 25, 17) + timedelta(minutes=30))
    session_on, moment = next_agenda(basis(at(9, 28)))
    assert session_on == date(2026, 10, 8), "National Day moves it"
    assert moment == at(9, 30, 17) + timedelta(minutes=30)


def test_the_agenda_is_grouped_by_obstacle_and_names_who_sits() -> None:
    """What breached twice, what exhausted its docking, and all of a common issue; the rest stays with its office."""
    issue = Issue(id_of("issue"), "REPORT", at(11, 20))
    here = [
        listed(1, breached=True), listed(2), listed(3, "TAX", 900_000, exhausted=True), listed(4, "REPORT"),
        listed(5, "REPORT"),
    ]  # fmt: skip
    opened = agenda(
        County(COUNTY, "team-chengguan", issues=(issue,)), date(2026, 11, 26), here, id_of, basis(at(11, 25))
    )
    (heard,) = opened.told
    items = {item.obstacle: item for item in heard.detail["items"]}
    assert [item.obstacle for item in heard.detail["items"]] == ["TAX", "REPORT", "FOOD"], "most money first"
    assert (items["FOOD"].reasons, items["FOOD"].demands) == (("breached",), 1)
    assert (items["REPORT"].reasons, items["REPORT"].issue) == (("common",), issue.id)
    assert heard.detail["members"][0] == "team-chengguan"
    assert "market-chengguan" in heard.detail["members"]
    assert opened.county.label == "sitting"


def sitting(*items: Item) -> County:
    return County(COUNTY, "team-chengguan", Session(id_of("session"), date(2026, 11, 26), items))


FOOD = Item(id_of("FOOD"), "FOOD", ("breached",), 1, 1, 100_000, ("market-chengguan",))
TAX = Item(id_of("TAX"), "TAX", ("exhausted",), 1, 1, 100_000, ("tax-chengguan",))
HERE = [listed(1, breached=True), listed(3, "TAX", exhausted=True), listed(2)]
CLEAR = Decide("clear", "the rule is waived in this county")


def decide(known: County, item: Item, claim: Decide, speaker: Speaker = TEAM) -> Any:
    return item_decided(known, item.id, claim, speaker, HERE, UUID(int=9), basis(at(11, 26)))


@pytest.mark.parametrize(
    ("claim", "rule"),
    [
        (Decide("assign", "go on"), "decision_names_nobody"),
        (Decide("assign", "go on", to="nobody-here"), "no_such_authority"),
        (Decide("park", "later"), "decision_without_date"),
        (Decide("park", "later", until=date(2026, 11, 1)), "date_in_the_past"),
    ],
)
def test_an_unsound_decision_is_refused(claim: Decide, rule: str) -> None:
    assert decide(sitting(FOOD), FOOD, claim).rule == rule


def test_only_the_team_decides_and_each_item_once() -> None:
    assert decide(sitting(FOOD), FOOD, CLEAR, Speaker("authority", frozenset({"tax-chengguan"}))).rule == "team_only"
    assert decide(sitting(FOOD), TAX, CLEAR).rule == "no_such_item"
    assert decide(CALM, FOOD, CLEAR).rule == "no_such_item"
    once = decide(sitting(FOOD), FOOD, CLEAR)
    assert decide(once.county, FOOD, CLEAR).rule == "already_decided"


def test_a_session_does_not_close_without_a_decision_on_each_item() -> None:
    open_one = closed(sitting(FOOD, TAX), id_of("session"), TEAM, HERE)
    assert isinstance(open_one, Refusal)
    assert (open_one.rule, open_one.allowed) == ("items_undecided", "FOOD, TAX")
    after = decide(decide(sitting(FOOD, TAX), FOOD, CLEAR).county, TAX, Decide("cannot_be_removed", "the law")).county
    ended = closed(after, id_of("session"), TEAM, HERE)
    assert not isinstance(ended, Refusal)
    assert ended.county.session is None
    assert ended.told[0].detail["decided"] == 2


def test_what_settled_by_itself_needs_no_decision_and_the_rest_is_carried_over() -> None:
    assert not isinstance(closed(sitting(FOOD), id_of("session"), TEAM, [listed(2)]), Refusal)
    next_week = agenda(sitting(FOOD, TAX), date(2026, 12, 3), HERE, id_of, basis(at(12, 2)))
    assert [heard.what for heard in next_week.told] == ["session-closed", "session-opened"]
    assert next_week.told[0].detail["carried"] == 2


def test_a_new_policy_is_an_open_item_until_a_release_names_its_number() -> None:
    asked = decide(sitting(FOOD), FOOD, Decide("policy", "no rule fits"))
    assert [heard.what for heard in asked.told] == ["item-decided", "policy-wanted"]
    (wanted,) = asked.county.wanted
    assert wanted == Wanted("620102-2026-001", "FOOD", "team-chengguan", at(11, 26))
    assert asked.county.owner == "county_team:620102"
    waits = formed(0, asked.county)
    assert waits.told == ()
    there = basis(at(11, 30))
    plain = directory()
    named = Directory(plain.authorities, plain.obstacles, Times(), plain.stem, (), {wanted.number: "food_waiver"})
    issued = day_ends(waits.county, [], id_of, 8, replace(there, directory=named))
    assert [(heard.what, heard.detail["entity"]) for heard in issued.told] == [("policy-issued", "food_waiver")]
    assert issued.county.wanted == ()


def obstructed(number: int, *obstacles: str, round_number: int = 0) -> referrals.Obstructed:
    seen = summary(DEMANDS[number], remedies=obstacles, round=round_number)
    return referrals.Obstructed(summary=seen, obstacles=list(obstacles))


def a_session() -> tuple[Room, county.SessionOpened]:
    """Two demands whose docking is exhausted by the same obstacle, on Thursday's agenda."""
    room = Room()
    room.hear(obstructed(0, "FOOD_PERMIT", round_number=3))
    room.hear(obstructed(1, "FOOD_PERMIT", round_number=3))
    room.county_time("begin:")
    assert set(room.of_county) == {DAY, SESSION}
    room.county_time(SESSION)
    opened = room.told[-1]
    assert isinstance(opened, county.SessionOpened)
    return room, opened


def team_says(kind: Any, about: UUID, **more: Any) -> Any:
    who = {"partner": "team", "role": "campaign_office", "speaks_for": ["county_team-620102"], "person": "p-1"}
    return kind(**{"demand": about, "case": about, **who, **more})


def test_what_exhausted_its_docking_is_on_the_agenda() -> None:
    _, opened = a_session()
    (item,) = opened.items
    assert (item.obstacle, item.reasons, item.households, item.demands) == ("FOOD_PERMIT", ["exhausted"], 1, 2)
    assert opened.team == "county_team-620102"
    assert {"market_regulation-620102", "tax-620102", "guarantee-620100"} <= set(opened.members)


def test_a_decision_that_changes_the_fact_clears_each_demand_by_a_deadline_of_its_own() -> None:
    room, opened = a_session()
    (item,) = opened.items
    key = county_id(COUNTY)
    decision = room.hear(team_says(actions.ConsultationDecides, item.id, decision="clear", reason="waived"), key=key)
    due = [change for change in decision.deadlines if getattr(change, "kind", "").startswith(RULING)]
    assert {change.subject for change in due} == set(DEMANDS)
    assert not any(isinstance(data, cases.Cleared) for data in room.told), "no other demand is decided in place"
    for demand in DEMANDS:
        kind = RULING + "FOOD_PERMIT"
        del room.deadlines[demand, kind]
        room.hear(EscalationDeadlinePassed(subject=demand, kind=kind, generation=demand, due_at=room.now))
    cleared = [data for data in room.told if isinstance(data, cases.Cleared)]
    assert [data.summary.demand for data in cleared] == list(DEMANDS)
    assert all(data.facts["food_permit"].value is True for data in cleared)
    room.hear(team_says(actions.ConsultationCloses, opened.session), key=key)
    assert isinstance(room.told[-1], county.SessionClosed)


def test_a_refusal_of_the_session_is_told_and_changes_nothing() -> None:
    room, opened = a_session()
    before = room.county()
    answer = room.hear(team_says(actions.ConsultationCloses, opened.session), key=county_id(COUNTY))
    assert answer.outcome == "refused"
    refused = room.told[-1]
    assert isinstance(refused, county.ConsultationRefused)
    assert (refused.rule, refused.about) == ("items_undecided", opened.session)
    assert room.county() == before


def test_the_account_of_a_day() -> None:
    room, _ = a_session()
    room.county_time(DAY)
    account = next(data for data in room.told if isinstance(data, county.ObstacleAccount))
    assert account.blocked_yuan == {"FOOD_PERMIT": 200_000}
    assert account.households == {"FOOD_PERMIT": 1}
    (line,) = account.lines
    assert (line.opened, line.open, line.cleared, line.median_net_days) == (2, 2, 0, None)
    assert DAY in room.of_county, "the next day has its account too"


def test_money_that_came_is_released_where_it_was_cleared() -> None:
    room = Room()
    room.hear(obstructed(0, "FOOD_PERMIT"))
    (row,) = room.rows.values()
    said: dict[str, Any] = {
        "partner": "d",
        "role": "authority",
        "speaks_for": ["market_regulation-620102"],
        "person": "p-1",
    }
    room.hear(actions.AuthorityResolves(demand=DEMANDS[0], case=row.id, evidence="JY-1", facts={}, **said))
    room.hear(referrals.Funded(summary=summary(DEMANDS[0], state="funded", disbursed_yuan=80_000)))
    assert room.rows[row.id].released_yuan == 80_000


def test_silence_does_not_improve_a_median() -> None:
    """Three quick ones and four that are left open: fewer than half have ended, so there is no median to boast of."""
    assert median({1: 3}, {}) == 1
    assert median({1: 3}, {30: 4}) is None
    assert median({1: 3, 30: 1}, {30: 3}) == 30
    assert median({5: 2}, {1: 6}) == 5, "who was called back early says nothing about later days"
    assert median({}, {}) is None


def test_a_line_counts_open_cases_for_as_long_as_they_were_open() -> None:
    old, new = date(2026, 11, 2), date(2026, 11, 23)
    groups = [
        Group("FOOD", "m", "cleared", new, 1, 0, 2, 100, 90),
        Group("FOOD", "m", "signed", old, None, 2, 3, 300),
        Group("FOOD", "m", "guided", None, None, 0, 1, 50),
        Group("TAX", "t", "overdue", old, None, 0, 1, 10),
    ]
    food, tax = lines(groups, at(11, 24, 18), national())
    assert (food.opened, food.open, food.cleared, food.median_net_days) == (5, 4, 2, None)
    assert (food.blocked_yuan, food.released_yuan) == (350, 90)
    assert (tax.overdue, tax.blocked_yuan) == (1, 10)


def test_a_session_is_played_only_where_all_its_cases_are() -> None:
    """One real household among them, and simulated officers leave the whole session to people."""
    for real, played in ((None, True), (0, False)):
        room = Room()
        for number in (0, 1):
            seen = summary(DEMANDS[number], remedies=("FOOD_PERMIT",), round=3, simulated=number != real)
            room.hear(referrals.Obstructed(summary=seen, obstacles=["FOOD_PERMIT"]))
        room.county_time("begin:")
        decision = room.county_time(SESSION)
        assert [emit.simulated for emit in decision.emits] == [played]
