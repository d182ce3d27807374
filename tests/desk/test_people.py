"""Units and people: who sees which items first, who stands in, who hands out; and what is asked of the next level."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.desk.store import accounts
from services.desk.web.administration.people import share_in_time
from shared.clock import wall
from shared.contracts import cases, referrals
from shared.contracts.capacity import LimitDeclared
from tests.desk.stories import AUTHORITY, BANKS, Story
from tests.desk.visitors import HASH, Doorstep, Visitor

CITY = "market_regulation-620100"
TEAM = "county_team-620102"
UNIT = f"{BANKS[0]}-620102"


async def two_open(doorstep: Doorstep) -> tuple[Story, Story]:
    """Two demands at the first bank, both in its branch in Chengguan."""
    first, second = Story(1), Story(2)
    for story in (first, second):
        await doorstep.happen([story.demanded(), story.opened([0])])
    return first, second


def listed(page: str) -> set[str]:
    return set(re.findall(r'id="[rc]-([0-9a-f-]{36})"', page))


async def colleague(doorstep: Doorstep, login: str = "wang") -> UUID:
    account = uuid4()
    await accounts.add(doorstep.connection, account, login, "bank", BANKS[0], HASH, wall())
    return account


async def test_who_works_in_a_unit_sees_it_first_and_all_when_asked(doorstep: Doorstep) -> None:
    first, second = await two_open(doorstep)
    both = {str(first.referral(0)), str(second.referral(0))}
    async with doorstep.officer("bank", BANKS[0], units=[UNIT]) as here:
        assert listed((await here.get("/bank")).text) == both
    async with doorstep.officer("bank", BANKS[0], units=[f"{BANKS[0]}-620103"]) as elsewhere:
        assert listed((await elsewhere.get("/bank")).text) == set()
        assert listed((await elsewhere.get("/bank?unit=all")).text) == both
        assert listed((await elsewhere.get(f"/bank?unit={UNIT}")).text) == both


async def test_work_is_given_by_rule_by_name_and_to_who_stands_in(doorstep: Doorstep) -> None:
    first, second = await two_open(doorstep)
    wang = await colleague(doorstep)
    async with doorstep.officer("bank", BANKS[0], leads=True) as lead:
        assert listed((await lead.get("/bank?mine=1")).text) == set()
        await lead.press("/people/rule", unit=UNIT, county="620102", account=str(wang))
        page = (await lead.get("/bank")).text
        assert page.count("looked after by wang") == 2
        # By name goes before any rule.
        await lead.press(f"/assign/{first.referral(0)}", account=str(lead.account))
        assert listed((await lead.get("/bank?mine=1")).text) == {str(first.referral(0))}
        today = doorstep.office.clock.now().date()
        days = {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=1))}
        await lead.press("/people/stand-in", away=str(wang), instead=str(lead.account), **days)
        assert listed((await lead.get("/bank?mine=1")).text) == {str(first.referral(0)), str(second.referral(0))}
        people = (await lead.get("/people")).text
        for name, told in {"people": "wang", "rules": "Chengguan", "stand-ins": lead.login}.items():
            assert f'action="/export/{name}"' in people
            assert told in (await lead.post(f"/export/{name}", kind="csv", reason="handover")).text
        stand_in = re.search(r'name="stand_in" value="([^"]+)"', people)
        rule = re.search(r'name="rule" value="([^"]+)"', people)
        assert stand_in
        assert rule
        await lead.press("/people/back", stand_in=stand_in[1])
        await lead.press("/people/no-rule", rule=rule[1])
        assert "looked after by wang" not in (await lead.get("/bank")).text


async def test_what_is_ticked_is_handed_out_together_or_not_at_all(doorstep: Doorstep) -> None:
    first, second = await two_open(doorstep)
    wang = await colleague(doorstep)
    both = [str(first.referral(0)), str(second.referral(0))]
    async with doorstep.officer("bank", BANKS[0], leads=True) as lead:
        page = (await lead.get("/bank?state=open")).text
        assert re.findall(r'name="about" value="([^"]+)" form="hand-out"', page) == both
        assert (await lead.post("/assign", about=[*both, str(uuid4())], account=str(wang))).status_code == 404
        assert "looked after" not in (await lead.get("/bank")).text
        answer = await lead.post("/assign?state=open", about=both, account=str(wang))
        assert answer.headers["location"] == "/bank?state=open"
        assert (await lead.get("/bank")).text.count("looked after by wang") == 2


async def test_only_who_hands_out_work_does_and_only_within_the_house(doorstep: Doorstep) -> None:
    first, _ = await two_open(doorstep)
    wang = await colleague(doorstep)
    async with doorstep.officer("bank", BANKS[0]) as officer:
        assert (await officer.post("/people/rule", account=str(wang))).status_code == 422
        assert (await officer.post("/people/units", account=str(wang), unit=UNIT)).status_code == 422
        assert (await officer.post(f"/assign/{first.referral(0)}", account=str(wang))).status_code == 404
        # What is the house's anybody may take.
        assert (await officer.post(f"/assign/{first.referral(0)}", account=str(officer.account))).status_code == 303
        own = {"away": str(officer.account), "instead": str(wang), "from": "2026-11-24", "to": "2026-11-20"}
        assert "before the first" in (await officer.post("/people/stand-in", **own)).text
        assert (await officer.post("/people/stand-in", **{**own, "to": "2026-11-30"})).status_code == 303
        other = {**own, "away": str(wang), "instead": str(officer.account), "to": "2026-11-30"}
        assert (await officer.post("/people/stand-in", **other)).status_code == 422
    async with doorstep.officer("bank", BANKS[1], leads=True) as stranger:
        assert (await stranger.post(f"/assign/{first.referral(0)}", account=str(stranger.account))).status_code == 404
        assert (await stranger.post("/people/units", account=str(wang), unit=UNIT)).status_code == 422


@pytest.mark.parametrize(
    ("moved", "missed", "overdue", "share"),
    [(0, 0, 0, None), (3, 0, 0, 10_000), (3, 1, 0, 7_500), (1, 0, 1, 5_000), (0, 0, 2, 0)],
)
def test_on_time_counts_what_is_overdue_now(moved: int, missed: int, overdue: int, share: int | None) -> None:
    assert share_in_time({"moved": moved, "missed": missed, "overdue": overdue}) == share


async def test_a_unit_has_its_row(doorstep: Doorstep) -> None:
    first, second = await two_open(doorstep)
    await doorstep.happen([first.moved(0, referrals.Accepted, "accepted")])
    await doorstep.happen([second.moved(0, referrals.Lapsed, "lapsed", stage="accept")])
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        page = (await visitor.get("/people")).text
    row = re.search(r"Chengguan branch</a>.*?</tr>", page, re.DOTALL)
    assert row
    assert [int(n) for n in re.findall(r"<span>(\d+)</span>", row[0])][2:] == [1, 1]


async def ask(doorstep: Doorstep) -> tuple[Story, Story]:
    """A case whose time has run out, with a draft to the city; and one that asks the city for more time."""
    draft, extension = Story(1), Story(2)
    for story in (draft, extension):
        await doorstep.happen([story.demanded(), story.cased(cases.Opened, "opened", reason="authority_acts")])
    await doorstep.happen([draft.cased(cases.Raised, "overdue", draft=True, to=CITY, level="city")])
    why = "waiting for the health office"
    await doorstep.happen([extension.cased(cases.ExtensionAsked, "signed", until="2026-12-20", reason=why)])
    return draft, extension


def offered(page: str) -> set[str]:
    return set(re.findall(r'action="/questions/([0-9a-f-]{36})/', page))


async def test_a_question_is_put_to_the_level_that_may_answer_it(doorstep: Doorstep) -> None:
    draft, extension = await ask(doorstep)
    seen = {}
    for role, subject in (
        ("authority", CITY),
        ("county_team", TEAM),
        ("authority", AUTHORITY),
        ("authority", "tax-620102"),
    ):
        async with doorstep.officer(role, subject) as visitor:  # type: ignore[arg-type]
            page = (await visitor.get("/questions")).text
            seen[subject] = offered(page)
            taken = (await visitor.post("/export/questions", kind="csv", reason="our level")).text
            for story in (draft, extension):
                assert (str(story.demand)[:8] in taken) == (str(story.case(0)) in seen[subject]), subject
            may_drop = "Drop the draft" in page
            assert may_drop == (subject in (CITY, TEAM))
    raised, asked = str(draft.case(0)), str(extension.case(0))
    # The market regulator of the city is the next level of the county's: both are asked of it.
    assert seen[CITY] == {raised, asked}
    assert raised in seen[TEAM]
    assert seen[AUTHORITY] == {raised}
    assert seen["tax-620102"] == set()


@pytest.mark.parametrize(("answer", "confirmed"), [("yes", True), ("no", False)])
async def test_the_next_level_answers_by_name_and_the_question_goes(
    doorstep: Doorstep, answer: str, confirmed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.desk.web.inbox.acting.WAIT_SECONDS", 0.0)
    draft, extension = await ask(doorstep)
    async with doorstep.officer("authority", CITY) as visitor:
        await visitor.press(f"/questions/{draft.case(0)}/authority-confirms-raise", answer=answer)
        await visitor.press(f"/questions/{extension.case(0)}/authority-agrees-extension", answer=answer)
        assert (
            await visitor.post(f"/questions/{draft.case(0)}/authority-agrees-extension", answer=answer)
        ).status_code == 404
        said = [(act.action, details) for act, _, _, details in doorstep.gate.sent]
        assert said == [
            ("authority-confirms-raise", {"confirmed": confirmed}),
            ("authority-agrees-extension", {"agreed": confirmed}),
        ]
        if confirmed:
            await doorstep.happen([draft.cased(cases.Raised, "overdue", draft=False, to=CITY, level="city")])
            await doorstep.happen([extension.cased(cases.Extended, "signed", until="2026-12-20")])
        else:
            await doorstep.happen([draft.cased(cases.RaiseDropped, "overdue", to=CITY)])
            await doorstep.happen([extension.cased(cases.ExtensionDenied, "signed")])
        assert offered((await visitor.get("/questions")).text) == set()


async def test_a_bank_declares_what_a_unit_can_take(doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.desk.web.inbox.limits.WAIT_SECONDS", 0.0)
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        assert (await visitor.post("/limit", unit="another", open_limit="-1", quota_yuan="x")).text.count("<li>") == 3
        page = (await visitor.press("/limit", unit=UNIT, open_limit="40", quota_yuan="5,000,000")).text
        assert "notice-sent" in page
        _, officer, _, stated = doorstep.gate.sent[0]
        assert stated == {"unit": UNIT, "version": 1, "open_limit": 40, "quota_yuan": 5_000_000}
        assert officer.subject == BANKS[0]
        said = LimitDeclared(bank=BANKS[0], unit=UNIT, version=1, open_limit=40, quota_yuan=5_000_000)
        await doorstep.happen([Story(1).event("intake", said)])
        page = (await visitor.get(f"/bank?limit={UNIT}.1")).text
        assert "notice-taken" in page
        assert "¥5,000,000" in page


async def made(administrator: Visitor, login: str) -> tuple[str, str]:
    """A new account by its form: its id and the password that is shown once."""
    page = (await administrator.post("/accounts", login=login)).text
    found = re.findall(r"<code>([^<]+)</code>", page)
    account = re.search(rf'/accounts\?of=([0-9a-f-]{{36}})">{login}<', page)
    assert account
    return account[1], found[1]


async def test_an_account_takes_two_administrators_and_a_third_reads_of_it(doorstep: Doorstep) -> None:
    async with (
        doorstep.officer("system_administrator") as system,
        doorstep.officer("security_administrator") as security,
    ):
        account, password = await made(system, "new.clerk")
        async with doorstep.visitor() as clerk:
            assert (await clerk.sign_in("new.clerk", password)).status_code == 401
            assert (await system.post(f"/accounts/{account}/grant", role="auditor")).status_code == 403
            assert (await security.post("/accounts", login="another")).status_code == 403
            assert (await security.post(f"/accounts/{account}/grant", role="bank", house="nobody")).status_code == 422
            assert (await security.post(f"/accounts/{account}/grant", role="bank", house=BANKS[0])).status_code == 303
            assert (await clerk.sign_in("new.clerk", password)).status_code == 303
            await clerk.get("/password")
            changed = {"password": password, "new": "a-better-pass-phrase", "again": "a-better-pass-phrase"}
            assert (await clerk.post("/password", **{**changed, "again": "another-one-entirely"})).status_code == 422
            assert (await clerk.post("/password", **{**changed, "password": "wrong"})).status_code == 401
            assert (await clerk.post("/password", **changed)).headers["location"] == "/sign-in"
            assert (await clerk.sign_in("new.clerk", "a-better-pass-phrase")).status_code == 303
            assert (await system.post(f"/accounts/{account}/disable")).status_code == 303
            assert (await clerk.get("/bank")).headers["location"].startswith("/sign-in")
        own = (await security.get(f"/accounts?of={security.account}")).text
        assert "This is your own account" in own
        assert (await security.post(f"/accounts/{security.account}/grant", role="auditor")).status_code == 422
    async with doorstep.officer("audit_administrator") as audit:
        page = (await audit.get("/records")).text
        for what in ("Made an account", "Granted a role", "Signed in", "Password changed", "Disabled an account"):
            assert what in page
        assert "new.clerk: bank:beichen" in page
        assert password not in page
        narrowed = (await audit.get("/records?what=role_granted")).text
        assert narrowed.count("<tr>") == 2
