"""百业堵点月报: a month against the one before, for whom it concerns, as a page, a document and a workbook."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import docx
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.obstacle_report import Account, Line, heaviest, rows, total
from services.desk.web.obstacles.scope import department_name, months_before
from services.desk.web.what_if.rules import rules_of, without
from tests.desk.towns import TEAM, Town, account, issue
from tests.desk.visitors import RELEASE, Doorstep

OCTOBER, NOVEMBER = datetime(2026, 10, 30, 10, tzinfo=UTC), datetime(2026, 11, 27, 10, tzinfo=UTC)
FOOD, TAX = ("FOOD_PERMIT", "market_regulation"), ("TAX_OVERDUE", "tax")
PAGE = "/reports/obstacles?month=2026-11"


def line(opened: int, cleared: int, blocked: int, median: int | None = 2) -> Line:
    return Line("FOOD", "m-1", opened, opened - cleared, 0, cleared, median, blocked, cleared * 10)


def everything(_: str, __: Line) -> bool:
    return True


def test_a_month_is_what_came_since_the_last_account_before_it() -> None:
    before = [Account("1", {"FOOD": 4}, (line(6, 2, 400, None),))]
    now = [Account("1", {"FOOD": 5}, (line(9, 4, 500),))]
    (row,) = rows(now, before, everything, [Account("1", {}, (line(3, 1, 300),))])
    assert (row.released_before, rows(now, before, everything)[0].released_before) == (10, 20), "or all that there was"
    assert (total([row]).households, total([row, row]).households) == (5, 5), "one household is one, at two offices too"
    assert (row.opened, row.cleared, row.released_yuan) == (3, 2, 20)
    assert (row.open, row.households, row.households_before) == (5, 5, 4)
    assert (row.median_net_days, row.median_before) == (2, None)
    assert (row.blocked_yuan, row.blocked_before) == (500, 400)


def test_a_county_without_an_account_stands_as_it_stood() -> None:
    (row,) = rows([], [Account("1", {"FOOD": 4}, (line(6, 2, 400),))], everything)
    assert (row.open, row.households, row.blocked_yuan) == (4, 4, 400)
    assert (row.opened, row.cleared, row.released_yuan) == (0, 0, 0)


LINES = st.builds(
    Line, st.sampled_from("AB"), st.sampled_from("xy"), *[st.integers(0, 50)] * 4, st.none() | st.integers(0, 9),
    *[st.integers(0, 10**9)] * 2,
)  # fmt: skip


@given(st.lists(LINES, max_size=6), st.lists(LINES, max_size=6))
def test_no_money_is_lost_or_made_by_putting_months_side_by_side(now: list[Line], before: list[Line]) -> None:
    """Each place once; the heaviest first; nothing negative; sums are those of the accounts."""
    latest = {(each.obstacle, each.authority): each for each in now}
    found = rows([Account("1", {}, tuple(now))], [Account("1", {}, tuple(before))], everything)
    places = [(row.obstacle, row.authority) for row in found]
    assert len(places) == len(set(places))
    assert [row.blocked_yuan for row in found] == sorted((row.blocked_yuan for row in found), reverse=True)
    assert all(min(row.opened, row.cleared, row.released_yuan) >= 0 for row in found)
    here = [row for row in found if (row.obstacle, row.authority) in latest]
    assert total(here).blocked_yuan == sum(each.blocked_yuan for each in latest.values())
    assert sum(yuan for _, yuan in heaviest(found, 9)) == total(found).blocked_yuan


def test_months_over_the_turn_of_a_year() -> None:
    assert months_before("2027-02", 3) == ["2027-02", "2027-01", "2026-12"]


async def told(doorstep: Doorstep) -> Town:
    """Two counties with two months' accounts, an issue, a decision, and what matching says of a rule less."""
    town, other = Town(), Town("620200")
    doorstep.services.says = {
        "release": 1, "demands": 9, "served_before": 2, "served_after": 5, "households_gained": 3, "households_lost": 0,
        "yuan_gained": 270_000, "cheaper": 0, "dearer": 0, "changed": 3,
        "banks": [{"bank": "beichen", "name": "b", "households": 3, "yuan": 270_000}],
        "spared": [{"step": "FOOD_PERMIT", "demands": 3}, {"step": "supply annual_report_filed", "demands": 1}],
    }  # fmt: skip
    await doorstep.happen(
        [
            account(town, OCTOBER, (*FOOD, 6, 2, 400_000), median=None),
            account(town, NOVEMBER, (*FOOD, 9, 4, 500_000), (*TAX, 2, 1, 110_000)),
            account(other, NOVEMBER, (*TAX, 4, 0, 900_000)),
            issue(town, NOVEMBER),
            town.agenda("FOOD_PERMIT"),
            town.decided("FOOD_PERMIT"),
        ]
    )
    return town


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_report_of_a_month(doorstep: Doorstep, language: str) -> None:
    await told(doorstep)
    async with doorstep.officer("campaign_office", None, language) as office:
        page = (await office.get(PAGE)).text
        earlier = (await office.get("/reports/obstacles?month=2026-09")).text
        document = docx.Document(io.BytesIO((await office.get("/reports/obstacles/docx?month=2026-11")).content))
        content = (await office.get("/reports/obstacles/xlsx?month=2026-11")).content
        book = openpyxl.load_workbook(io.BytesIO(content))
        assert (await office.get("/reports/obstacles/exe?month=2026-11")).status_code == 404
    blocked, before = ("151 万元", "40 万元") if language == "zh" else ("¥1,510,000", "¥400,000")
    paragraphs = [each.text for each in document.paragraphs]
    for said in (page, "\n".join(paragraphs)):
        assert blocked in said
        assert before in said
        assert ("百业堵点月报" if language == "zh" else "Monthly obstacle report") in said
    assert "620102-2026-001" in page
    assert "waived &lt;b&gt;" in page
    assert "270,000" in page or "27 万元" in page
    assert ("本月此范围内没有堵点" if language == "zh" else "Nothing stood in anybody") in earlier
    assert len(document.tables) == len(book.sheetnames) == 4
    sheet: Any = book["obstacle-report"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    assert [row[-4:-1] for row in values] == [[900_000, 0, 0], [500_000, 400_000, 100_000], [110_000, 0, 50_000]]
    assert await doorstep.connection.fetchval("SELECT count(*) FROM records WHERE what = 'exported'") == 2


async def test_a_rule_less_is_asked_for_the_obstacles_that_block_most_and_the_county(doorstep: Doorstep) -> None:
    await told(doorstep)
    async with doorstep.officer("auditor", None) as auditor:
        await auditor.get(f"{PAGE}&county=620102")
    facts = [(edit["criteria"][0]["fact"], edit["criteria"][0]["drop"]) for edit, _ in doorstep.services.asked]
    assert facts == [("food_permit", True), ("tax_state", True)]
    assert {county for _, county in doorstep.services.asked} == {"620102"}


@pytest.mark.parametrize(
    ("subject", "sees", "not_theirs"),
    [
        ("tax-620102", "¥110,000", ("¥500,000", "¥900,000", "620102-2026-001")),
        ("tax-620000", "¥900,000", ("¥500,000",)),
        (TEAM, "¥500,000", ("¥900,000",)),
        ("market_regulation-620102", "620102-2026-001", ("¥900,000", "¥110,000")),
        ("nobody-620102", "Nothing stood in anybody", ("¥500,000", "¥900,000", "¥110,000")),
    ],
)
async def test_an_office_reads_its_own_line_and_a_team_its_own_county(
    doorstep: Doorstep, subject: str, sees: str, not_theirs: tuple[str, ...]
) -> None:
    """Whatever the address asks for."""
    await told(doorstep)
    async with doorstep.officer("authority", subject) as officer:
        pages = [(await officer.get(PAGE)).text, (await officer.get(f"{PAGE}&department=&county=")).text]
        asked = (await officer.get(f"{PAGE}&department=tax&county=620200")).text
    for page in pages:
        assert sees in page.replace("&#39;", "'")
        assert not [text for text in not_theirs if text in page]
    assert subject == "tax-620000" or "¥900,000" not in asked


async def test_without_matching_the_report_says_so(doorstep: Doorstep) -> None:
    await told(doorstep)
    doorstep.services.says = {"problems": [{"zh": "无应答", "en": "no answer"}]}
    async with doorstep.officer("auditor", None) as auditor:
        page = (await auditor.get(PAGE)).text
    assert "matching does not answer now" in page


def test_a_department_is_called_by_its_highest_office() -> None:
    from services.desk.web.language import language

    assert department_name(RELEASE, "tax", language("zh")) == "税务"
    assert department_name(RELEASE, "tax", language("en")) == "Tax"


def test_no_product_asks_after_a_rule_was_dropped() -> None:
    edit = without(RELEASE, "licence_state")
    assert edit is not None
    assert {change["op"] for change in edit["criteria"]} == {
        rule.op for rule in rules_of(RELEASE) if rule.fact == "licence_state"
    }
    assert without(RELEASE, "credit_record_right") is None


async def test_what_if_asks_matching_and_shows_households_money_and_banks(doorstep: Doorstep) -> None:
    await told(doorstep)
    place = "operating_months/at_least/12"
    async with doorstep.officer("campaign_office", None) as office:
        assert "Households more" not in (await office.get("/what-if")).text
        page = (await office.get(f"/what-if?rule={place}&becomes=6&bank=beichen&county=620102")).text
        wrong = (await office.get(f"/what-if?rule={place}&becomes=half")).text
        await office.get(f"/what-if?rule={place}&drop=1&bank=nobody")
        taken = (await office.post(f"/export/what-if-banks?rule={place}&drop=1", kind="csv", reason="policy")).text
        empty = (await office.post("/export/what-if-banks", kind="csv", reason="policy")).text
        doorstep.services.says = {"problems": ["no product <asks> that"]}
        refused = (await office.get(f"/what-if?rule={place}&becomes=7")).text
    change = {"fact": "operating_months", "op": "at_least", "was": 12}
    asked = [(edit["criteria"][0], county) for edit, county in doorstep.services.asked]
    assert asked == [
        ({**change, "becomes": 6, "banks": ["beichen"]}, "620102"),
        *[({**change, "drop": True}, None)] * 2,
        ({**change, "becomes": 7}, None),
    ]
    for text in ("¥270,000", RELEASE.institutions["beichen"].en, RELEASE.obstacles["FOOD_PERMIT"].en, "today 2 of 9"):
        assert text in page
    assert "write a whole number" in wrong
    assert 'action="/export/what-if-banks?rule=' in page
    assert (RELEASE.institutions["beichen"].en in taken, RELEASE.institutions["beichen"].en in empty) == (True, False)
    assert "no product &lt;asks&gt; that" in refused
