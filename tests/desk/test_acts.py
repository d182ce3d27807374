"""An act goes to the gate with its officer, shows as sent until the owning context has answered, and never lies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.desk.domain.acts import AUTHORITY as OFFERED_CASES
from services.desk.domain.acts import BANK as OFFERED_REFERRALS
from services.desk.domain.acts import QUESTIONS
from services.desk.domain.answers import Answer
from services.desk.store.sent import Act
from services.desk.web.inbox import acting
from services.desk.web.inbox.forms import CONSULTATION, DETAILS
from shared.contracts import actions, cases, demands, referrals
from shared.contracts.door import ClaimMade
from shared.contracts.envelope import Data
from shared.contracts.values import Problem
from tests.desk.stories import AUTHORITY, BANKS, Story
from tests.desk.visitors import Doorstep

CLAIMS: dict[str, type[Data]] = {claim.TYPE.split(".")[3]: claim for claim in actions.EVENTS}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has not come at once is shown as sent, without the two seconds."""
    monkeypatch.setattr(acting, "WAIT_SECONDS", 0.0)


def soon(event: Any) -> Any:
    """The same event, happening now."""
    return event.model_copy(update={"time": datetime.now(UTC)})


def answering(doorstep: Doorstep, story: Story, claim: type[Data], tell: Callable[[Any], Any]) -> Any:
    """What the gate and the owning context do with an act: the claim, and the event that answers it."""

    async def then(act: Act) -> None:
        about = {"case": act.about} if issubclass(claim, actions.CaseClaim) else {"referral": act.about}
        details = doorstep.gate.sent[-1][3]
        said = soon(story.claimed(claim, f"bank:desk:{act.account}", trace=act.id, **about, **details))
        await doorstep.happen([said, soon(tell(said.id))])

    return then


async def test_accepting_is_one_click_and_shows_the_banks_answer(doorstep: Doorstep) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.opened([0])])
    doorstep.gate.then = answering(
        doorstep, story, actions.BankAccepts, lambda c: story.moved(0, referrals.Accepted, "accepted", cause=c)
    )
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        assert "Accept" in (await visitor.get("/bank")).text
        page = (await visitor.press(f"/bank/{story.referral(0)}/bank-accepts")).text
    act, officer, about, details = doorstep.gate.sent[0]
    assert (act.action, act.about, act.demand, about, details) == (
        "bank-accepts",
        story.referral(0),
        story.demand,
        "referral",
        {},
    )
    assert (officer.account, officer.role, officer.subject) == (visitor.account, "bank", BANKS[0])
    assert "Done: Accept" in page
    assert "notice-taken" in page
    assert await doorstep.connection.fetchval("SELECT outcome FROM sent") == "taken"


async def test_what_is_past_its_time_says_so_and_offers_nothing(doorstep: Doorstep) -> None:
    story = Story(23)
    opened = story.opened([0])
    late = {"due_at": datetime.now(UTC) - timedelta(minutes=1)}
    told = opened.data.summary.referrals
    told[0] = told[0].model_copy(update=late)
    await doorstep.happen([story.demanded(), opened])
    async with doorstep.officer("bank", BANKS[0], leads=True) as visitor:
        page = (await visitor.get("/bank")).text
        assert "Its time is over" in page
        assert f"/bank/{story.referral(0)}/" not in page
        assert "late on this page" in page


async def test_an_overdue_case_that_was_signed_is_not_to_be_signed_again(doorstep: Doorstep) -> None:
    late, fresh = Story(21), Story(22)
    for story, reached in ((late, "signed"), (fresh, "opened")):
        overdue = story.cased(cases.Overdue, "overdue", reached=reached, unit=None, stage="plan", breaches=1)
        await doorstep.happen([story.demanded(), overdue])
    async with doorstep.officer("authority", AUTHORITY) as officer:
        page = (await officer.get("/authority")).text
    assert f"/authority/{late.case()}/authority-plans" in page
    assert f"/authority/{late.case()}/authority-signs" not in page
    assert f"/authority/{fresh.case()}/authority-signs" in page


async def test_the_tabs_count_what_the_list_shows(doorstep: Doorstep) -> None:
    """Two open ones at one branch: a clerk of another has none, and so has who looks after nothing."""
    stories = [Story(23), Story(24)]
    await doorstep.happen([event for story in stories for event in (story.demanded(), story.opened([0]))])
    here, elsewhere = f"{BANKS[0]}-620102", f"{BANKS[0]}-620103"

    async def counted(path: str, units: tuple[str, ...] = ()) -> str:
        async with doorstep.officer("bank", BANKS[0], units=units) as clerk:
            page = (await clerk.get(path)).text
        (found,) = re.findall(r"To be accepted <b>(\d+)</b>", page)
        return str(found)

    assert [await counted("/bank"), await counted("/bank", (here,)), await counted("/bank", (elsewhere,))] == list(
        "220"
    )
    assert [await counted("/bank?unit=all", (elsewhere,)), await counted("/bank?mine=1")] == list("20")


