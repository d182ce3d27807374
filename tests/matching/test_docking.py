"""The path of one demand, step by step: what is told, and whose turn it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.matching.domain.eligibility import Snapshot
from services.matching.domain.facts import ON_OFFER
from services.matching.domain.rules import Criterion
from services.matching.handlers import Matching
from shared.contracts import actions, cases, demands, values
from shared.workdays import national
from tests.matching.room import DEMAND, HOUSEHOLD, RELEASE, SNAPSHOT, SOUND, TODAY, OneRelease, Room, facts, summary
from tests.matching.words import PLAN, a_case, at_one_bank, by, of_household


def test_a_sound_demand_is_at_three_banks_at_once() -> None:
    room = Room()
    assert room.accept() == ["round-opened"]
    demand = room.demand()
    assert demand.label == "referred"
    assert [each.cost_bp for each in demand.live] == sorted(each.cost_bp for each in demand.live)
    assert len({each.bank for each in demand.live}) == 3
    assert demand.owner in {f"bank:{each.bank}" for each in demand.live}
    assert room.household.demands == (DEMAND,)
    room.check()


def test_the_whole_way_to_the_money() -> None:
    room = Room()
    room.accept()
    first, second, third = room.demand().live
    assert room.tell(actions.BankAccepts(**by(first.bank, first.id))) == ["accepted"]
    assert room.tell(actions.BankTriedContact(**by(first.bank, first.id, outcome="reached"))) == ["contacted"]
    assert room.tell(actions.BankOffers(**by(first.bank, first.id, plan=PLAN))) == ["offered"]
    assert room.demand().owner == f"household:{HOUSEHOLD}"
    assert room.tell(actions.HouseholdChooses(**of_household(first.id))) == ["recalled", "recalled", "chosen"]
    assert {each.bank for each in room.demand().live} == {first.bank}
    assert room.tell(actions.BankGrants(**by(first.bank, first.id, amount_yuan=150_000, rate_bp=345))) == ["granted"]
    draw = by(first.bank, first.id, amount_yuan=150_000, number="L1", on=date(2026, 12, 1))
    assert room.tell(actions.BankDisburses(**draw)) == ["disbursed", "funded"]
    assert (room.demand().label, room.demand().disbursed_yuan) == ("funded", 150_000)
    assert room.tell(actions.BankDisburses(**draw)) == ["action-refused"]
    assert room.tell(actions.BankDisburses(**{**draw, "number": "L2"})) == ["disbursed"]
    assert room.demand().disbursed_yuan == 300_000
    assert room.household.demands == ()
    assert {second.bank, third.bank}.isdisjoint(room.household.seeing)
    room.check()


def test_silence_is_reminded_and_then_the_next_bank_is_asked() -> None:
    room = Room()
    room.accept()
    first_round = {each.bank for each in room.demand().live}
    assert room.ring() == ["near-due"] * 3
    assert room.ring() == ["near-due"] * 3
    assert room.ring() == ["lapsed"] * 3 + ["round-opened"]
    second_round = {each.bank for each in room.demand().live}
    assert second_round
    assert not first_round & second_round
    assert room.demand().round == 2
    room.check()


def test_after_the_last_round_the_office_has_it_and_a_review_begins_anew() -> None:
    room = Room()
    left = {"beichen", "qiming", "tianxuan", "jingxiu", "shenxiu"}
    room.accept(excluded_banks=sorted(set(RELEASE.institutions) - left))
    while room.demand().label == "referred":
        room.ring()
    assert room.demand().round == 2, "five banks in two rounds, and none is asked twice"
    assert room.demand().label == "standing"
    assert set(room.demand().barred.values()) == {"lapsed"}
    assert room.demand().owner == "campaign_office:service-month-2026"
    assert room.ring() == ["round-opened"]
    room.check()


def test_a_decline_with_a_code_waits_for_just_that() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    assert room.tell(actions.BankDeclines(**by(bank, referral, code="FIRE")))[:2] == ["declined", "obstructed"]
    demand = room.demand()
    assert demand.barred == {bank: "obstacle:FIRE_CHECK"}
    assert demand.obstacles == ("FIRE_CHECK",)
    told = room.tell(cases.Cleared(**a_case("FIRE_CHECK", facts={}, evidence="record 5")))
    assert told == ["round-opened"]
    assert {each.bank for each in room.demand().live} == {bank}
    room.check()


def test_a_final_decline_is_final_for_that_bank() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    room.tell(actions.BankDeclines(**by(bank, referral, code="BANK_DECISION")))
    demand = room.demand()
    assert demand.barred == {bank: "final"}
    room.tell(demands.FactsSupplied(summary=summary(facts=facts(operating_months=40)), changed=["operating_months"]))
    assert bank not in {each.bank for each in room.demand().live}
    room.check()


def test_a_decline_may_wait_for_another_amount() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    asked = by(bank, referral, code="AMOUNT", direction="less")
    assert room.tell(actions.BankDeclines(**asked)) == ["declined", "obstructed"]
    assert ("adjust", "amount_yuan") in {(each.steps[0].kind, each.steps[0].fact) for each in room.demand().remedies}
    assert room.demand().owner == f"household:{HOUSEHOLD}"
    smaller = summary(amount_yuan=100_000, excluded_banks=list(room.demand().excluded_banks))
    assert room.tell(demands.Adjusted(summary=smaller, changed=["amount_yuan"])) == ["round-opened"]
    assert {each.bank for each in room.demand().live} == {bank}
    room.check()


def test_an_obstacle_cleared_brings_the_demand_to_banks() -> None:
    room = Room()
    assert room.accept(facts=facts(licence_state="expired")) == ["obstructed"]
    demand = room.demand()
    assert demand.obstacles == ("LIC_EXPIRED",)
    assert demand.remedies[0].steps[0].target == "valid"
    assert demand.owner == "authority:market_regulation"
    room.tell(cases.Opened(**a_case("LIC_EXPIRED", reason="authority_acts")))
    assert room.demand().owner == "authority:market-620102"
    valid = values.Fact(value="valid", source="market-620102", as_of=date(2026, 11, 25), assurance="register")
    cleared = cases.Cleared(**a_case("LIC_EXPIRED", facts={"licence_state": valid}, evidence="licence 7"))
    assert room.tell(cleared) == ["round-opened"]
    room.check()


def test_what_the_office_cleared_holds_against_its_own_older_word() -> None:
    room = Room()
    room.accept(facts=facts("register", annual_report_filed=True, licence_state="expired"))
    valid = values.Fact(value="valid", source="market-620102", as_of=date(2026, 11, 25), assurance="partner")
    room.tell(cases.Cleared(**a_case("LIC_EXPIRED", facts={"licence_state": valid}, evidence="licence 7")))
    assert room.demand().label == "referred"
    # The gate repeats what it knew; only what changed is news.
    again = summary(facts=facts("register", licence_state="expired", debt_ratio=41))
    room.tell(demands.FactsSupplied(summary=again, changed=["debt_ratio"]))
    assert room.demand().facts["licence_state"].value == "valid"
    assert room.demand().facts["debt_ratio"].value == 41
    room.check()


def test_a_refused_case_ends_its_remedy_and_the_household_hears_what_stays() -> None:
    room = Room()
    room.accept(facts=facts(licence_state="expired"))
    told = room.tell(cases.Refused(**a_case("LIC_EXPIRED", reason="nobody can")))
    assert len(told) == 1
    assert "LIC_EXPIRED" not in room.demand().obstacles
    assert all(step.obstacle != "LIC_EXPIRED" for each in room.demand().remedies for step in each.steps)
    room.check()


def test_missing_facts_are_asked_for_and_their_answer_opens_banks() -> None:
    room = Room()
    assert room.accept(facts={}, amount_yuan=None, term_months=None) == ["facts-requested"]
    asked = room.told[-1].facts
    assert {"amount_yuan", "term_months", "operating_months"} <= set(asked)
    assert room.demand().label == "obstructed"
    assert room.tell(demands.FactsSupplied(summary=summary(), changed=sorted(SOUND))) == ["round-opened"]
    room.check()


def test_time_alone_can_open_a_product() -> None:
    room = Room()
    young: dict[str, Any] = {"operating_months": 2, "flow_months": None, "monthly_flow_yuan": None}
    assert room.accept(facts=facts(**young)) != ["round-opened"]
    room.accept(2, facts=facts(**young, guarantee="none", collateral=["none"], special_groups=["none"]))
    demand = room.demand(2)
    waits = [step for each in demand.remedies for step in each.steps if step.kind == "wait"]
    assert waits
    assert waits[0].on == date(2026, 12, 24)
    while room.demand(2).label not in ("referred", "dormant", "closed"):
        room.ring()
    assert room.demand(2).label == "referred"


def test_a_wait_comes_due_by_itself_while_an_office_is_at_work() -> None:
    """The office has weeks, and a product opens in four days: its bank has the demand on that morning."""
    soon = TODAY + timedelta(days=4)
    window = Criterion(ON_OFFER, "at_least", soon.toordinal())
    rules = SNAPSHOT.rules
    products = tuple(
        replace(each, criteria=(*each.criteria, window)) if each.id == "jingxiu-stall" else each
        for each in rules.products
    )
    snapshot = Snapshot(replace(rules, products=products))
    room = Room(service=Matching(OneRelease(snapshot), national().add_workdays))
    room.accept(facts=facts(licence_state="expired"), amount_yuan=90_000)
    assert (room.demand().owner or "").startswith("authority:")
    room.ring("wait")
    assert room.now == datetime.combine(soon, time(1), UTC), "nine o'clock in China"
    assert room.demand().label in ("referred", "consent_wanted")
    assert not any(kind == "wait" for _, _, kind in room.deadlines)
    room.check()


def test_two_reminders_then_peace_and_one_tap_revives() -> None:
    room = Room()
    room.accept(facts={}, amount_yuan=None, term_months=None)
    assert [room.ring(), room.ring(), room.ring()] == [["reminded"], ["reminded"], ["dormant"]]
    room.check()
    assert room.tell(demands.Revived(summary=summary())) == ["round-opened"]
    room.check()


def test_a_wait_among_the_remedies_that_grows_shorter_is_no_news() -> None:
    """The household that does not answer is reminded and left in peace, also where time is one of its other ways."""
    room = Room()
    room.accept(facts=facts(operating_months=5, licence_state=None))
    waits = [step.days for each in room.demand().remedies for step in each.steps if step.kind == "wait"]
    assert waits
    assert [room.ring(), room.ring(), room.ring()] == [["reminded"], ["reminded"], ["dormant"]]
    room.check()


def test_three_vain_attempts_go_to_the_household_and_its_word_counts() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    room.tell(actions.BankAccepts(**by(bank, referral)))
    for _ in range(3):
        room.tell(actions.BankTriedContact(**by(bank, referral, outcome="not_reached")))
    assert room.demand().owner == f"household:{HOUSEHOLD}"
    assert room.demand().live[0].due_at is None, "a clock stops while we wait for the household"
    room.check()
    assert room.tell(actions.HouseholdConfirmsContact(**of_household(referral, contacted=True))) == ["contacted"]
    assert room.demand().live[0].state == "contacted"
    assert room.demand().owner == f"bank:{bank}"
    room.check()


def test_switching_goes_to_other_banks() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    room.tell(actions.BankAccepts(**by(bank, referral)))
    assert room.tell(actions.HouseholdSwitches(**of_household(referral)))[0] == "switched"
    assert room.demand().barred == {bank: "household"}
    room.check()


def test_a_service_goes_to_the_named_bank_or_to_the_payments_desk() -> None:
    desk, named, nobody = Room(), Room(), Room()
    desk.accept(kind="service", amount_yuan=None)
    named.accept(kind="service", amount_yuan=None, named_bank="zhinu")
    assert [each.bank for each in desk.demand().referrals] == ["niulang"]
    assert [each.bank for each in named.demand().referrals] == ["zhinu"]
    no_licence = facts(licence_state=None)
    assert nobody.accept(
        kind="service", amount_yuan=None, facts=no_licence, excluded_banks=list(RELEASE.institutions)
    ) == ["standing"]
    assert nobody.demand().owner == "campaign_office:service-month-2026"


def test_a_renewal_goes_to_the_present_lender_alone_and_first() -> None:
    room = Room()
    known = facts(present_lender="tianshu", overdue_run_24m=0, operating_months=40)
    assert room.accept(kind="renewal", facts=known, named_bank="niulang") == ["round-opened"]
    (referral,) = room.demand().referrals
    assert referral.bank == "tianshu"
    declined = actions.BankDeclines(code="INDUSTRY_POLICY", **by("tianshu", referral.id))
    assert room.tell(declined) == ["declined", "round-opened"]
    assert {each.bank for each in room.demand().live} <= {"niulang", "xinxiu"}
    room.check()


def test_what_nobody_can_help_is_closed_and_said() -> None:
    room = Room()
    assert room.accept(facts=facts(present_lender="none"), kind="renewal") == ["closed"]
    assert room.told[-1].reason == "no_remedy"
    room.check()
