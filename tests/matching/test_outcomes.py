"""Outcomes as banks know them, claim by claim: what each leads to, and what is refused by name."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.domain.demand import Referral
from shared.contracts import actions, capacity, demands
from tests.matching.room import DEMAND, HOUSEHOLD, RELEASE, Room, facts, summary
from tests.matching.words import PLAN, at_one_bank, by, of_household


def accepted_by_one() -> tuple[Room, str, UUID]:
    room = Room()
    bank, referral = at_one_bank(room)
    room.tell(actions.BankAccepts(**by(bank, referral)))
    return room, bank, referral


def offered_by_one() -> tuple[Room, str, UUID]:
    room, bank, referral = accepted_by_one()
    room.tell(actions.BankOffers(**by(bank, referral, plan=PLAN)))
    return room, bank, referral


def chosen_of_one() -> tuple[Room, str, UUID]:
    room, bank, referral = offered_by_one()
    room.tell(actions.HouseholdChooses(**of_household(referral)))
    return room, bank, referral


def granted_by_one() -> tuple[Room, str, UUID]:
    room, bank, referral = chosen_of_one()
    room.tell(actions.BankGrants(**by(bank, referral, amount_yuan=150_000, rate_bp=345)))
    return room, bank, referral


def draw(bank: str, referral: UUID, amount: int, number: str) -> actions.BankDisburses:
    return actions.BankDisburses(**by(bank, referral, amount_yuan=amount, number=number, on=date(2026, 12, 1)))


def the(room: Room, referral: UUID) -> Referral:
    found = room.demand().referral(referral)
    assert found is not None
    return found


@pytest.mark.parametrize(("outcome", "state", "asks"), [
    ("reached", "contacted", False),
    ("already_customer", "contacted", False),
    ("not_reached", "accepted", False),
    ("wrong_number", "accepted", True),
    ("no_real_demand", "accepted", True),
])  # fmt: skip
def test_how_a_contact_ends(outcome: str, state: str, asks: bool) -> None:
    room, bank, referral = accepted_by_one()
    assert room.tell(actions.BankTriedContact(**by(bank, referral, outcome=outcome))) == ["contacted"]
    assert (the(room, referral).state, the(room, referral).asks_household) == (state, asks)
    assert room.demand().owner == (f"household:{HOUSEHOLD}" if asks else f"bank:{bank}")
    room.check()


def test_a_denied_contact_starts_the_banks_clock_anew() -> None:
    room, bank, referral = accepted_by_one()
    room.tell(actions.BankTriedContact(**by(bank, referral, outcome="no_real_demand")))
    room.tell(actions.HouseholdConfirmsContact(**of_household(referral, contacted=False)))
    assert (the(room, referral).state, the(room, referral).tries) == ("accepted", 0)
    assert the(room, referral).due_at is not None
    assert room.demand().owner == f"bank:{bank}"


def test_who_cannot_be_reached_by_one_bank_stays_with_those_that_did_reach_it() -> None:
    room = Room()
    room.accept()
    deaf, reached, _ = room.demand().live
    for each in (deaf, reached):
        room.tell(actions.BankAccepts(**by(each.bank, each.id)))
    room.tell(actions.BankTriedContact(**by(deaf.bank, deaf.id, outcome="wrong_number")))
    room.tell(actions.BankOffers(**by(reached.bank, reached.id, plan=PLAN)))
    room.tell(actions.BankDeclines(**by(reached.bank, reached.id, code="BANK_DECISION")))
    third = next(each for each in room.demand().live if each.state == "open")
    room.tell(actions.BankAccepts(**by(third.bank, third.id)))
    names: list[str] = []
    while the(room, deaf.id).state == "accepted":
        still = the(room, third.id)
        if still.state == "accepted":
            room.tell(actions.BankTriedContact(**by(third.bank, third.id, outcome="reached")))
        names += room.ring()
    assert the(room, deaf.id).state in ("recalled", "lapsed")
    room.check()


def test_a_wrong_branch_passes_it_on_inside_its_bank_and_the_clock_goes_on() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    before = the(room, referral)
    room.later(hours=2)
    assert room.tell(actions.BankTriedContact(**by(bank, referral, outcome="wrong_branch"))) == ["contacted"]
    after = the(room, referral)
    assert after.unit != before.unit
    assert after.unit in {unit.id for unit in RELEASE.institutions[bank].units}
    assert (after.due_at, after.state) == (before.due_at, "open")
    assert (room.told[-1].from_unit, room.told[-1].unit) == (before.unit, after.unit)
    room.check()


def test_a_wrong_branch_may_name_the_right_one_of_its_own_bank_alone() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    said = by(bank, referral, outcome="wrong_branch")
    units = [unit.id for unit in RELEASE.institutions[bank].units]
    target = next(unit for unit in reversed(units) if unit != the(room, referral).unit)
    other = next(unit.id for name, each in RELEASE.institutions.items() if name != bank for unit in each.units)
    assert room.tell(actions.BankTriedContact(**said, passed_to=other)) == ["action-refused"]
    assert room.told[-1].rule == "unknown_unit"
    assert target in room.told[-1].en
    room.tell(capacity.LimitDeclared(bank=bank, unit=target, version=1, open_limit=0), target)
    assert room.tell(actions.BankTriedContact(**said, passed_to=target)) == ["action-refused"]
    assert room.told[-1].rule == "unit_full"
    room.tell(capacity.LimitDeclared(bank=bank, unit=target, version=2, open_limit=1), target)
    assert room.tell(actions.BankTriedContact(**said, passed_to=target)) == ["contacted"]
    assert the(room, referral).unit == target
    room.check()


@pytest.mark.parametrize(("direction", "bar"), [
    ("collateral", "adjust:collateral"),
    ("tax_grade", "obstacle:TAX_NO_GRADE"),
    ("guarantee", "obstacle:NEED_GUARANTEE"),
    ("debt_ratio", "supply:debt_ratio"),
    ("operating_months", "wait:operating_months"),
])  # fmt: skip
def test_an_insufficient_score_names_its_main_direction_and_that_is_its_remedy(direction: str, bar: str) -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    told = room.tell(actions.BankDeclines(**by(bank, referral, code="SCORE", direction=direction)))
    assert told[0] == "declined"
    declined = next(each for each in room.told if each.TYPE == "org.freshwater.referral.declined.v1")
    assert (declined.direction, declined.final) == (direction, False)
    assert room.demand().barred == {bank: bar}
    room.check()


@pytest.mark.parametrize("direction", [None, "industry", "less"])
def test_a_score_without_a_direction_of_the_list_is_refused_and_the_list_is_told(direction: str | None) -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    assert room.tell(actions.BankDeclines(**by(bank, referral, code="SCORE", direction=direction))) == [
        "action-refused"
    ]
    assert room.told[-1].rule == "direction_needed"
    assert "debt_ratio" in room.told[-1].en
    assert "debt_ratio" in room.told[-1].zh


def test_every_decline_code_leads_somewhere_or_is_final() -> None:
    for code in RELEASE.decline_codes.values():
        room = Room()
        bank, referral = at_one_bank(room)
        direction = code.directions[0] if code.directions else None
        room.tell(actions.BankDeclines(**by(bank, referral, code=code.id, direction=direction)))
        kind = room.demand().barred[bank].partition(":")[0]
        assert kind in {"obstacle", "adjust", "supply", "wait", "final"}, code.id
        assert (kind == "final") == (code.leads_to == "final"), code.id
        room.check()


def test_an_unknown_code_is_refused_and_told_which_there_are() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    assert room.tell(actions.BankDeclines(**by(bank, referral, code="NO"))) == ["action-refused"]
    assert all(code in room.told[-1].en for code in RELEASE.decline_codes)


@pytest.mark.parametrize("hours", [-1, 0])
def test_a_claim_until_its_deadline_is_taken(hours: int) -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    due = the(room, referral).due_at
    assert due is not None
    room.now = due + timedelta(hours=hours)
    assert room.tell(actions.BankAccepts(**by(bank, referral))) == ["accepted"]


def test_a_claim_behind_its_deadline_is_refused_whether_or_not_the_lapse_was_taken_first() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    due = the(room, referral).due_at
    assert due is not None
    room.now = due + timedelta(seconds=1)
    before = dict(room.world.states)
    assert room.tell(actions.BankAccepts(**by(bank, referral))) == ["action-refused"]
    assert room.told[-1].rule == "clock_ran_out"
    assert room.world.states == before
    room.ring_all_due()
    assert the(room, referral).state == "lapsed"
    assert room.tell(actions.BankAccepts(**by(bank, referral))) == ["action-refused"]
    assert room.told[-1].rule == "referral_ended"
    room.check()


def test_a_products_own_clocks_go_before_the_campaigns() -> None:
    own = {product.id: product.clocks for product in RELEASE.products.values() if product.clocks}
    assert own
    room = Room()
    rich = facts(purpose="equipment", discharge_registration=True, fire_check=True, operating_months=60)
    room.accept(named_bank="tianquan", purpose="equipment", facts=rich)
    first = room.demand().live[0]
    others = [each for each in room.demand().live if each.product not in own]
    assert first.product == "tianquan-green"
    assert others
    assert first.due_at is not None
    assert all(each.due_at < first.due_at for each in others if each.due_at)


@pytest.mark.parametrize(("plan", "rule"), [
    ({"amount_yuan": 1}, "plan_outside_product"),
    ({"amount_yuan": 900_000_000}, "plan_outside_product"),
    ({"term_months": 600}, "plan_outside_product"),
    ({"subsidies": ["no_such_policy"]}, "unknown_policy"),
])  # fmt: skip
def test_an_offer_outside_its_product_is_refused(plan: dict[str, Any], rule: str) -> None:
    room, bank, referral = accepted_by_one()
    assert room.tell(actions.BankOffers(**by(bank, referral, plan=PLAN.model_copy(update=plan)))) == ["action-refused"]
    assert room.told[-1].rule == rule


@pytest.mark.parametrize("worse", [{"amount_yuan": 149_999}, {"rate_bp": 346}])
def test_a_grant_is_never_worse_than_the_offer_that_was_chosen(worse: dict[str, int]) -> None:
    room, bank, referral = chosen_of_one()
    terms = {"amount_yuan": 150_000, "rate_bp": 345, **worse}
    assert room.tell(actions.BankGrants(**by(bank, referral, **terms))) == ["action-refused"]
    assert room.told[-1].rule == "above_offer"


def test_a_revolving_line_is_drawn_again_and_again_but_never_beyond_it_at_once() -> None:
    room, bank, referral = granted_by_one()
    assert room.tell(draw(bank, referral, 150_001, "1")) == ["action-refused"]
    assert room.told[-1].rule == "above_grant"
    assert room.tell(draw(bank, referral, 100_000, "1")) == ["disbursed", "funded"]
    assert room.tell(draw(bank, referral, 150_000, "2")) == ["disbursed"]
    assert room.tell(draw(bank, referral, 150_000, "2")) == ["action-refused"]
    assert room.demand().disbursed_yuan == 250_000
    room.check()


def test_the_banks_that_lost_are_asked_again_once_the_household_leaves_the_one_that_it_chose() -> None:
    room = Room()
    room.accept()
    first, second, third = room.demand().live
    for each in (first, second):
        room.tell(actions.BankAccepts(**by(each.bank, each.id)))
        room.tell(actions.BankOffers(**by(each.bank, each.id, plan=PLAN)))
    assert room.tell(actions.HouseholdChooses(**of_household(first.id))) == ["not-chosen", "recalled", "chosen"]
    assert room.tell(actions.HouseholdSwitches(**of_household(first.id))) == ["switched", "round-opened"]
    asked = {each.bank for each in room.demand().live}
    assert {second.bank, third.bank} <= asked
    assert first.bank not in asked
    room.check()


def test_a_policy_is_applied_for_granted_and_paid_in_this_order() -> None:
    room, _, referral = granted_by_one()
    product = RELEASE.products[the(room, referral).product]
    policy = product.policies[0]
    steps = ["granted", "applied", "applied", "paid", "granted", "paid", "paid", "applied"]
    told = [
        room.tell(actions.PolicyStep(**of_household(referral, policy=policy, step=step, amount_yuan=100)))[0]
        for step in steps
    ]
    taken = [step for step, name in zip(steps, told, strict=True) if name == "policy-moved"]
    assert taken == ["applied", "granted", "paid", "paid"]
    assert {each.rule for each in room.told if hasattr(each, "rule")} == {"policy_order"}


def test_an_offer_that_nobody_answers_is_reminded_twice_and_put_to_rest_and_one_tap_revives() -> None:
    room, _, _ = offered_by_one()
    assert [room.ring(), room.ring(), room.ring()] == [["reminded"], ["reminded"], ["recalled", "dormant"]]
    room.check()
    excluded = list(room.demand().excluded_banks)
    assert room.tell(demands.Revived(summary=summary(excluded_banks=excluded))) == ["round-opened"]
    assert room.demand().id == DEMAND
    room.check()
