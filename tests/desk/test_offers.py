"""What the desk offers of a case is what escalation's own table takes of it, and all that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import get_args

import pytest

from services.desk.domain.acts import AUTHORITY, BANK, of_case, of_referral
from services.escalation.domain import claims
from services.escalation.domain.case import Case
from services.escalation.domain.claims import Claim
from services.escalation.domain.legality import judge
from services.escalation.domain.refusals import Refusal
from shared.contracts import values
from tests.escalation.places import ANYBODY, START, basis, begun, said

DAY = date(2026, 11, 26)
LATER = START + timedelta(minutes=5)
CLAIMS: Mapping[str, Claim] = {
    "authority-signs": claims.Sign(),
    "authority-plans": claims.Plan(DAY),
    "authority-resolves": claims.Resolve("JY-1", {}, "number"),
    "authority-asks-household": claims.AskHousehold("租赁合同"),
    "authority-asks-extension": claims.AskExtension(date(2027, 3, 1), "等现场"),
    "authority-parks": claims.Park(DAY, "等规划"),
    "authority-transfers": claims.Transfer("market_regulation-620103", "不属本单位"),
    "authority-refuses": claims.Refuse("依法不可", True),
}
OF_STAGE = {
    "already_signed", "sign_first", "already_parked", "household_is_asked", "household_asked_once", "too_late_to_ask",
    "extension_only_once",
}  # fmt: skip
"""The rules that look at how far a case has come; the others look at what the claim says."""


def _cases() -> Iterator[Case]:
    """A case at every stage that is an authority's, in time and overdue, with and without its one question asked."""
    opened = begun()
    signed = said(opened, claims.Sign(), LATER)
    planned = said(signed, claims.Plan(DAY), LATER)
    parked, waiting = said(signed, CLAIMS["authority-parks"], LATER), said(planned, claims.AskHousehold("合同"), LATER)
    for case in (opened, signed, planned, parked, waiting):
        yield case
        yield replace(case, extension_asked=True, asked_household=True)
        if case.stage != "waiting" and case.clock:
            yield replace(case, clock=replace(case.clock, overdue=True))


def _told(case: Case) -> tuple[str, str | None, bool, bool]:
    state = "overdue" if case.overdue else case.stage
    return state, case.stage if case.overdue else None, case.extension_asked, case.asked_household


@pytest.mark.parametrize("case", list(_cases()), ids=lambda case: "-".join(str(each) for each in _told(case)))
def test_a_case_offers_what_is_taken_of_it_and_nothing_else(case: Case) -> None:
    offered = of_case(*_told(case))
    assert set(offered) <= set(CLAIMS)
    for act, claim in CLAIMS.items():
        answer = judge(case, claim, ANYBODY, basis(LATER))
        refused = isinstance(answer, Refusal) and answer.rule in OF_STAGE
        assert refused != (act in offered), (act, answer)


def test_an_older_summary_that_does_not_say_how_far_it_has_come_offers_what_is_always_taken() -> None:
    assert of_case("overdue", None, False, False) == AUTHORITY["overdue"]


def test_a_bank_whose_time_is_over_is_offered_nothing() -> None:
    for state, offers in BANK.items():
        assert of_referral(state, None, LATER) == of_referral(state, LATER, LATER) == offers
        assert of_referral(state, START, LATER) == ()
    assert of_referral("lapsed", None, LATER) == ()


def test_every_stage_that_may_be_overdue_is_known_here() -> None:
    (stages,) = (each for each in get_args(values.Case.model_fields["reached"].annotation) if each is not type(None))
    assert set(get_args(stages)) == set(AUTHORITY) - {"waiting", "overdue"}
