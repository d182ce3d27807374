"""Everybody can use the pages: axe-core (MPL-2.0, as axe-playwright-python carries it) finds nothing that is serious.

It looks for what stands in the way of people who hear a page, use it by keyboard or see little of it: names, labels,
roles, contrast, headings, landmarks, languages, sizes of what is pressed.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from services.desk.web.household.device import demand_of
from shared.contracts import cases, referrals
from shared.contracts.values import Plan
from tests.desk.browsers import NONE, chromium, seat
from tests.desk.stories import Story, whole
from tests.desk.test_browser import account, base, browser
from tests.desk.test_household_browser import fill_in
from tests.desk.visitors import Doorstep

__all__ = ["base", "browser"]
pytestmark = pytest.mark.skipif(chromium() is None, reason=NONE)
MAIN = {
    "campaign_office": ("/", "/campaign/league", "/campaign/activities", "/reports/obstacles", "/calls"),
    "bank": ("/bank", "/worklist", "/people"),
    "authority": ("/authority", "/questions", "/demands"),
}
"""The pages that a role works on."""
SERIOUS = ("serious", "critical")
PUBLIC = {
    "zh": ("/apply", "/track", "/products?bank=niulang", "/products/niulang-noodle", "/handbook?bank=niulang"),
    "en": ("/apply/assisted", "/products?bank=zhinu", "/sign-in"),
}
ASKED = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}


async def found(page: Page) -> list[str]:
    """What is serious on a page, each with the first place."""
    await page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    result: Any = await page.evaluate("asked => axe.run(document, asked)", ASKED)
    return [
        f"{page.url}: {each['id']}, {each['nodes'][0]['target']}: {each['nodes'][0]['html'][:150]}"
        for each in result["violations"]
        if each["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_pages_of_a_household(doorstep: Doorstep, browser: Browser, base: str, language: str) -> None:
    problems: list[str] = []
    async with seat(browser, base, "axe", language, "phone") as household:
        for path in PUBLIC[language]:
            await household.go(path)
            problems += await found(household.page)
        receipt = await fill_in(household, "/apply")
        problems += await found(household.page)
        story = Story(1)
        story.demand = demand_of(doorstep.office.settings, receipt)
        plan = Plan(amount_yuan=50_000, term_months=12, rate_bp=390)
        guided = story.cased(cases.Guided, "guided", usual_working_days=5)
        await doorstep.happen([story.demanded(), story.obstructed(), guided])
        await household.go("/mine")
        problems += await found(household.page)
        await doorstep.happen([story.opened((0, 1))])
        offers = [story.moved(each, referrals.Offered, "offered", "offered", plan=plan) for each in (0, 1)]
        await doorstep.happen(offers)
        await household.go("/mine")
        problems += await found(household.page)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(("role", "language"), [("campaign_office", "en"), ("bank", "en"), ("authority", "zh")])
async def test_the_pages_of_an_officer(
    doorstep: Doorstep, browser: Browser, base: str, role: Any, language: str
) -> None:
    story, problems = Story(2), list[str]()
    opened = story.cased(cases.Opened, "opened", reason="authority_acts")
    await doorstep.happen([*whole(1), story.demanded(), story.opened([0]), story.obstructed(), opened])
    login = await account(doorstep, role)
    async with seat(browser, base, "axe", language, "desktop") as officer:
        await officer.sign_in(login)
        for path in MAIN[role]:
            await officer.go(path)
            problems += await found(officer.page)
        await officer.go(f"/demands/{story.demand}")
        problems += await found(officer.page)
    assert not problems, "\n".join(problems)
