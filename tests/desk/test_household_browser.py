"""A household with its telephone, in a real browser at 360 px and without scripts: what it does itself. Its story with
the services behind the pages is tests/path/test_household_story.py."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from services.desk.web.household.device import demand_of
from shared.contracts import cases, referrals
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
    await page.check("[name=agree]")
    await household.press("button.main")
    return (await page.locator(".receipt dd").first.inner_text()).strip()


async def test_a_guided_household_says_that_it_has_filed_and_answers_a_bank(
    doorstep: Doorstep, browser: Browser, base: str
) -> None:
    way: Any = doorstep.office.way
    async with seat(browser, base, "household", "en", "phone", scripts=False) as household:
        receipt = await fill_in(household, "/apply?channel=poster")
        story = Story(1)
        story.demand = demand_of(doorstep.office.settings, receipt)
        await doorstep.happen([story.demanded()])
        await household.page.fill("[name=code]", "123456")
        await household.press("form:has([name=code]) button.main")
        await doorstep.happen([story.obstructed(), story.cased(cases.Guided, "guided", usual_working_days=5)])
        await household.go("/mine")
        await household.page.fill("[name=receipt_number]", "SL-1")
        await household.press("form[action='/mine/filed'] button")
        assert way.said[-1][1]["details"] == {"receipt_number": "SL-1"}
        await doorstep.happen([
            story.opened((0,)), story.moved(0, referrals.Accepted, "accepted"),
            story.moved(0, referrals.Contacted, "contacted", outcome="reached"),
        ])  # fmt: skip
        await household.go("/mine")
        assert await household.page.locator("button[value=yes]").count() == 0, "the bank has said so itself"
        await household.press("button[value=no]")
        assert (way.said[-1][1]["action"], way.said[-1][1]["details"]) == (
            "household-confirms-contact", {"contacted": False},
        )  # fmt: skip
        await household.press("form[action='/track/leave'] button")
        await household.look("/track")
