"""The page of one demand: every look is recorded and shown, and why these banks and not those is told in words."""

from __future__ import annotations

from typing import Any

from services.desk.store import records
from shared.contracts import referrals
from tests.desk.stories import BANKS, Story
from tests.desk.visitors import RELEASE, Doorstep

PRODUCT = next(each for each in RELEASE.products.values() if each.bank == BANKS[0] and each.criteria)


def line(fact: str, op: str, value: object, known: object, verdict: str) -> dict[str, Any]:
    """One criterion as matching says it."""
    of = {"value": known, "source": "hotline-01", "as_of": "2026-11-24", "assurance": "self"}
    criterion = {"fact": fact, "op": op, "value": value, "verified": "no"}
    return {"criterion": criterion, "known": of if known else None, "value": known, "verdict": verdict}


def explained() -> dict[str, Any]:
    lines = [
        line("operating_months", "at_least", 12, 30, "passed"),
        line("annual_report_filed", "is", True, None, "unknown"),
        line("amount_yuan", "at_most", 50_000, 100_000, "failed"),
        line("on_offer", "at_least", 1, None, "passed"),
    ]
    product = {"id": PRODUCT.id, "bank": PRODUCT.bank, "rate_bp": 385}
    funnel = [{"fact": "reach", "products": 9}, {"fact": "operating_months", "products": 7}]
    verdicts = [{"product": product, "met": False, "lines": lines}]
    return {"verdicts": verdicts, "funnel": [*funnel, {"fact": "on_offer", "products": 3}], "differs": []}


async def test_every_look_is_recorded_and_overseers_see_who_looked(doorstep: Doorstep) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.opened([0]), story.moved(0, referrals.Accepted, "accepted")])
    async with doorstep.officer("bank", BANKS[0]) as clerk:
        page = (await clerk.get(f"/demands/{story.demand}")).text
        assert "Who saw what" not in page
        assert (await clerk.get(f"/identity/{story.referral(0)}")).status_code == 303
        # Another's demand is not there, and looking for it is no look.
        assert (await clerk.get(f"/demands/{Story(9).demand}")).status_code == 404
    lines = await records.of_demand(doorstep.connection, story.demand, 100)
    assert [line["what"] for line in lines] == ["opened_identity", "saw_demand"]
    async with doorstep.officer("auditor") as auditor:
        page = (await auditor.get(f"/demands/{story.demand}")).text
    seen = page.partition("Who saw what")[2]
    assert RELEASE.institutions[BANKS[0]].en in seen
    assert clerk.login in seen
    assert "phone" in seen
    assert auditor.login in seen


async def test_why_is_told_criterion_by_criterion(doorstep: Doorstep) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.opened([0])])
    services: Any = doorstep.office.services
    services.says = explained()
    async with doorstep.officer("auditor") as auditor:
        page = (await auditor.get(f"/demands/{story.demand}/why?bank={BANKS[0]}")).text
        assert services.asked[-1] == ({"demand": story.demand}, BANKS[0])
        assert "conditions not met" in page
        text = " ".join(page.split())
        assert "<b>Amount</b> at most ¥50,000" in text
        assert "does not hold: ¥100,000 (hotline-01)" in text
        assert "not known: –" in text
        # What does not hold comes first, and a product's window is no fact of the household.
        assert text.index("does not hold") < text.index("holds: 30 months")
        assert "on_offer" not in page
        asked = f"of={story.demand}&amp;bank={BANKS[0]}"
        assert (f"/export/why?{asked}" in page, f"/export/why-steps?{asked}" in page) == (True, True)
        taken = {
            name: (await auditor.post(f"/export/{name}?{asked.replace('amp;', '')}", kind="csv", reason="asked")).text
            for name in ("why", "why-steps")
        }
        assert services.asked[-1] == ({"demand": story.demand}, BANKS[0])
        services.says = {"problems": ["matching has no demand"]}
        assert "matching has no demand" in (await auditor.get(f"/demands/{story.demand}/why")).text
    assert 'conditions not met,Amount,"at most ¥50,000",does not hold,"¥100,000",hotline-01' in taken["why"]
    assert ",9\r\n" in taken["why-steps"]
    async with doorstep.officer("bank", BANKS[0]) as clerk:
        assert (await clerk.get(f"/demands/{story.demand}/why")).status_code == 403
        for name in taken:
            path = f"/export/{name}?of={story.demand}"
            assert (await clerk.post(path, kind="csv", reason="curious")).status_code == 404
