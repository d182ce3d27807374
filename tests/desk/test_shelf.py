"""The product shelf: open to everybody, every product in plain words, and examples whose sums are right."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.costs import example, examples
from services.desk.domain.windows import window
from services.desk.store import accounts, plans
from services.desk.web.guard import HEADERS
from services.desk.web.shelf.shelf import PAGE
from services.desk.web.wording.words import CHINA
from shared.clock import wall
from tests.desk.visitors import HASH, RELEASE, Doorstep

UNSAID = re.compile(r"\b(at_least|at_most|not_in|any_of|before_offer|before_referral|[a-z]+_[a-z_]+)\b")
"""Codes of the catalogue, which nobody should have to read."""


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_everybody_reads_every_product_in_plain_words(doorstep: Doorstep, language: str) -> None:
    async with doorstep.visitor(language) as nobody:
        answer = await nobody.get("/handbook")
        parts = sorted(set(re.findall(r'href="(/handbook\?part=\d+)"', answer.text)))
        book = [(await nobody.get(part)).text for part in parts]
        pages = [(await nobody.get(f"/products?kind=&page={number}")).text for number in range(1, 12)]
        shelf = "".join(pages)
    assert answer.status_code == 200
    assert len(parts) > 1, "a hundred products are too many for one page"
    assert all(len(page.encode()) < 100 * 1024 for page in (*book, *pages))
    for each in RELEASE.products.values():
        name = each.zh if language == "zh" else each.en
        assert sum(f"<h3>{name}" in unescape(page) for page in book) == 1
        assert f"/products/{each.id}" in shelf
    for page in book:
        said = re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0])
        assert not UNSAID.findall(said)
        assert ("由银行决定" if language == "zh" else "the bank decides") in said
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


async def test_the_shelf_is_narrowed_to_what_fits(doorstep: Doorstep) -> None:
    async with doorstep.visitor() as nobody:
        page = (await nobody.get("/products?wan=30&kind=loan&bank=niulang&special=1&county=620102")).text
        found = set(re.findall(r'href="/products/([a-z0-9_-]+)"', page))
        expected = {
            each.id
            for each in RELEASE.products.values()
            if each.bank == "niulang" and "loan" in each.kinds and each.campaign_special
            and each.amount_min <= 300_000 <= each.amount_max
        }  # fmt: skip
        assert found == expected
        assert expected
        # What makes no sense is left out; what fits nothing says so.
        senseless = (await nobody.get("/products?wan=x&bank=none&county=1&kind=q&page=-1")).text
        assert f"{len(RELEASE.products)} fit" in senseless
        assert "No product fits" in (await nobody.get("/products?wan=9999")).text


async def test_the_shelf_turns_its_pages_and_keeps_what_was_asked(doorstep: Doorstep) -> None:
    """Every product stands on one page, once; the address alone says which, so that it works without scripts."""
    fitting = [each for each in RELEASE.products.values() if "loan" in each.kinds]
    async with doorstep.visitor() as nobody:
        address, found, pages = "/products?kind=loan&county=", list[str](), 0
        while address:
            page, pages = (await nobody.get(address)).text, pages + 1
            found += re.findall(r'<h2><a href="/products/([a-z0-9_-]+)"', page)
            onward = re.search(r'rel="next" href="([^"]+)"', page)
            address = unescape(onward[1]) if onward else ""
            assert not onward or "kind=loan" in address
        assert sorted(found) == sorted(each.id for each in fitting)
        assert pages == -(-len(fitting) // PAGE) > 1
        past_the_end = (await nobody.get("/products?kind=loan&page=999")).text
        assert f"Page {pages} of {pages}" in past_the_end


async def test_a_product_has_its_page_and_a_code_that_leads_there(doorstep: Doorstep) -> None:
    async with doorstep.visitor() as nobody:
        page = (await nobody.get("/products/niulang-noodle")).text
        assert "Campaign special" in page
        assert "the bank checks it before an offer" in page
        assert "¥50,000" in page
        code = await nobody.get("/products/niulang-noodle/code")
        assert (code.status_code, code.headers["content-type"]) == (200, "image/svg+xml")
        assert code.text.startswith("<svg")
        assert (await nobody.get("/products/none")).status_code == 404
        assert (await nobody.get("/products/none/code")).status_code == 404


async def plan(doorstep: Doorstep, title: str, day: date, county: str = "620102", state: str = "planned") -> UUID:
    """An activity that the campaign office has entered."""
    account, activity = uuid4(), uuid4()
    await accounts.add(doorstep.connection, account, str(account), "campaign_office", None, HASH, wall(), (), False)
    values = (title, "fair", county, "人民广场", day, "北辰银行", 80)
    await plans.add_activity(doorstep.connection, plans.Made(activity, account, wall()), values)
    await plans.end_activity(doorstep.connection, activity, state, None)
    return activity


async def test_everybody_finds_what_is_on_and_each_activity_has_its_own_form(doorstep: Doorstep) -> None:
    today = wall().astimezone(CHINA).date()
    one = await plan(doorstep, "Market day", today)
    await plan(doorstep, "Yesterday", today - timedelta(days=1))
    await plan(doorstep, "Called off", today, state="called_off")
    await plan(doorstep, "Far away", today + timedelta(days=3), "620104")
    async with doorstep.visitor() as nobody:
        shelf, book = unescape((await nobody.get("/products")).text), unescape((await nobody.get("/handbook")).text)
        for page, channel in ((shelf, "shelf"), (book, "handbook")):
            assert [page.count(each) for each in ("Market day", "Yesterday", "Called off", "Far away")] == [1, 0, 0, 1]
            form = f"?campaign={RELEASE.campaign.id}&activity={one.hex[:12]}&channel={channel}"
            assert f"/apply/code{form}" in page
        asked = await nobody.get(f"/apply{form}")
        assert f"qr.{RELEASE.campaign.id}.{one.hex[:12]}.handbook" in asked.text
        nearby = (await nobody.get("/products?county=620104")).text
        assert ("Market day" in nearby, "Far away" in nearby) == (False, True)
        assert "Nothing is planned in Honggu" in (await nobody.get("/products?county=620111")).text


async def test_a_product_is_asked_for_in_its_window_and_is_said_to_be_over_after_it(doorstep: Doorstep) -> None:
    today = wall().astimezone(CHINA).date()
    days = {"coming": (today + timedelta(days=9), None), "open": (None, today), "over": (None, today - timedelta(1))}
    base = RELEASE.products["niulang-street"]
    made = {
        name: base.model_copy(update={"id": name, "en": name.upper(), "valid_from": first, "valid_to": last})
        for name, (first, last) in days.items()
    }
    doorstep.office.catalogue = lambda: dataclasses.replace(RELEASE, products={**RELEASE.products, **made})
    async with doorstep.visitor() as nobody:
        shelf = "".join([(await nobody.get(f"/products?bank=niulang&page={number}")).text for number in (1, 2)])
        book = (await nobody.get("/handbook?bank=niulang")).text
        assert [(f"/products/{name}" in shelf, name.upper() in book) for name in days] == [(True,) * 2] * 2 + [
            (False,) * 2
        ]
        assert f"from {days['coming'][0]} on" in shelf
        assert f"until {today}" in book
        assert shelf.rindex("<article") < shelf.index("/products/coming") + 400, "what is on offer today comes first"
        assert "It ended on" in (await nobody.get("/products/over")).text
        applied = await nobody.get("/apply?bank=niulang&channel=shelf")
        assert '<option value="niulang" selected>' in applied.text
        assert "<details open>" in applied.text


@given(st.dates(), st.none() | st.dates(), st.none() | st.dates())
def test_both_days_of_a_window_belong_to_it(today: date, first: date | None, last: date | None) -> None:
    found = window(first, last, today)
    inside = (first is None or first <= today) and (last is None or today <= last)
    assert (found.state == "open") == inside
    assert found.day == (first if found.state == "coming" else last)


def test_an_example_that_anybody_can_check() -> None:
    """100,000 yuan for a year at 3.7 percent: 8,501 a month and 2,015 of interest, as any loan calculator says."""
    one = example(100_000, 12, 370)
    assert (one.instalment_yuan, one.interest_yuan, one.yearly_bp) == (8_501, 2_015, 370)
    guaranteed = example(100_000, 24, 0, 50)
    assert (guaranteed.instalment_yuan, guaranteed.interest_yuan, guaranteed.guarantee_yuan) == (4_167, 0, 1_000)


@given(st.integers(1_000, 5_000_000), st.integers(1, 120), st.integers(0, 2_400), st.integers(0, 300))
def test_what_is_paid_is_the_amount_and_its_interest(amount: int, term: int, rate: int, fee: int) -> None:
    one = example(amount, term, rate, fee)
    assert abs(one.instalment_yuan * term - amount - one.interest_yuan) <= term
    # Never more than the whole amount would cost over the whole term.
    assert 0 <= one.interest_yuan <= amount * rate * term / 120_000 + 1


@given(st.integers(0, 500_000), st.integers(0, 500_000), st.integers(1, 60), st.integers(0, 60))
def test_examples_stay_within_what_the_product_gives(low: int, more: int, short: int, longer: int) -> None:
    for one in examples((low, low + more), (short, short + longer), 400):
        assert low <= one.amount_yuan <= low + more
        assert short <= one.term_months <= short + longer
