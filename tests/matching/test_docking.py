"""The path of one demand, step by step: what is told, whose turn it is, what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from shared.contracts import actions, cases, demands, households, values
from tests.matching.room import CONSENT, DEMAND, HOUSEHOLD, RELEASE, SOUND, START, SUBMITTER, Room, facts, summary

PLAN = values.Plan(amount_yuan=150_000, term_months=12, rate_bp=345)


def by(bank: str, referral: UUID, **more: Any) -> dict[str, Any]:
    return {
        "demand": DEMAND, "partner": bank, "role": "bank", "speaks_for": [bank], "referral": referral, **more,
    }  # fmt: skip


def of_household(referral: UUID, **more: Any) -> dict[str, Any]:
    return {"demand": DEMAND, "partner": "platform", "role": "portal", "referral": referral, **more}


def a_case(obstacle: str, **more: Any) -> dict[str, Any]:
    about = cases.CaseSummary(demand=DEMAND, household=HOUSEHOLD, submitter=SUBMITTER, county="620102")
    return {
        "summary": about, "case": UUID(int=9), "obstacle": obstacle, "authority": "market-620102", **more,
    }  # fmt: skip


def at_one_bank(room: Room) -> tuple[str, UUID]:
    """Only one bank is left to ask."""
    room.accept(excluded_banks=["beichen", "qiming", "tianxuan", "shenxiu", "jingxiu", "xinxiu"])
    (referral,) = room.demand().live
    return referral.bank, referral.id


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
    asked = by(bank, referral, code="AMOUNT", direction="smaller")
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


def test_a_bank_outside_the_consent_is_asked_about_first() -> None:
    room = Room()
    assert room.accept(excluded_banks=["beichen", "qiming", "tianxuan", "shenxiu", "jingxiu", "niulang"]) == [
        "consent-requested"
    ]
    demand = room.demand()
    assert (demand.label, demand.asked) == ("consent_wanted", ("xinxiu", "xinxiu-quick"))
    more = CONSENT.model_copy(update={"added_banks": ["xinxiu"], "given_at": START.replace(hour=3)})
    about = households.HouseholdSummary(household=HOUSEHOLD, consent=more, bank_limit=3, demands=[DEMAND])
    assert room.tell(households.ConsentGiven(summary=about, banks=["xinxiu"])) == []
    assert room.ring("re-evaluate") == ["round-opened"]
    assert [each.bank for each in room.demand().live] == ["xinxiu"]
    room.check()


def test_no_answer_about_a_bank_leaves_that_bank_out() -> None:
    room = Room()
    room.accept(excluded_banks=["beichen", "qiming", "tianxuan", "shenxiu", "jingxiu", "niulang"])
    assert room.ring() == ["reminded"]
    told = room.ring()
    assert told
    assert told != ["reminded"]
    assert room.demand().barred == {"xinxiu": "household"}
    room.check()


def test_the_named_bank_goes_first_and_the_excluded_one_never() -> None:
    room = Room()
    room.accept(named_bank="jingxiu", excluded_banks=["beichen"])
    banks = [each.bank for each in room.demand().live]
    assert banks[0] == "jingxiu"
    assert "beichen" not in banks


def test_a_named_bank_outside_the_consent_is_asked_about_at_once() -> None:
    room = Room()
    assert room.accept(named_bank="xinxiu") == ["consent-requested"]


def test_the_limit_holds_over_all_demands_of_a_household() -> None:
    room = Room()
    room.accept()
    assert room.accept(2, purpose="equipment") == ["round-opened"]
    assert len(room.household.seeing) <= 3
    seeing = dict(room.household.seeing)
    assert room.accept(3, excluded_banks=sorted(seeing)) == ["standing"]
    assert room.household.waiting == (room.demand(3).id,)
    room.tell(demands.Withdrawn(summary=summary(1), reason="no longer"))
    room.tell(demands.Withdrawn(summary=summary(2), reason="no longer"))
    assert room.ring("re-evaluate") == ["round-opened"]
    room.check()


def test_revoked_consent_takes_the_demand_back_from_every_bank() -> None:
    room = Room()
    room.accept()
    gone = households.HouseholdSummary(household=HOUSEHOLD, consent=None, bank_limit=3, demands=[DEMAND])
    room.tell(households.ConsentRevoked(summary=gone))
    assert room.ring("re-evaluate") == ["recalled", "recalled", "recalled", "dormant"]
    assert room.told[-2].reason == "consent_revoked"
    room.check()
    later = CONSENT.model_copy(update={"given_at": START.replace(hour=5)})
    back = households.HouseholdSummary(household=HOUSEHOLD, consent=later, bank_limit=3, demands=[DEMAND])
    room.tell(households.ConsentGiven(summary=back))
    assert room.ring("re-evaluate") == ["round-opened"]


def test_erased_means_closed_and_forgotten() -> None:
    room = Room()
    room.accept()
    gone = households.HouseholdSummary(household=HOUSEHOLD, consent=None, erased=True)
    room.tell(households.Erased(summary=gone))
    assert room.ring("re-evaluate")[-1] == "closed"
    assert room.demand().facts == {}
    room.check()


def test_two_reminders_then_peace_and_one_tap_revives() -> None:
    room = Room()
    room.accept(facts={}, amount_yuan=None, term_months=None)
    assert [room.ring(), room.ring(), room.ring()] == [["reminded"], ["reminded"], ["dormant"]]
    room.check()
    assert room.tell(demands.Revived(summary=summary())) == ["round-opened"]
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


def test_a_service_is_in_the_campaign_offices_hands() -> None:
    room = Room()
    assert room.accept(kind="service") == ["standing"]
    assert room.demand().owner == "campaign_office:service-month-2026"


def test_what_nobody_can_help_is_closed_and_said() -> None:
    room = Room()
    assert room.accept(facts=facts(present_lender="other"), kind="renewal") == ["closed"]
    assert room.told[-1].reason == "no_remedy"
    room.check()


ILLEGAL = [
    ("not_your_referral", lambda r: actions.BankAccepts(**{**by(r.bank, r.id), "speaks_for": ["other"]})),
    ("no_such_referral", lambda r: actions.BankAccepts(**by(r.bank, UUID(int=3)))),
    ("accept_first", lambda r: actions.BankOffers(**by(r.bank, r.id, plan=PLAN))),
    ("accept_first", lambda r: actions.BankTriedContact(**by(r.bank, r.id, outcome="reached"))),
    ("unknown_decline_code", lambda r: actions.BankDeclines(**by(r.bank, r.id, code="SO_SO"))),
    ("direction_needed", lambda r: actions.BankDeclines(**by(r.bank, r.id, code="AMOUNT"))),
    ("offer_first", lambda r: actions.BankGrants(**by(r.bank, r.id, amount_yuan=1, rate_bp=1))),
    (
        "grant_first",
        lambda r: actions.BankDisburses(**by(r.bank, r.id, amount_yuan=1, number="1", on=date(2026, 12, 1))),
    ),
    ("not_offered", lambda r: actions.HouseholdChooses(**of_household(r.id))),
    ("nothing_to_confirm", lambda r: actions.HouseholdConfirmsContact(**of_household(r.id, contacted=True))),
    ("offer_first", lambda r: actions.PolicyStep(**of_household(r.id, policy="relending_small", step="applied"))),
]


@pytest.mark.parametrize(("rule", "claim"), ILLEGAL, ids=[rule for rule, _ in ILLEGAL])
def test_an_illegal_claim_is_refused_by_name_and_changes_nothing(rule: str, claim: Any) -> None:
    room = Room()
    room.accept()
    before, deadlines = dict(room.world.states), dict(room.deadlines)
    revisions = dict(room.world.revisions)
    assert room.tell(claim(room.demand().live[0])) == ["action-refused"]
    assert room.told[-1].rule == rule
    assert room.told[-1].zh
    assert room.told[-1].en
    assert (room.world.states, room.world.revisions, room.deadlines) == (before, revisions, deadlines)
    assert room.last.outcome == "refused"


def test_claims_behind_their_moment_are_refused() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    room.tell(actions.BankAccepts(**by(bank, referral)))
    assert room.tell(actions.BankAccepts(**by(bank, referral))) == ["action-refused"]
    assert room.told[-1].rule == "already_accepted"
    room.tell(actions.BankOffers(**by(bank, referral, plan=PLAN)))
    assert room.tell(actions.BankOffers(**by(bank, referral, plan=PLAN))) == ["action-refused"]
    assert room.told[-1].rule == "already_offered"
    room.tell(actions.HouseholdChooses(**of_household(referral)))
    dearer = by(bank, referral, amount_yuan=150_000, rate_bp=PLAN.rate_bp + 1)
    assert room.tell(actions.BankGrants(**dearer)) == ["action-refused"]
    assert room.told[-1].rule == "above_offer"
    room.tell(demands.Withdrawn(summary=summary(), reason="no longer"))
    assert room.tell(actions.BankGrants(**by(bank, referral, amount_yuan=1, rate_bp=1))) == ["action-refused"]
    assert room.told[-1].rule == "referral_ended"
    room.check()


def test_an_offer_outside_the_product_is_refused() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    room.tell(actions.BankAccepts(**by(bank, referral)))
    huge = PLAN.model_copy(update={"amount_yuan": 900_000_000})
    assert room.tell(actions.BankOffers(**by(bank, referral, plan=huge))) == ["action-refused"]
    assert room.told[-1].rule == "plan_outside_product"