async def test_what_nobody_has_answered_yet_is_sent_and_becomes_done(doorstep: Doorstep) -> None:
    story = Story(2)
    await doorstep.happen([story.demanded(), story.opened([0])])
    async with doorstep.officer("bank", BANKS[0]) as visitor, doorstep.officer("bank", BANKS[0]) as colleague:
        page = (await visitor.press(f"/bank/{story.referral(0)}/bank-accepts")).text
        assert "notice-sent" in page
        assert "Sent: Accept" in (await colleague.get("/bank")).text
        tell = answering(
            doorstep, story, actions.BankAccepts, lambda c: story.moved(0, referrals.Accepted, "accepted", cause=c)
        )
        await tell(doorstep.gate.sent[0][0])
        assert "Done: Accept" in (await visitor.get("/bank")).text


async def test_only_its_own_claim_answers_an_act(doorstep: Doorstep) -> None:
    """Not another's, and not the same officer's earlier one about the same referral: that one is answered already."""
    story = Story(3)
    await doorstep.happen([story.demanded(), story.opened([0])])
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        other = soon(story.claimed(actions.BankAccepts, f"bank:desk:{visitor.account}", referral=story.referral(0)))
        await doorstep.happen([other, soon(story.moved(0, referrals.Accepted, "accepted", cause=other.id))])
        page = (await visitor.press(f"/bank/{story.referral(0)}/bank-accepts")).text
        assert "Sent: Accept" in page
        await answering(doorstep, story, actions.BankAccepts, story.refused)(doorstep.gate.sent[0][0])
        assert "Not taken: Accept" in (await visitor.get("/bank")).text


async def test_of_several_events_the_one_about_the_referral_answers(doorstep: Doorstep) -> None:
    story = Story(9)
    await doorstep.happen([story.demanded(), story.opened([0])])
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        await visitor.press(f"/bank/{story.referral(0)}/bank-declines", code="ANNUAL_REPORT")
        act = doorstep.gate.sent[0][0]
        claim = soon(story.claimed(actions.BankDeclines, trace=act.id, referral=act.about, code="ANNUAL_REPORT"))
        obstructed = story.obstructed().model_copy(update={"causationid": str(claim.id)})
        declined = story.moved(0, referrals.Declined, "declined", cause=claim.id, code="ANNUAL_REPORT")
        await doorstep.happen([claim, soon(obstructed), soon(declined)])
        assert "Bank declined" in (await visitor.get(f"/bank?sent={act.id}")).text


async def test_a_refused_act_shows_the_rules_own_words(doorstep: Doorstep) -> None:
    story = Story(4)
    await doorstep.happen([story.demanded(), story.opened([0])])
    doorstep.gate.then = answering(doorstep, story, actions.BankAccepts, story.refused)
    for language, words in (("en", "This referral is no longer open"), ("zh", "该推荐已不在待受理状态")):
        async with doorstep.officer("bank", BANKS[0], language) as visitor:
            page = (await visitor.press(f"/bank/{story.referral(0)}/bank-accepts")).text
        assert "notice-refused" in page
        assert words in page


async def test_the_gate_refuses_at_once_or_later(doorstep: Doorstep) -> None:
    story = Story(5)
    await doorstep.happen([story.demanded(), story.opened([0])])
    problem = Problem(code="reference-unknown", pointer="/data", zh="没有该推荐", en="There is no such referral")
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        doorstep.gate.says = Answer("refused", "demand.input-refused", problem.zh, problem.en)
        assert problem.en in (await visitor.press(f"/bank/{story.referral(0)}/bank-accepts")).text
        doorstep.gate.says = Answer("sent")
        await visitor.press(f"/bank/{story.referral(0)}/bank-accepts")
        identifier = str(doorstep.gate.sent[-1][0].id)
        data = demands.InputRefused(partner="desk", said="claim-made", source_id=identifier, problems=[problem])
        await doorstep.happen([soon(story.event("intake", data))])
        assert problem.en in (await visitor.get(f"/bank?sent={identifier}")).text


async def test_a_gate_that_cannot_be_reached_is_said_so(doorstep: Doorstep) -> None:
    story = Story(6)
    await doorstep.happen([story.demanded(), story.opened([0])])
    doorstep.gate.says = Answer("undelivered", None, "系统入口暂时无法连接", "The gate could not be reached")
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        page = (await visitor.press(f"/bank/{story.referral(0)}/bank-accepts")).text
    assert "The gate could not be reached" in page
    assert "Not taken: Accept" in page


