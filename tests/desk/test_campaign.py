"""The campaign's pages: in both languages, by role, with their forms, their files and their bulletin."""

from __future__ import annotations

import io
import re

import docx
import httpx
import pytest

from services.desk.domain.league import LEAST_REFERRALS
from services.desk.web.navigation import CAMPAIGN
from shared.contracts import cases
from tests.desk.measuring import measured
from tests.desk.stories import BANKS, Story, whole
from tests.desk.test_plans import filled
from tests.desk.visitors import RELEASE, Doorstep

LARGEST_PAGE = 100 * 1024
UNDER = [page.path for page in CAMPAIGN]


async def fill(doorstep: Doorstep) -> None:
    """Enough for a rank, an obstacle that waits, money that moved, a policy that was paid."""
    events = [event for number in range(LEAST_REFERRALS + 2) for event in whole(number)]
    for number in range(60, 66):
        blocked = Story(number)
        events += [blocked.demanded(), blocked.cased(cases.Opened, "opened", reason="authority_acts")]
    await doorstep.happen([*events, *measured(50)])


async def test_every_page_in_both_languages_with_and_without_data(doorstep: Doorstep) -> None:
    for full in (False, True):
        if full:
            await fill(doorstep)
        for language in ("zh", "en"):
            async with doorstep.officer("campaign_office", language=language) as visitor:
                for path in UNDER:
                    answer = await visitor.get(path)
                    assert answer.status_code == 200, f"{path}: {answer.text}"
                    assert len(answer.content) <= LARGEST_PAGE, path
                    assert not re.findall(r"<style|\sstyle=|\son\w+=['\"]|(?:src|href)=[\"']https?:", answer.text), path
                    assert f'href="{path}" aria-current="page"' in answer.text


async def test_the_pages_say_what_the_stories_say(doorstep: Doorstep) -> None:
    await fill(doorstep)
    async with doorstep.officer("auditor") as visitor:
        league = (await visitor.get("/campaign/league")).text
        obstacles = (await visitor.get("/campaign/obstacles")).text
        money = (await visitor.get("/campaign/money")).text
        clocks = (await visitor.get(f"/campaign/clocks?bank={BANKS[2]}")).text
        funnel = (await visitor.get("/campaign/funnel")).text
    names = [RELEASE.institutions[bank].en for bank in BANKS]
    first = min(names, key=lambda name: league.index(name + "<"))
    assert first == names[2], "the only bank that ever made an offer leads"
    assert RELEASE.obstacles["AR_MISSING"].en in obstacles
    assert "6 households" in obstacles
    assert "¥1,980,000" in funnel
    assert RELEASE.policies["service_subsidy_2026"].en in money
    assert "3.90%" in money
    assert "Reach the household" in clocks


async def test_a_bank_sees_the_table_its_own_units_and_its_own_plans(doorstep: Doorstep) -> None:
    await fill(doorstep)
    async with doorstep.officer("campaign_office") as office:
        for bank in BANKS[:2]:
            await office.get("/campaign/commitments")
            days = {"from_day": "2026-11-01", "due_on": "2026-12-31"}
            answer = await office.post(
                "/campaign/commitments",
                bank=bank,
                measure="granted_yuan",
                target="5,000,000",
                **days,
                note=f"of {bank}",
            )
            assert answer.status_code == 303
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        assert RELEASE.institutions[BANKS[1]].en in (await visitor.get("/campaign/league")).text
        plans = (await visitor.get("/campaign/commitments")).text
        clocks = (await visitor.get(f"/campaign/clocks?bank={BANKS[1]}")).text
        for path in ("funnel", "obstacles", "money", "bulletin", "charts/days"):
            assert (await visitor.get(f"/campaign/{path}")).status_code == 403
        assert (await visitor.post("/campaign/commitments", bank=BANKS[0])).status_code == 403
    assert f"of {BANKS[0]}" in plans
    assert f"of {BANKS[1]}" not in plans
    assert RELEASE.institutions[BANKS[0]].en in clocks
    assert RELEASE.institutions[BANKS[1]].en not in clocks


