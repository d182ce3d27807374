"""A shop's story on its own telephone: a real browser at 360 px, the desk's pages, and the services behind them."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser

from freshwater.demo.scenarios.noodle_shop import TRUE
from freshwater.places import CHECKOUT
from services.desk.web.household.device import demand_of
from services.intake.settings import IntakeSettings
from shared.catalogue import load_directory
from shared.database import connect
from shared.vault import Vault
from tests.desk.browsers import NONE, Seat, chromium, filled, seat, served
from tests.desk.test_browser import browser
from tests.intake.test_papers import photo
from tests.path.telephone import Street
from tests.path.town import Town, forget

__all__ = ["browser"]
pytestmark = pytest.mark.skipif(chromium() is None, reason=NONE)


NEVER = "jingxiu"
"""The one bank that takes anybody at once: without it more is asked, and then there are offers to compare."""


PAPERS = """
SELECT convert_from(params, 'UTF8')::jsonb ->> 'file' AS file FROM timeline WHERE demand = $1 AND type = $2
"""

FILED = """
SELECT convert_from(params, 'UTF8')::jsonb ->> 'receipt_number' AS number FROM timeline
WHERE demand = $1 AND type = 'case.filed'
"""


def a_phone() -> str:
    return f"199{secrets.randbelow(10**8):08d}"


@pytest.fixture
async def street(town: tuple[Town, str]) -> AsyncIterator[Street]:
    """The town at work, with its gate and its desk at their addresses."""
    lived_in, _ = town
    settings: Any = lived_in.settings["intake"]
    assert isinstance(settings, IntakeSettings)
    await forget(lived_in, town[1])
    vault = Vault(settings.vault, settings.masters)
    await vault.start()
    desk = await connect(lived_in.settings["desk"].postgres, "desk")
    made = Street(lived_in, vault, desk, load_directory(CHECKOUT / "catalogue"))
    async with served(*lived_in.http["intake"]), served(*lived_in.http["desk"]), made.open():
        yield made
    await desk.close()
    await vault.stop()


@pytest.fixture
def base(street: Street) -> str:
    return f"http://127.0.0.1:{street.town.http['desk'][1]}"


async def hand_in(household: Seat, street: Street, phone: str, path: str, wan: str = "5") -> UUID:
    """The first screen and the code; returns the demand."""
    page = household.page
    await household.go(path)
    await page.fill("[name=phone]", phone)
    await page.select_option("[name=county]", "620102")
    await page.fill("[name=amount]", wan)
    await page.select_option("[name=purpose]", "stock")
    if "assisted" in path:
        await page.fill("[name=assisted_by]", "grid-07")
    await page.click("details >> nth=0 >> summary")
    await page.check(f"[name=excluded][value={NEVER}]")
    await page.check("[name=agree]")
    await household.press("button.main")
    receipt = re.sub(r"\s", "", await page.locator(".receipt dd").first.inner_text())
    await page.fill("[name=code]", await street.code_for(phone))
    await household.press("form:has([name=code]) button.main")
    settings: Any = street.town.settings["desk"]
    return demand_of(settings, receipt)


async def answer(household: Seat, told: Mapping[str, Any]) -> bool:
    """What the page asks, where it asks anything."""
    form = household.page.locator("form[action='/mine/supply']")
    if not await form.count():
        return False
    await filled(form, told)
    await household.press("form[action='/mine/supply'] button")
    return True


async def answers(household: Seat, street: Street, told: Mapping[str, Any], until: str) -> None:
    """Page after page, until a form or panel is there."""
    for _ in range(12):
        await street.rest()
        await household.go("/mine")
        if await household.page.locator(until).count():
            return
        assert await answer(household, told), f"nothing is asked, and {until} is not there"
    raise AssertionError("asked twelve times")


async def sends_a_photo(household: Seat, street: Street, demand: UUID) -> None:
    """Instead of typing: it has come, and nobody has it yet."""
    picture = {"name": "licence.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    await street.rest()
    await household.go("/mine")
    await household.page.set_input_files("[name=file]", files=picture)  # type: ignore[arg-type]
    await household.page.select_option("form[action='/mine/file/paper'] [name=kind]", "licence")
    await household.press("form[action='/mine/file/paper'] button")
    await street.wait(PAPERS, demand, "demand.evidence-attached")
    await household.go("/mine")
    assert (
        "还没有人能看到它" in await household.page.locator("section:has(form[action='/mine/file/paper'])").inner_text()
    )


async def a_bank_cannot_use_it(household: Seat, street: Street, demand: UUID) -> None:
    """Whoever works on the demand says why, at its own door; the household reads it."""
    (row,) = await street.wait(PAPERS, demand, "demand.evidence-attached")
    panel = household.page.locator("section:has(form[action='/mine/file/paper'])")
    assert "现在可以打开它" in await panel.inner_text()
    (bank,) = await street.wait("SELECT bank FROM referrals WHERE demand = $1 AND state = 'chosen'", demand)
    said = {"demand": demand, "file": row["file"], "outcome": "unusable", "reason": "照片反光，看不清有效期。"}
    street.town.says(bank["bank"], "evidence-read", {"source_id": str(uuid4()), **said})
    await street.wait(PAPERS, demand, "demand.evidence-read")
    await household.go("/mine")
    assert "照片反光，看不清有效期。" in await panel.inner_text()


async def chooses(household: Seat, street: Street, demand: UUID) -> None:
    """Offers side by side; one is taken; and who saw what."""
    page, offers = household.page, await street.banks_offer(demand)
    await street.rest()
    await household.go("/mine")
    assert offers >= 2, "nothing to compare"
    assert await page.locator("form[action='/mine/choose']").count() == offers
    assert await page.locator(".cards dl").count() == offers
    await household.press("form[action='/mine/choose'] button >> nth=0")
    await street.rest()
    await household.go("/mine")
    assert await page.locator(".where-chosen").count() == 1
    looks = await page.locator("section:has(form[action='/mine/revoke']) li").all_inner_texts()
    assert len(looks) >= offers
    assert all(re.search("手机号|your telephone", each) for each in looks), looks


async def test_a_shop_goes_from_the_poster_to_its_choice(street: Street, browser: Browser, base: str) -> None:
    async with seat(browser, base, "story", "zh", "phone", scripts=False) as household:
        demand = await hand_in(household, street, a_phone(), "/apply?channel=poster")
        await sends_a_photo(household, street, demand)
        await answers(household, street, {**TRUE, "licence_state": "valid"}, ".where-referred")
        await chooses(household, street, demand)
        await a_bank_cannot_use_it(household, street, demand)


async def test_a_clerk_helps_and_the_owner_goes_on_alone(street: Street, browser: Browser, base: str) -> None:
    phone = a_phone()
    async with seat(browser, base, "clerk", "en", "phone", scripts=False) as clerk:
        demand = await hand_in(clerk, street, phone, "/apply/assisted")
        assert await clerk.page.locator(".receipt dd").count() == 1, "the receipt, and no secret"
        await clerk.page.goto(base + "/mine")
        assert clerk.page.url == base + "/track"
    async with seat(browser, base, "owner", "en", "phone", scripts=False) as owner:
        await owner.go("/track")
        await owner.page.fill("[name=phone]", phone)
        await owner.press("form[action='/track/phone'] button")
        await owner.page.fill("[name=code]", await street.code_for(phone))
        await owner.press("form[action='/track/code'] button")
        await answers(owner, street, {**TRUE, "licence_state": "valid"}, ".where-referred")
        await chooses(owner, street, demand)


async def test_a_shop_without_a_licence_is_guided_and_comes_back(street: Street, browser: Browser, base: str) -> None:
    async with seat(browser, base, "guided", "zh", "phone", scripts=False) as household:
        demand = await hand_in(household, street, a_phone(), "/apply", "30")
        await answers(household, street, TRUE, ".steps")
        guide = await household.page.locator(".steps").inner_text()
        for each in ("未办理营业执照", "市场监管窗口", "身份证件", "网上办理"):
            assert each in guide
        assert "LIC_NONE" in await street.office_clears(demand)
        await street.rest()
        await answers(household, street, TRUE, ".where-referred")
        looks = await household.page.locator("section:has(form[action='/mine/revoke']) li").all_inner_texts()
        # The office works through the county's platform, and by the platform's name it was registered.
        assert any("政务协同平台620102" in each and "经营场所使用证明" in each for each in looks), looks


async def test_its_own_step_is_filed_with_the_offices_receipt(street: Street, browser: Browser, base: str) -> None:
    """What a household does itself is no office's case before it has filed: it has the steps, and gives the number."""
    async with seat(browser, base, "filed", "en", "phone", scripts=False) as household:
        demand = await hand_in(household, street, a_phone(), "/apply", "30")
        true = {**TRUE, "licence_state": "valid", "overdue_now": "true"}
        form = "form[action='/mine/filed']"
        await answers(household, street, true, form)
        assert "Your next step" in await household.page.locator(".steps").inner_text()
        await household.page.fill(f"{form} [name=receipt_number] >> nth=0", "SL-620102-0360")
        await household.press(f"{form} button >> nth=0")
        filed = await street.wait("SELECT 1 FROM cases WHERE demand = $1 AND state = 'filed'", demand)
        assert len(filed) == 1
        numbers = await street.wait(FILED, demand)
        assert [each["number"] for each in numbers] == ["SL-620102-0360"]
