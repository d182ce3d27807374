"""`--scenario noodle-shop`: one household's whole story on its own pages, from a QR form without a licence to money.

It does what its page offers it, and nothing else; around it a few simulated demands keep everybody at work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx

from freshwater.demo.browser import Browser, Form, Page
from freshwater.demo.plan import Plan
from freshwater.demo.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from freshwater.demo.running import Scene

PHONE, SHANGHAI = "19900000088", timedelta(hours=8)
RECEIPT = "K-0000-0000-0088"
"""Of its own, so that the played banks and offices do the same in every run."""
QR = "/apply?campaign=2026&activity=market-day&channel=poster"
FIRST: Mapping[str, str] = {
    "phone": PHONE, "county": "620102", "amount": "5", "purpose": "stock", "agree": "yes",
    "sentence": "在城关区开了一家面馆，还没来得及办执照，想借五万元进货（虚构）",
}  # fmt: skip
TRUE: Mapping[str, Any] = {
    "term_months": 12, "collateral": ["none"], "industry": "H6210", "operator_age": 38, "special_groups": ["none"],
    "first_time_borrower": "true", "present_lender": "none", "co_borrower": "true", "licence_state": "none",
    "licence_scope_fits": "true", "operating_months": 30, "annual_report_filed": "true", "abnormal_mark": "false",
    "open_penalty": "false", "data_current": "true", "food_permit": "true", "fire_check": "true",
    "discharge_registration": "true", "premises": "leased_registered", "tax_state": "regular", "tax_grade": "B",
    "tax_filing_months": 24, "insurance_arrears": "false", "monthly_flow_yuan": 60_000, "flow_months": 12,
    "settlement_account": "true", "debt_ratio": 20, "lender_count": 0, "employees": 3, "overdue_now": "false",
    "overdue_run_24m": 0, "overdue_total_24m": 0, "enquiries_3m": 1, "credit_record_right": "true",
    "court_listed": "false", "guarantee": "none", "startup_recognised": "false", "startup_loans_before": 0,
    "agricultural_entity": "false", "list_memberships": ["none"],
}  # fmt: skip
"""What is true of the shop, and what it answers when it is asked."""
LOOK_SECONDS, LONGEST_SECONDS = 0.5, 600.0
_ONCE = ("/mine/filed", "/mine/answer", "/mine/choose", "/mine/agree", "/mine/revive")


@dataclass(slots=True)
class Told:
    """The story's lines, and where it ended."""

    lines_: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    messages: int = 0
    ended: str = ""

    def take(self, topic: str, value: bytes, at: int) -> None:
        """The story is told by pages and messages, not by events."""

    def figures(self) -> dict[str, Any]:
        return {"noodle_shop": {"states": self.states, "messages": self.messages, "ended": self.ended}}

    def lines(self) -> list[str]:
        return ["The noodle shop's story, as its pages and messages told it:", *self.lines_]


async def _play(on: Scene, plan: Plan) -> None:
    told = on.observer
    assert isinstance(told, Told)
    assert on.telephones is not None
    browser = Browser(on.stack.desk_url)
    story = _Story(on, told, browser)
    on.telephones.watched.add(PHONE)
    on.telephones.shown = story.message
    try:
        # A code is valid for ten minutes: nobody types it in time where a day passes in a second.
        with on.pace.standing():
            await story.applies()
        await story.goes_on()
    finally:
        await browser.close()


class _Story:
    def __init__(self, on: Scene, told: Told, browser: Browser) -> None:
        self._on, self._told, self._browser = on, told, browser
        self._answered: set[str] = set()

    def _say(self, what: str, text: str) -> None:
        at = (self._on.pacer.clock.now() + SHANGHAI).strftime("%m-%d %H:%M")
        line = f"{at}  {what:<9}{text}"
        self._told.lines_.append(line)
        self._on.report(line)

    def message(self, to: str, text: str) -> None:
        if to == PHONE:
            self._told.messages += 1
            self._say("message", text)

    def _see(self, page: Page) -> None:
        """A page's state, where it is another than before."""
        state = f"{page.heading} {page.turn}".strip()
        if state and (not self._told.states or self._told.states[-1] != page.heading):
            self._told.states.append(page.heading)
            self._say("page", state)
        for notice in page.notices:
            self._say("page", notice)

    async def applies(self) -> None:
        """The form behind the QR code, then the six digits."""
        page = await self._until_there()
        form = page.form("/apply")
        assert form is not None, "the page has no form"
        self._say("fills in", "，".join(f"{name} {value}" for name, value in FIRST.items() if name != "agree"))
        page = await self._browser.send(form, receipt=RECEIPT, **FIRST)
        self._see(page)
        confirm = page.form("/apply/confirm")
        assert confirm is not None, page.notices
        phones = self._on.telephones
        assert phones is not None
        code = await phones.code_of(PHONE)
        self._say("types", "the six digits")
        self._see(await self._browser.send(confirm, code=code))

    async def _until_there(self) -> Page:
        """The desk answers as soon as it has the catalogue."""
        while True:
            try:
                page = await self._browser.open(QR)
            except httpx.TransportError:
                page = Page()
            if page.form("/apply"):
                return page
            await asyncio.sleep(LOOK_SECONDS)

    async def goes_on(self) -> None:
        """Look, do what the page offers, look again, until the money is there or nothing more can come."""
        async with asyncio.timeout(LONGEST_SECONDS):
            while True:
                page = await self._browser.open("/mine")
                self._see(page)
                if page.heading in ENDS:
                    self._told.ended = page.heading
                    return
                await self._act(page)
                await asyncio.sleep(LOOK_SECONDS)

    async def _act(self, page: Page) -> None:
        for form in page.forms:
            about = f"{form.action} {form.values.get('about', '')} {page.heading}"
            if form.action == "/mine/supply":
                if filled := self._answers(form):
                    self._say("answers", ", ".join(f"{name} {value}" for name, value in filled.items()))
                    self._see(await self._browser.send(form, **filled))
                    return
            elif form.action in _ONCE and about not in self._answered:
                self._answered.add(about)
                self._say("presses", form.action.rpartition("/")[2])
                said = {"receipt_number": "SL-620102-0088"} if form.action == "/mine/filed" else {}
                said |= {"answer": "材料已交"} if form.action == "/mine/answer" else {}
                self._see(await self._browser.send(form, **said))
                return

    def _answers(self, form: Form) -> dict[str, Any]:
        """What is asked and was not answered yet."""
        asked = [name for name in (*form.values, *form.choices) if name in TRUE and name not in self._answered]
        self._answered.update(asked)
        return {name: TRUE[name] for name in asked}


ENDS = ("钱已放款，这笔申请办结。", "这笔申请已结束。")
"""Headings after which nothing more comes."""


def _plan(plan: Plan) -> Plan:
    return replace(plan, ends=True, telephones=True)


SCENARIO = Scenario(
    "noodle-shop",
    "one household's whole story on its own pages, from a QR form without a licence to the money",
    demands=30,
    plan=_plan,
    beside=_play,
    observer=lambda plan: Told(),
)
