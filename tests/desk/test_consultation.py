"""联合会诊 on the desk: an agenda grouped by obstacle, a decision on each item, and no end without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.desk.web.consultation.consultation import may_read
from services.desk.web.inbox import acting
from shared.contracts import cases
from tests.desk.stories import AUTHORITY, Story
from tests.desk.towns import CLAIMS, DECIDES, TEAM, Town
from tests.desk.visitors import RELEASE, Doorstep

ITEMS = ("FOOD_PERMIT", "TAX_OVERDUE")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has not come at once is shown as sent, without the two seconds."""
    monkeypatch.setattr(acting, "WAIT_SECONDS", 0.0)


def answering(doorstep: Doorstep, town: Town, answer: Callable[[UUID], Any]) -> Any:
    """What the gate and escalation do with an act: the claim, and the event that answers it."""

    async def then(act: Any) -> None:
        details = doorstep.gate.sent[-1][3]
        said = town.claimed(CLAIMS[act.action], act.about, act.id, **details)
        await doorstep.happen([said, answer(said.id)])

    return then


async def test_the_team_decides_an_item_and_reads_the_decisions_number(doorstep: Doorstep) -> None:
    town = Town()
    await doorstep.happen([town.agenda(*ITEMS)])
    doorstep.gate.then = answering(doorstep, town, lambda claim: town.decided("FOOD_PERMIT", cause=claim))
    async with doorstep.officer("authority", TEAM) as team:
        assert f"/consultations/{town.session}" in (await team.get("/consultations")).text
        before = (await team.get(f"/consultations/{town.session}")).text
        assert "5 households, 6 demands, ¥500,000 blocked" in before
        assert "2 items to decide" in before
        address = f"/consultations/{town.session}/consultation-decides"
        page = (await team.press(address, item=str(town.item("FOOD_PERMIT")), **DECIDES)).text
    act, officer, about, details = doorstep.gate.sent[0]
    assert (act.action, act.about, act.household, about) == (
        "consultation-decides",
        town.item("FOOD_PERMIT"),
        town.key,
        "case",
    )
    # An item is its own demand at the gate: it leads to its county's key.
    assert (act.demand, officer.subject, details) == (act.about, TEAM, DECIDES)
    assert "Done: Decide" in page
    assert "620102-2026-001" in page
    assert "waived &lt;b&gt;" in page
    assert "1 items to decide" in page


async def test_closing_without_a_decision_is_refused_and_says_which_item(doorstep: Doorstep) -> None:
    town = Town()
    await doorstep.happen([town.agenda(*ITEMS), town.decided("FOOD_PERMIT")])
    doorstep.gate.then = answering(doorstep, town, lambda claim: town.refused(town.session, claim))
    async with doorstep.officer("authority", TEAM) as team:
        await team.get(f"/consultations/{town.session}")
        address = f"/consultations/{town.session}/consultation-closes"
        page = (await team.press(address)).text
        assert "Not taken: Close the session" in page
        assert "still open: TAX_OVERDUE" in page
        await doorstep.happen([town.closed(1, carried=1)])
        ended = (await team.get(f"/consultations/{town.session}")).text
    assert "1 decided, 0 settled by themselves, 1 carried over" in ended
    assert "consultation-closes" not in ended


@pytest.mark.parametrize("verdict", ["assign", "park", "elsewhere", "clear"])
async def test_what_a_verdict_needs_is_asked_before_anything_is_sent(doorstep: Doorstep, verdict: str) -> None:
    """To whom, until when, and always why; nothing of it is sent where it lacks."""
    town = Town()
    await doorstep.happen([town.agenda(*ITEMS)])
    async with doorstep.officer("authority", TEAM) as team:
        await team.get(f"/consultations/{town.session}")
        address = f"/consultations/{town.session}/consultation-decides"
        answer = await team.post(address, item=str(town.item("FOOD_PERMIT")), decision=verdict)
        foreign = await team.post(address, item=str(uuid4()), **DECIDES)
    assert (answer.status_code, foreign.status_code) == (422, 404)
    assert answer.text.count("<li>") >= (1 if verdict == "clear" else 2)
    assert doorstep.gate.sent == []


async def test_who_sits_reads_who_does_not_sees_nothing_and_only_the_team_decides(doorstep: Doorstep) -> None:
    town, other = Town(), Town("620200")
    await doorstep.happen([town.agenda(*ITEMS), other.agenda("LIC_NONE")])
    path = f"/consultations/{town.session}"
    async with doorstep.officer("authority", AUTHORITY) as member:
        page = (await member.get(path)).text
        assert (await member.post(f"{path}/consultation-closes")).status_code == 404
    assert "consultation-decides" not in page
    async with doorstep.officer("authority", "fire_rescue-620103") as stranger:
        assert (await stranger.get(path)).status_code == 404
        assert str(town.session) not in (await stranger.get("/consultations")).text
    async with doorstep.officer("auditor", None) as auditor:
        listed = (await auditor.get("/consultations")).text
    assert str(town.session) in listed
    assert str(other.session) in listed
    assert doorstep.gate.sent == []


async def test_a_supervision_letter_is_passed_on_with_its_own_style(doorstep: Doorstep) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.cased(cases.Overdue, "overdue", stage="sign")])
    path = f"/cases/{story.case()}/letter"
    async with doorstep.officer("authority", AUTHORITY) as officer:
        assert path in (await officer.get("/authority")).text
        assert (await officer.get(path)).status_code == 503
        doorstep.services.letters[story.case()] = "<style>p{}</style>督办函"
        answer = await officer.get(path)
    assert answer.text.endswith("督办函")
    assert "style-src 'unsafe-inline'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    async with doorstep.officer("authority", "tax-620102") as stranger:
        assert (await stranger.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("subject", "may"),
    [
        (None, True),
        (AUTHORITY, True),
        ("market_regulation-620100", True),
        ("market_regulation-620000", True),
        (TEAM, True),
        ("county_team-620103", False),
        ("market_regulation-620200", False),
        ("tax-620100", False),
        ("nobody", False),
    ],
)
def test_whose_letter_it_is_to_read(subject: str | None, may: bool) -> None:
    """The office itself, those above it on its own line, its county's team, and who oversees."""
    assert may_read(subject, AUTHORITY, "620102", RELEASE) is may
