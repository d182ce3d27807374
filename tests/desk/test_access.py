"""Every address as every role: who may come in does, who may not is turned away, and nobody sees another's."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from starlette.routing import Route

from services.desk.domain.access import ALLOWED, ROLES, Role, may, parse_role
from shared.contracts import actions, cases, feedback, referrals
from tests.desk.stories import AUTHORITY, BANKS, Story, whole
from tests.desk.visitors import RELEASE, Doorstep, Visitor

SUBJECTS: dict[Role, str] = {"bank": BANKS[0], "authority": AUTHORITY, "county_team": "county_team-620102"}
HOUSES = [(role, SUBJECTS.get(role)) for role in ROLES]


def two_houses() -> tuple[Story, Story]:
    """A demand at bank 0 with a case at the authority, and one at bank 1 with a case elsewhere."""
    ours, theirs = Story(1), Story(2)
    ours.told_events = [
        ours.consented(),
        ours.demanded(),
        ours.opened([0, 1]),
        ours.claimed(actions.BankAccepts, f"bank:{BANKS[1]}:p", referral=ours.referral(1), person="p"),
        ours.moved(1, referrals.Accepted, "accepted"),
        ours.cased(cases.Opened, "opened", reason="authority_acts"),
        ours.told(feedback.Sent, 1, recipient=BANKS[0]),
        ours.told(feedback.Sent, 2, recipient=BANKS[1]),
    ]
    theirs.told_events = [
        theirs.demanded(),
        theirs.opened([1]),
        theirs.cased(cases.Opened, "opened", authority="tax-620102", reason="authority_acts"),
        theirs.cased(cases.Guided, "guided", place=1, usual_working_days=5),
    ]
    return ours, theirs


def addresses(doorstep: Doorstep) -> list[tuple[str, str, str]]:
    """Name, method and path of every address, with ids that lead to nothing."""
    found = []
    for route in doorstep.pages.routes:
        assert isinstance(route, Route)
        given = {"file": uuid4(), "outcome": "used"}
        template = route.path.replace("{rest:path}", "nothing")
        path = template.format(id=uuid4(), action="bank-accepts", name="desk.css", what="rule", **given)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            found.append((route.name, method, path))
    return found


async def test_every_address_stands_in_the_table(doorstep: Doorstep) -> None:
    assert {name for name, _, _ in addresses(doorstep)} == set(ALLOWED)


@pytest.mark.parametrize(("role", "subject"), [("nobody", None), *HOUSES])
async def test_every_address_as_every_role(doorstep: Doorstep, role: Any, subject: str | None) -> None:
    # One sign-in for all: only signing out ends it, so that comes last.
    place = doorstep.visitor() if role == "nobody" else doorstep.officer(role, subject)
    async with place as visitor:
        for name, method, path in sorted(addresses(doorstep), key=lambda each: each[0] == "sign_out"):
            if name == "live":
                continue  # a stream has no end; who may listen is tested below
            await visitor.get("/sign-in")
            answer = await (visitor.get(path) if method == "GET" else visitor.post(path))
            turned_away = answer.status_code == 403 or answer.headers.get("location", "").startswith("/sign-in?next=")
            assert turned_away == (not may(role, name)), f"{method} {name} as {role}: {answer.status_code}"
            assert answer.status_code < 500


async def test_who_may_listen_to_live_figures(doorstep: Doorstep) -> None:
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        assert (await visitor.get("/live")).status_code == 403
    async with doorstep.visitor() as nobody:
        assert (await nobody.get("/live")).status_code == 303


async def test_a_bank_sees_its_own_referrals_and_no_other_bank(doorstep: Doorstep) -> None:
    ours, theirs = two_houses()
    await doorstep.happen([*ours.told_events, *theirs.told_events])
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        listed = (await visitor.get("/demands")).text
        assert str(ours.demand) in listed
        assert str(theirs.demand) not in listed
        assert (await visitor.get(f"/demands/{theirs.demand}")).status_code == 404
        for number in (theirs.submitter.source_id, str(theirs.demand)):
            assert str(theirs.demand) not in (await visitor.get("/demands?q=" + number)).text.replace(number, "")
        page = (await visitor.get(f"/demands/{ours.demand}")).text
        inbox = (await visitor.get("/bank")).text
    other = RELEASE.institutions[BANKS[1]]
    others = (other.en, BANKS[1], "Market regulation", RELEASE.obstacles["AR_MISSING"].en)
    for text in (page, inbox):
        head = text.partition("bank-declines")[0]
        assert not [name for name in others if name in head]
    assert str(ours.referral(0)) in inbox
    assert str(ours.referral(1)) not in inbox


async def test_a_bank_knows_the_whole_demand_only_after_it_has_accepted(doorstep: Doorstep) -> None:
    story = Story(5, sentence="a sentence that may name the shop")
    await doorstep.happen([story.demanded(), story.opened([0])])
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        masked = (await visitor.get(f"/demands/{story.demand}")).text
        assert (await visitor.get(f"/identity/{story.referral(0)}")).status_code == 404
        await doorstep.happen([story.moved(0, referrals.Accepted, "accepted")])
        known = (await visitor.get(f"/demands/{story.demand}")).text
        identity = await visitor.get(f"/identity/{story.referral(0)}")
        await doorstep.happen([story.moved(0, referrals.Recalled, "recalled", reason="consent_revoked")])
        recalled = (await visitor.get(f"/demands/{story.demand}")).text
    amount, band = f"¥{100_005:,}", "¥100,000 – ¥300,000"
    for text in (masked, recalled):
        assert band in text
        assert amount not in text
        assert "a sentence that may name the shop" not in text
    assert amount in known
    assert "a sentence that may name the shop" in known
    assert identity.headers["location"].startswith("http://notify.test/")


async def test_an_authority_sees_its_own_cases_and_no_bank(doorstep: Doorstep) -> None:
    ours, theirs = two_houses()
    await doorstep.happen([*ours.told_events, *theirs.told_events])
    async with doorstep.officer("authority", AUTHORITY) as visitor:
        listed = (await visitor.get("/demands")).text
        page = (await visitor.get(f"/demands/{ours.demand}")).text
        inbox = (await visitor.get("/authority")).text
        assert (await visitor.get(f"/demands/{theirs.demand}")).status_code == 404
    assert str(ours.demand) in listed
    # A case that only the household can act on yet is not the authority's to see.
    assert str(theirs.demand) not in listed
    names = [RELEASE.institutions[bank].en for bank in BANKS]
    assert not [name for name in (*names, *BANKS) if name in page + inbox]
    assert ours.sentence not in page
    assert str(ours.case(0)) in inbox


@pytest.mark.parametrize(
    ("role", "subject", "path", "action"),
    [
        ("bank", BANKS[0], "/bank/{referral}/{action}", "bank-accepts"),
        ("authority", AUTHORITY, "/authority/{case}/{action}", "authority-signs"),
    ],
)
async def test_nobody_acts_for_another_house(
    doorstep: Doorstep, role: Role, subject: str, path: str, action: str
) -> None:
    ours, theirs = two_houses()
    await doorstep.happen([*ours.told_events, *theirs.told_events])
    async with doorstep.officer(role, subject) as visitor:
        address = path.format(referral=theirs.referral(1), case=theirs.case(0), action=action)
        assert (await visitor.post(address)).status_code == 404
        unknown = path.format(referral=ours.referral(0), case=ours.case(0), action="authority-confirms-everything")
        assert (await visitor.post(unknown)).status_code == 404
    assert doorstep.gate.sent == []


@pytest.mark.parametrize("role", ["campaign_office", "auditor"])
async def test_oversight_reads_all_and_acts_on_nothing(doorstep: Doorstep, role: Role) -> None:
    ours, theirs = two_houses()
    await doorstep.happen([*ours.told_events, *theirs.told_events, *whole(9)])
    async with doorstep.officer(role) as visitor:
        listed = (await visitor.get("/demands")).text
        assert str(ours.demand) in listed
        assert str(theirs.demand) in listed
        assert (await visitor.post(f"/bank/{ours.referral(0)}/bank-accepts")).status_code == 403
    assert doorstep.gate.sent == []


async def test_the_campaign_is_open_to_nobody_only_where_that_was_set(doorstep: Doorstep) -> None:
    async def seen(visitor: Visitor) -> int:
        return (await visitor.get("/")).status_code

    async with doorstep.visitor() as visitor:
        assert await seen(visitor) == 303
        doorstep.office.settings.desk_open_campaign = True
        await doorstep.happen(whole(3))
        page = await visitor.get("/")
    assert page.status_code == 200
    assert str(Story(3).demand) not in page.text


@pytest.mark.parametrize("text", ["bank", "bank:", "authority", "campaign_office:x", "root", ""])
def test_a_role_that_is_none_says_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="bank:<institution>, authority:<id>"):
        parse_role(text)