async def test_what_is_planned_is_entered_and_everything_wrong_is_said_at_once(doorstep: Doorstep) -> None:
    async with doorstep.officer("campaign_office") as visitor:
        await visitor.get("/campaign/activities")
        wrong = await visitor.post("/campaign/activities", title="", kind="party", county="1", on_day="soon", host="")
        assert wrong.status_code == 422
        assert wrong.text.count("<li>") >= 6
        planned = {"title": "=HYPERLINK(1)", "kind": "fair", "county": "620102", "on_day": "2026-11-27", "host": "Team"}
        await visitor.press("/campaign/activities", **planned, expected="80", place="Hall 2")
        page = (await visitor.get("/campaign/activities")).text
        activity = re.search(r"/campaign/activities/([0-9a-f-]{36})/end", page)
        assert activity
        done = await visitor.press(f"/campaign/activities/{activity[1]}/end", state="held", came="91")
        assert "Took place" in done.text
        assert ">91<" in done.text
        lists = {"title": "East market", "bank": BANKS[0], "county": "620102", "planned": "40"}
        page = (await visitor.press("/campaign/visits", **lists, from_day="2026-11-24", to_day="2026-11-30")).text
        assert "East market" in page
        backwards = await visitor.post("/campaign/visits", **lists, from_day="2026-11-30", to_day="2026-11-24")
        assert "not before the first" in backwards.text
        missing = await visitor.post("/campaign/activities/0/end", state="held", came="1")
        assert missing.status_code == 404
        taken = await visitor.post("/export/activities", reason="a test", kind="csv")
        assert "'=HYPERLINK(1)" in taken.text


async def test_visits_are_counted_by_what_was_seen(doorstep: Doorstep) -> None:
    await doorstep.happen(measured(50))
    lists = {"title": "East market", "bank": BANKS[0], "county": "620102", "planned": "40"}
    async with doorstep.officer("campaign_office") as visitor:
        await visitor.get("/campaign/visits")
        page = (await visitor.press("/campaign/visits", **lists, from_day="2026-11-24", to_day="2026-11-30")).text
    row = page[page.index("East market") :].partition("</tr>")[0]
    assert re.findall(r">(\d+)<", row)[-3:] == ["40", "1", "1"]


async def test_a_bank_sends_in_its_month_and_it_stays_apart(doorstep: Doorstep) -> None:
    await fill(doorstep)
    async with doorstep.officer("bank", BANKS[0]) as visitor:
        empty = await visitor.get("/campaign/reported/empty")
        assert empty.content.startswith(b"PK")
        await visitor.get("/campaign/reported")

        async def send(content: bytes, month: str = "2026-11-24") -> httpx.Response:
            return await visitor.client.post(
                "/campaign/reported", data={"token": visitor.token, "month": month}, files={"file": ("a.xlsx", content)}
            )

        assert (await send(filled({"granted": (7_777, 88_888_888)}))).status_code == 303
        assert (await send(filled({"granted": (7_778, 88_888_888)}))).status_code == 303
        page = (await visitor.get("/campaign/reported")).text
        wrong = await send(filled({"granted": ("many", 1)}))
        not_ours = await send(b"no spreadsheet")
        large = await send(b"x" * 400_000)
        nothing = await visitor.post("/campaign/reported", month="2026-11-24")
    assert "7,778" in page
    assert "7,777" not in page
    assert wrong.status_code == not_ours.status_code == nothing.status_code == 422
    assert "whole numbers" in wrong.text
    assert "no spreadsheet of ours" in not_ours.text
    assert large.status_code == 413
    async with doorstep.officer("campaign_office") as office:
        for path in UNDER:
            text = (await office.get(path)).text
            assert ("7,778" in text) == (path == "/campaign/reported"), path


async def test_the_bulletin_as_page_and_as_document_says_the_same(doorstep: Doorstep) -> None:
    await fill(doorstep)
    async with doorstep.officer("campaign_office", language="zh") as visitor:
        await visitor.get("/campaign/activities")
        planned = {"title": "夜市走访", "kind": "street", "county": "620102", "on_day": "2026-11-26", "host": "街道"}
        await visitor.press("/campaign/activities", **planned, expected="80", place="夜市")
        page = (await visitor.get("/campaign/bulletin?week=2026-11-25")).text
        document = await visitor.get("/campaign/bulletin.docx?week=2026-11-25")
        assert (await visitor.get("/campaign/bulletin?week=never")).status_code == 200
    read = docx.Document(io.BytesIO(document.content))
    text = "\n".join([*(each.text for each in read.paragraphs), *_cells(read)])
    for said in (
        "通报",
        "2026-11-23 – 2026-11-29",
        RELEASE.institutions[BANKS[2]].zh,
        RELEASE.obstacles["AR_MISSING"].zh,
        "198 万元",
        "夜市走访",
    ):
        assert said in page, said
        assert said in text, said
    assert len(read.tables) >= 3


def _cells(read: docx.document.Document) -> list[str]:
    return [cell.text for table in read.tables for row in table.rows for cell in row.cells]


@pytest.mark.parametrize("name", ["days", "money"])
async def test_charts_run_nothing_and_fetch_nothing(doorstep: Doorstep, name: str) -> None:
    await doorstep.happen([*whole(1), *whole(2)])
    async with doorstep.officer("auditor", language="zh") as visitor:
        chart = await visitor.get(f"/campaign/charts/{name}")
        assert (await visitor.get("/campaign/charts/other")).status_code == 404
    assert chart.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in chart.headers["content-security-policy"]
    assert not re.findall(r"(?:xlink:)?href=|<script[^>]+src|@import|url\(", chart.text)