BANK_FORMS: dict[str, dict[str, str]] = {
    "bank-accepts": {},
    "bank-tried-contact": {"outcome": "reached"},
    "bank-offers": {"amount_yuan": "80,000", "term_months": "12", "rate": "3.85"},
    "bank-declines": {"code": "AMOUNT/less"},
    "bank-grants": {"amount_yuan": "80000", "rate": "3.85"},
    "bank-disburses": {"amount_yuan": "80000", "number": "D-2026-1", "on": "2026-11-24"},
}
CASE_FORMS: dict[str, dict[str, str]] = {
    "authority-signs": {},
    "authority-plans": {"promised_on": "2099-01-01"},
    "authority-asks-household": {"what": "the plan of the premises"},
    "authority-asks-extension": {"until": "2027-02-01", "reason": "卫健部门现场核查排期"},
    "authority-parks": {"review_on": "2027-03-01", "reason": "等待信用修复期满"},
    "authority-resolves": {"evidence": "The register shows the report as filed"},
    "authority-transfers": {"to": "tax-620102", "reason": "a tax matter"},
    "authority-refuses": {"reason": "the premises are not lawful"},
}
FORMS = BANK_FORMS | CASE_FORMS


@pytest.mark.parametrize("action", sorted(FORMS))
async def test_every_act_says_what_the_contract_asks(doorstep: Doorstep, action: str) -> None:
    """The details that leave the desk are those of the claim, so the gate has nothing to refuse in their form."""
    story = Story(7)
    opened = story.cased(cases.Opened, "opened", reason="authority_acts")
    await doorstep.happen([story.demanded(), story.opened([0]), opened])
    bank = action in BANK_FORMS
    identifier = story.referral(0) if bank else story.case(0)
    async with doorstep.officer("bank" if bank else "authority", BANKS[0] if bank else AUTHORITY) as visitor:
        address = f"/{'bank' if bank else 'authority'}/{identifier}/{action}"
        assert (await visitor.post(address, **FORMS[action])).status_code == 303
    act, officer, about, details = doorstep.gate.sent[0]
    said = {"source_id": str(act.id), "action": action, "person": str(officer.account), "details": details}
    ClaimMade.model_validate({**said, about: act.about})
    fixed = {"demand": act.demand, "partner": "desk", "role": officer.role, about: act.about}
    claim = CLAIMS[action].model_validate({**details, **fixed})
    if isinstance(claim, actions.AuthorityResolves):
        fact = claim.facts["annual_report_filed"]
        assert (fact.value, fact.assurance, fact.source) == (True, "register", AUTHORITY)
    if isinstance(claim, actions.BankDeclines):
        assert (claim.code, claim.direction) == ("AMOUNT", "less")
    if isinstance(claim, actions.BankOffers):
        assert (claim.plan.amount_yuan, claim.plan.rate_bp) == (80_000, 385)


def test_every_offered_act_can_be_sent() -> None:
    offered = {act for table in (OFFERED_REFERRALS, OFFERED_CASES) for acts in table.values() for act in acts}
    # What a county's team says of its session is tested in test_consultation, what the next level says in test_people.
    assert offered == set(DETAILS) - set(CONSULTATION) - set(QUESTIONS.values()) == set(FORMS)
    assert set(DETAILS) <= set(CLAIMS)


@pytest.mark.parametrize(
    ("action", "form", "problems"),
    [
        ("bank-offers", {"amount_yuan": "-1", "term_months": "0", "rate": "3.855"}, 3),
        ("bank-offers", {"amount_yuan": "１２", "term_months": "12", "rate": "NaN"}, 2),
        ("bank-offers", {}, 3),
        ("bank-declines", {"code": "BECAUSE"}, 1),
        ("bank-declines", {"code": "AMOUNT/sideways"}, 1),
        ("bank-tried-contact", {"outcome": "perhaps"}, 1),
        ("bank-grants", {"amount_yuan": "9" * 12, "rate": "101"}, 2),
        ("bank-disburses", {"amount_yuan": "1", "number": "x" * 65, "on": "yesterday"}, 2),
        ("bank-disburses", {"amount_yuan": "1", "number": "a\x00b", "on": "2026-11-24"}, 1),
        ("authority-plans", {"promised_on": "2020-01-01"}, 1),
        ("authority-asks-extension", {"until": "soon"}, 2),
        ("authority-parks", {"review_on": "2020-01-01", "reason": ""}, 2),
        ("authority-resolves", {"evidence": "  "}, 1),
        ("authority-transfers", {"to": "nobody", "reason": ""}, 2),
    ],
)
async def test_a_wrong_form_sends_nothing_and_says_every_fault(
    doorstep: Doorstep, action: str, form: dict[str, str], problems: int
) -> None:
    story = Story(8)
    opened = story.cased(cases.Opened, "opened", reason="authority_acts")
    await doorstep.happen([story.demanded(), story.opened([0]), opened])
    bank = action.startswith("bank")
    identifier = story.referral(0) if bank else story.case(0)
    async with doorstep.officer("bank" if bank else "authority", BANKS[0] if bank else AUTHORITY) as visitor:
        answer = await visitor.post(f"/{'bank' if bank else 'authority'}/{identifier}/{action}", **form)
    assert answer.status_code == 422
    assert answer.text.count("<li>") == problems
    assert doorstep.gate.sent == []
