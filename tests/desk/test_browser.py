"""An officer's day at a bank and at an authority, in a real browser: both languages, a desk's screen and a telephone's.

Every page that is come to is looked at: no wider than the screen, no button over another, no complaint of the browser,
nothing asked of anywhere else.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook
from playwright.async_api import Browser, async_playwright
from pypdf import PdfReader

from services.desk.domain.access import Officer, Role
from services.desk.store import accounts
from services.desk.store.sent import Act
from services.desk.web.navigation import menu
from shared.clock import wall
from shared.contracts import cases, referrals
from tests.desk.browsers import NONE, Seat, chromium, seat, served
from tests.desk.stories import AUTHORITY, BANKS, Story, whole
from tests.desk.test_acts import CLAIMS
from tests.desk.visitors import HASH, Doorstep

pytestmark = pytest.mark.skipif(chromium() is None, reason=NONE)

SUBJECTS: dict[Role, str] = {"bank": BANKS[0], "authority": AUTHORITY, "county_team": "county_team-620102"}
ANSWERS: dict[str, tuple[type[Any], str]] = {
    "bank-accepts": (referrals.Accepted, "accepted"),
    "bank-tried-contact": (referrals.Contacted, "contacted"),
    "bank-offers": (referrals.Offered, "offered"),
    "bank-declines": (referrals.Declined, "declined"),
    "authority-signs": (cases.Signed, "signed"),
    "authority-plans": (cases.Planned, "planned"),
    "authority-resolves": (cases.Cleared, "cleared"),
}
"""What the owning context answers, and the state that the item is in then."""


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Without a user of its own (in a container) Chromium has no sandbox to use; what it opens here is only ours.
        running = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield running
        await running.close()


@pytest.fixture
async def base(doorstep: Doorstep) -> AsyncIterator[str]:
    async with served(doorstep.pages) as address:
        yield address


async def account(doorstep: Doorstep, role: Role) -> str:
    """A login of that role, which hands out work where it has a house."""
    subject = SUBJECTS.get(role)
    await accounts.add(doorstep.connection, uuid4(), role, role, subject, HASH, wall(), (), subject is not None)
    return role


def played(doorstep: Doorstep, *stories: Story) -> None:
    """The services behind the gate answer every act at once, as they would."""

    async def then(act: Act) -> None:
        details = doorstep.gate.sent[-1][3]
        made, state = ANSWERS[act.action]
        bank = act.action.startswith("bank")
        story = next(s for s in stories if act.demand == s.demand)
        about = {"referral" if bank else "case": act.about}
        said = story.claimed(CLAIMS[act.action], f"bank:desk:{act.account}", trace=act.id, **about, **details)
        told = {name: getattr(said.data, name) for name in details}
        if bank:
            answer = story.moved(0, made, state, cause=said.id, **told)
        else:
            answer = story.cased(made, state, cause=said.id, **told)
        now = {"time": datetime.now(UTC)}
        await doorstep.happen([said.model_copy(update=now), answer.model_copy(update=now)])

    doorstep.gate.then = then


@pytest.mark.parametrize(("language", "screen"), [("zh", "desktop"), ("en", "phone")])
async def test_a_day_at_a_bank(doorstep: Doorstep, browser: Browser, base: str, language: str, screen: str) -> None:
    first, second = Story(1), Story(2)
    for story in (first, second):
        await doorstep.happen([story.consented(), story.demanded(), story.opened([0])])
    await doorstep.happen(whole(3))
    played(doorstep, first, second)
    login = await account(doorstep, "bank")
    async with seat(browser, base, "bank", language, screen) as officer:
        await officer.sign_in(login)
        await officer.look("/bank")
        one = f"#r-{first.referral(0)}"
        await officer.press(f"{one} form[action$=bank-accepts] button")
        assert await officer.page.locator(".notice-taken").count() == 1
        await officer.page.click(f"{one} summary >> nth=1")
        offer = f"{one} form[action$=bank-offers]"
        await officer.page.fill(f"{offer} [name=amount_yuan]", "90000")
        await officer.page.fill(f"{offer} [name=term_months]", "12")
        await officer.page.fill(f"{offer} [name=rate]", "3.80")
        await officer.press(f"{offer} button.main")
        assert await officer.page.locator(".notice-taken").count() == 1
        other = f"#r-{second.referral(0)}"
        await officer.page.click(f"{other} summary >> nth=0")
        await officer.press(f"{other} button[value=ANNUAL_REPORT]")
        await officer.press("nav.tabs a >> nth=-1")
        await officer.go(f"/demands/{first.demand}")
        await the_other_language(officer, language)
        await a_list_taken_away(officer)
        for path in ("/worklist", "/people", "/demands"):
            await officer.go(path)
        await officer.press("form[action='/sign-out'] button")
    actions = [act.action for act, *_ in doorstep.gate.sent]
    assert actions == ["bank-accepts", "bank-offers", "bank-declines"]


@pytest.mark.parametrize(("language", "screen"), [("en", "desktop"), ("zh", "phone")])
async def test_a_day_at_an_authority(
    doorstep: Doorstep, browser: Browser, base: str, language: str, screen: str
) -> None:
    story, late = Story(1), Story(2)
    await doorstep.happen(
        [story.demanded(), story.obstructed(), story.cased(cases.Opened, "opened", reason="authority_acts")]
    )
    raised = late.cased(cases.Raised, "overdue", draft=True, to="market_regulation-620100", level="city")
    await doorstep.happen([late.demanded(), late.obstructed(), raised])
    played(doorstep, story)
    login = await account(doorstep, "authority")
    async with seat(browser, base, "authority", language, screen) as officer:
        await officer.sign_in(login)
        await officer.look("/authority")
        one = f"#c-{story.case(0)}"
        await officer.press(f"{one} form[action$=authority-signs] button")
        await officer.page.click(f"{one} summary >> nth=0")
        await officer.press(f"{one} form[action$=authority-plans] button.main")
        assert await officer.page.locator(".notice-taken").count() == 1
        await officer.page.click(f"{one} summary >> nth=0")
        await officer.page.fill(f"{one} form[action$=authority-resolves] textarea", "年报已补报，公示系统可查")
        await officer.press(f"{one} form[action$=authority-resolves] button.main")
        assert await officer.page.locator(".notice-taken").count() == 1
        await officer.go("/questions")
        assert await officer.page.locator("form[action$=authority-confirms-raise]").count() == 1
        await officer.go(f"/demands/{story.demand}")
        await the_other_language(officer, language)
        for path in ("/worklist", "/people", "/consultations", "/demands"):
            await officer.go(path)
        await officer.press("form[action='/sign-out'] button")
    cleared = doorstep.gate.sent[-1][3]
    assert cleared["facts"]["annual_report_filed"]["value"] is True


async def the_other_language(officer: Seat, language: str) -> None:
    """The switch changes the page's language and leaves it where it is; and back."""
    for expected in ("en", "zh-CN") if language == "zh" else ("zh-CN", "en"):
        await officer.press(".who > a[href^='/language']")
        assert await officer.page.locator("html").get_attribute("lang") == expected


