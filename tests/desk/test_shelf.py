"""The product shelf: open to everybody, every product in plain words, and examples whose sums are right."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.costs import example, examples
from services.desk.web.guard import HEADERS
from tests.desk.visitors import RELEASE, Doorstep

UNSAID = re.compile(r"\b(at_least|at_most|not_in|any_of|before_offer|before_referral|[a-z]+_[a-z_]+)\b")
"""Codes of the catalogue, which nobody should have to read."""


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_everybody_reads_every_product_in_plain_words(doorstep: Doorstep, language: str) -> None:
    async with doorstep.visitor(language) as nobody:
        answer = await nobody.get("/handbook")
        shelf = (await nobody.get("/products")).text
    assert answer.status_code == 200
    for each in RELEASE.products.values():
        name = each.zh if language == "zh" else each.en
        assert name in unescape(answer.text)
        assert f"/products/{each.id}" in shelf
    said = re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2].partition("</main>")[0])
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
        assert len(re.findall("<article", (await nobody.get("/products?wan=x&bank=none&county=1&kind=q")).text)) == len(
            RELEASE.products
        )
        assert "No product fits" in (await nobody.get("/products?wan=9999")).text


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
