"""A household with its telephone, in a real browser at 360 px and without scripts: from the QR form to its choice."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from services.desk.web.household.device import demand_of
from shared.contracts import cases, feedback, referrals
from shared.contracts.values import Plan
from tests.desk.browsers import NONE, Seat, chromium, seat
from tests.desk.stories import Story
from tests.desk.test_browser import base, browser
from tests.desk.visitors import Doorstep

__all__ = ["base", "browser"]
pytestmark = pytest.mark.skipif(chromium() is None, reason=NONE)


async def fill_in(household: Seat, path: str) -> str:
    """The first screen; returns the receipt."""
    page = household.page
    await household.go(path)
    await page.fill("[name=phone]", "19900000001")
    await page.select_option("[name=county]", "620102")
    await page.fill("[name=amount]", "5")
    await page.select_option("[name=purpose]", "stock")
    if "assisted" in path:
        await page.fill("[name=assisted_by]", "grid-07")
    await page.check("[name=agree]")
    await household.press("button.main")
    return (await page.locator(".receipt dd").first.inner_text()).strip()


async def comes_back(household: Seat) -> None:
    """By its own telephone and a code: who helped has no way to its page."""
    page = household.page
    await household.go("/track")
    await page.fill("[name=phone]", "19900000001")
    await household.press("form[action='/track/phone'] button")
    await page.fill("[name=code]", "123456")
    await household.press("form[action='/track/code'] button")


@pytest.mark.parametrize(("language", "path"), [("zh", "/apply?channel=poster"), ("en", "/apply/assisted")])
async def test_from_the_form_to_the_choice(
    doorstep: Doorstep, browser: Browser, base: str, language: str, path: str
) -> None:
    way: Any = doorstep.office.way
    async with seat(browser, base, "household", language, "phone", scripts=False) as household:
        receipt = await fill_in(household, path)
        story = Story(1)
        story.demand = demand_of(doorstep.office.settings, receipt)
        await doorstep.happen([story.demanded()])
        await household.page.fill("[name=code]", "123456")
        await household.press("form:has([name=code]) button.main")
        assert way.said[-1][0] == "contact-confirmed"
        if "assisted" in path:
            way.opens = [story.demand]
            await comes_back(household)
        await doorstep.happen([story.obstructed(), story.cased(cases.Guided, "guided", usual_working_days=5)])
        await household.go("/mine")
        await household.page.fill("[name=receipt_number]", "SL-1")
        await household.press("form[action='/mine/filed'] button")
        plan = Plan(amount_yuan=50_000, term_months=12, rate_bp=390)
        looked = feedback.DisclosureOpened(
            demand=story.demand, recipient="beichen", person="li", fields=["phone"], reason="desk"
        )
        await doorstep.happen([
            story.opened((0, 1)), story.event("notify", looked),
            story.moved(0, referrals.Offered, "offered", "offered", plan=plan),
            story.moved(1, referrals.Offered, "offered", "offered", plan=plan),
        ])  # fmt: skip
        await household.go("/mine")
        assert await household.page.locator("form[action='/mine/choose']").count() == 2
        await household.press("form[action='/mine/choose'] button >> nth=0")
        assert way.said[-1][1]["action"] == "household-chooses"
        assert await household.page.locator(".lines").inner_text()
        await household.press("form[action='/track/leave'] button")
        await household.look("/track")