async def a_list_taken_away(officer: Seat) -> None:
    """From the list of demands: a reason, a file."""
    await officer.go("/demands")
    await officer.page.click("details.export summary")
    await officer.page.fill("details.export [name=reason]", "周调度")
    async with officer.page.expect_download() as coming:
        await officer.page.click("details.export button[value=xlsx]")
    download = await coming.value
    content = (await download.path()).read_bytes()
    assert "周调度" in str(load_workbook(io.BytesIO(content)).active["A1"].value)


async def test_a_referral_is_answered_without_scripts_and_by_keyboard(
    doorstep: Doorstep, browser: Browser, base: str
) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.opened([0])])
    played(doorstep, story)
    login = await account(doorstep, "bank")
    async with seat(browser, base, "plain", "en", "desktop", scripts=False) as officer:
        await officer.sign_in(login)
        button = officer.page.locator("form[action$=bank-accepts] button")
        # The first stop is the way past the menu.
        await officer.page.keyboard.press("Tab")
        assert await officer.page.locator(".skip:focus").count() == 1
        await officer.page.keyboard.press("Enter")
        for _ in range(40):
            await officer.page.keyboard.press("Tab")
            if await button.and_(officer.page.locator(":focus")).count():
                break
        await officer.page.keyboard.press("Enter")
        await officer.page.locator(".notice-taken").wait_for()
    assert [act.action for act, *_ in doorstep.gate.sent] == ["bank-accepts"]


@pytest.mark.parametrize("role", ["campaign_office", "county_team", "audit_administrator"])
async def test_every_page_of_the_menu_on_a_telephone(
    doorstep: Doorstep, browser: Browser, base: str, role: Role
) -> None:
    obstructed = Story(2)
    opened = obstructed.cased(cases.Opened, "opened", reason="authority_acts")
    await doorstep.happen([*whole(1), obstructed.demanded(), obstructed.opened([0]), obstructed.obstructed(), opened])
    login = await account(doorstep, role)
    async with seat(browser, base, role, "zh", "phone") as officer:
        await officer.sign_in(login)
        for page in pages_of(role):
            await officer.go(page)
        if role in ("campaign_office", "auditor"):
            await officer.go(f"/demands/{obstructed.demand}")
        await officer.go("/password")


def pages_of(role: Role) -> list[str]:
    """The paths of a role's menu."""
    return [page.path for page in menu(Officer(uuid4(), role, role, SUBJECTS.get(role)))]


async def test_a_demand_prints_on_a4(doorstep: Doorstep, browser: Browser, base: str) -> None:
    story = Story(1)
    await doorstep.happen([story.consented(), story.demanded(), story.opened(), story.obstructed()])
    login = await account(doorstep, "auditor")
    async with seat(browser, base, "print", "en", "desktop") as officer:
        await officer.sign_in(login)
        await officer.go(f"/demands/{story.demand}")
        printed = PdfReader(io.BytesIO(await officer.page.pdf(prefer_css_page_size=True)))
    size = printed.pages[0].mediabox
    assert (round(float(size.width)), round(float(size.height))) == (595, 842)
    text = " ".join(page.extract_text() for page in printed.pages)
    assert "What is asked for" in text
    # The menu and its buttons are for screens.
    assert "Sign out" not in text
