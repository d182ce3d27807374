"""A shop's owner in a real browser at 360 px, beside a demonstration: the pages of the running desk, simulated banks
and offices, and codes as the text messages brought them. It looks into no table and no topic."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from playwright.async_api import Locator, async_playwright

from freshwater.demo.plan import Plan
from freshwater.demo.scenarios.noodle_shop import FIRST, PHONE, QR, RECEIPT, TRUE
from freshwater.demo.scenarios.scenario import Scenario
from freshwater.simulate.telephones import Telephones
from tests.desk.browsers import Seat, chromium, filled, seat

if TYPE_CHECKING:
    from freshwater.demo.running import Scene

LONGEST_SECONDS = 150
PRESSED = ("choose", "agree", "revive", "contact", "answer")
MINE = "form[action='/mine/{}']"
NEVER = "jingxiu"
"""The one bank that takes anybody at once."""


@dataclass
class Owner:
    """A shop's owner at its telephone: does what the page offers, each thing once."""

    seat: Seat
    phones: Telephones
    headings: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    async def applies(self) -> None:
        page = self.seat.page
        while not await self.offered("form[action='/apply']"):
            await page.goto(self.seat.base + QR)
            await asyncio.sleep(0.2)
        for name in ("phone", "amount", "sentence"):
            await page.fill(f"[name={name}]", FIRST[name])
        for name in ("county", "purpose"):
            await page.select_option(f"[name={name}]", FIRST[name])
        await page.click("details >> nth=0 >> summary")
        await page.check(f"[name=excluded][value={NEVER}]")
        await page.check("[name=agree]")
        # Of its own, so that the simulated banks and offices do the same in every run.
        await page.locator("[name=receipt]").evaluate("(one, receipt) => { one.value = receipt }", RECEIPT)
        await self.seat.press("button.main")
        await page.fill("[name=code]", await self.phones.code_of(PHONE))
        await self.seat.press("form:has([name=code]) button.main")

    async def offered(self, selector: str) -> Locator | None:
        found = self.seat.page.locator(selector)
        return found.first if await found.count() else None

    async def goes_on_until(self, state: str) -> None:
        """Look, do what is offered, look again."""
        async with asyncio.timeout(LONGEST_SECONDS):
            while True:
                await self.seat.go("/mine")
                heading = await self.seat.page.locator("h1").inner_text()
                if not self.headings or self.headings[-1] != heading:
                    self.headings.append(heading)
                if await self.offered(f".where-{state}"):
                    return
                if not (await self.answers() or await self.files() or await self.presses()):
                    await asyncio.sleep(0.5)

    async def answers(self) -> bool:
        form = await self.offered(MINE.format("supply"))
        if form is None:
            return False
        await filled(form, TRUE)
        async with self.seat.page.expect_navigation():
            await form.locator("button").click()
        refused = await self.seat.page.locator("[role=alert]").all_inner_texts()
        assert not refused, (refused, self.headings)
        return True

    async def files(self) -> bool:
        """Its own step is done: the number on the office's receipt."""
        form = await self.offered(MINE.format("filed"))
        if form is None:
            return False
        about = str(await form.locator("[name=about]").get_attribute("value"))
        if about in self.done:
            return False
        self.done |= {about, "filed"}
        await form.locator("[name=receipt_number]").fill("SL-620102-0360")
        await form.locator("button").click()
        assert "谢谢" in await self.seat.page.locator("[role=status]").inner_text()
        return True

    async def presses(self) -> bool:
        for name in PRESSED:
            if name in self.done or not (await self.offered(MINE.format(name) + " button")):
                continue
            self.done.add(name)
            if name == "answer":
                await self.seat.page.fill(MINE.format(name) + " [name=answer]", "材料已交")
            await self.seat.press(MINE.format(name) + " button >> nth=0")
            return True
        return False


class Story:
    """What came of it: the sentences that the page began with, what was pressed, and who saw what at last."""

    def __init__(self) -> None:
        self.headings: list[str] = []
        self.done: set[str] = set()
        self.looks: list[str] = []

    async def play(self, on: Scene, plan: Plan) -> None:
        """Beside the run, which ends no sooner than this demand has come to rest."""
        assert on.telephones is not None
        async with async_playwright() as playwright:
            # Without a user of its own (in a container) Chromium has no sandbox to use.
            running = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            async with seat(running, on.stack.desk_url, "whole", "zh", "phone", scripts=False) as one:
                owner = Owner(one, on.telephones, self.headings, self.done)
                await owner.applies()
                await owner.goes_on_until("chosen")
                own = one.page.locator("section:has(form[action='/mine/revoke']) li")
                self.looks = await own.all_inner_texts()
            await running.close()

    def scenario(self, name: str) -> Scenario:
        """A course of a demonstration in which it plays."""
        return Scenario(
            name, "a shop in a real browser", plan=lambda plan: replace(plan, telephones=True), beside=self.play
        )
