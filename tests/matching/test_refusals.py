"""An illegal claim is answered with the name of the rule, and nothing has changed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from shared.contracts import actions, demands
from tests.matching.room import Room, summary
from tests.matching.words import PLAN, at_one_bank, by, of_household

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
    assert (room.told[-1].rule, room.told[-1].zh) == ("referral_ended", "该推荐已结束：已撤回")
    room.check()


def test_an_offer_outside_the_product_is_refused() -> None:
    room = Room()
    bank, referral = at_one_bank(room)
    room.tell(actions.BankAccepts(**by(bank, referral)))
    huge = PLAN.model_copy(update={"amount_yuan": 900_000_000})
    assert room.tell(actions.BankOffers(**by(bank, referral, plan=huge))) == ["action-refused"]
    assert room.told[-1].rule == "plan_outside_product"
