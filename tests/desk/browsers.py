"""A real browser before the desk's real pages: Chromium of the distribution, driven by Playwright's own driver.

FRESHWATER_CHROMIUM names another one; FRESHWATER_SHOTS names a folder in which a picture of every page is kept.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from playwright.async_api import Browser, Locator, Page

from freshwater.servers.ports import free_port
from tests.desk.visitors import PASSWORD

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NONE = (
    "no Chromium here: Debian, Ubuntu: apt-get install chromium fonts-noto-cjk; Fedora: dnf install chromium; "
    "or FRESHWATER_CHROMIUM=/path/to/it"
)
WIDTHS = {"desktop": 1280, "phone": 360}


def chromium() -> str | None:
    """The program, if there is one."""
    named = os.environ.get("FRESHWATER_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


class Quiet(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(application: Any, port: int = 0) -> AsyncIterator[str]:
    """Pages at an address of this machine."""
    port = port or free_port()
    config = uvicorn.Config(application, host="127.0.0.1", port=port, log_level="warning", lifespan="off")
    server = Quiet(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done(), "the server ended before it began"
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@dataclass
class Seat:
    """Somebody before a screen of a width, reading one language; what the browser complains of is kept."""

    page: Page
    base: str
    name: str
    width: int
    complaints: list[str] = field(default_factory=list)

    async def sign_in(self, login: str) -> None:
        await self.page.goto(self.base + "/sign-in")
        await self.page.fill("[name=login]", login)
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(lambda url: "/sign-in" not in url)

    async def go(self, path: str) -> None:
        """To a page, which is looked at."""
        answer = await self.page.goto(self.base + path)
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        await self.look(path)

    async def look(self, path: str) -> None:
        """Nothing wider than the screen, nothing over anything else, something said, no complaint of the browser."""
        found = await self.page.evaluate(_LOOK)
        assert found["width"] <= self.width, f"{path} is {found['width']} px wide at {self.width}: {found['wide']}"
        assert found["heading"], f"{path} has no heading"
        assert not found["over"], f"{path}: {found['over']}"
        assert self.complaints == [], f"{path}: {self.complaints}"
        if folder := os.environ.get("FRESHWATER_SHOTS"):
            name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "one", path)
            name = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "home"
            await self.page.screenshot(path=Path(folder) / f"{self.name}-{name}.png", full_page=True)

    async def press(self, selector: str) -> None:
        """A click that leads to another page; the page is looked at."""
        async with self.page.expect_navigation():
            await self.page.click(selector)
        await self.look(self.page.url.removeprefix(self.base))


_LOOK = """() => {
  const shown = (one) => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && one.checkVisibility();
  };
  const wide = [...document.querySelectorAll("main *")].filter((one) => shown(one)
    && one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".table, .sheet, .hidden, .skip"));
  const pressed = [...document.querySelectorAll("main button, main a.button, main summary, nav a")].filter(shown);
  const over = [];
  for (let i = 0; i < pressed.length; i++) for (let j = i + 1; j < pressed.length; j++) {
    if (pressed[i].contains(pressed[j]) || pressed[j].contains(pressed[i])) continue;
    if (pressed[i].closest(".sheet") !== pressed[j].closest(".sheet")) continue;
    const a = pressed[i].getBoundingClientRect(), b = pressed[j].getBoundingClientRect();
    if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2)
      over.push(pressed[i].textContent.trim() + " / " + pressed[j].textContent.trim());
  }
  return { width: document.documentElement.scrollWidth, heading: document.querySelector("h1")?.textContent.trim(),
    wide: wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)), over: over.slice(0, 3) };
}"""


@asynccontextmanager
async def seat(
    browser: Browser, base: str, name: str, language: str, screen: str, *, scripts: bool = True
) -> AsyncIterator[Seat]:
    """A browser of one's own, with nothing in it."""
    width = WIDTHS[screen]
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        java_script_enabled=scripts,
        locale="zh-CN" if language == "zh" else "en-GB",
        has_touch=screen == "phone",
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    one = Seat(page, base, f"{name}-{language}-{screen}", width)
    page.on("console", lambda message: one.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: one.complaints.append(str(error)))
    # The Content-Security-Policy says that nothing comes from elsewhere: here it is seen.
    page.on("request", lambda asked: None if asked.url.startswith(base) else one.complaints.append(asked.url))
    yield one
    await context.close()


async def filled(form: Locator, told: Mapping[str, Any]) -> None:
    """Fill in what a form asks, by its fields' names; of a list the first is ticked."""
    asked = form.locator("select, input:not([type=hidden])")
    for name in dict.fromkeys(await asked.evaluate_all("all => all.map(one => one.name)")):
        one = form.locator(f"[name={name}]").first
        if isinstance(told[name], list):
            await form.locator(f"[name={name}][value={told[name][0]}]").check()
        elif await one.evaluate("one => one.tagName") == "SELECT":
            await one.select_option(str(told[name]))
        else:
            await one.fill(str(told[name]))
