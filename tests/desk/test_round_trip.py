"""An officer's act through all five services as they run: from the button to the gate, to matching, and back."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from freshwater.servers import Servers
from freshwater.stack import Place, Stack, stack
from freshwater.stack.databases import drop_databases, service_dsn
from tests.desk.test_accounts import account
from tests.desk.visitors import RELEASE, Visitor

SENTENCE = "想进一批牛肉 <b>"
FACTS = {
    "operating_months": 30,
    "licence_state": "valid",
    "overdue_now": False,
    "abnormal_mark": False,
    "annual_report_filed": True,
    "operator_age": 40,
    "monthly_flow_yuan": 60_000,
    "flow_months": 12,
    "debt_ratio": 30,
    "food_permit": True,
    "premises": "leased_registered",
}


@pytest.fixture
async def running(servers: Servers, tmp_path: Path) -> AsyncIterator[Stack]:
    name = f"desk_{secrets.token_hex(3)}"
    place = Place(tmp_path, database=name, vault=f"{name}_vault", prefix=f"{name.replace('_', '-')}.")
    async with stack(servers, place, RELEASE, report=lambda line: None) as started:
        yield started
    await drop_databases(servers.postgres, place)


async def first_referral(dsn: str, source_id: str) -> asyncpg.Record:
    """The first bank that a demand was referred to, as the desk's read model shows it."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "desk"})
    give_up = time.monotonic() + 30
    try:
        while True:
            row = await connection.fetchrow(
                "SELECT bank, referral, demand FROM referrals JOIN demands USING (household, demand)"
                " WHERE source_id = $1 ORDER BY bank LIMIT 1",
                source_id,
            )
            if row is not None:
                return row
            assert time.monotonic() < give_up, "the demand has not come to any bank within 30 s"
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def hand_in(running: Stack, source_id: str) -> None:
    """A demand by HTTP, as a street's platform sends it."""
    body: dict[str, Any] = {
        "source_id": source_id,
        "purpose": "stock",
        "county": "620102",
        "sentence": SENTENCE,
        "amount_yuan": 100_000,
        "term_months": 12,
        "industry": "H6210",
        "facts": FACTS,
        "consent": {"version": next(iter(RELEASE.consents)), "evidence": "form 1"},
        "personal": {"contact_name": "王某", "phone": "13900000001"},
    }
    key = {"Authorization": f"Bearer {running.entrance.keys['street-platform']}"}
    async with httpx.AsyncClient(base_url=running.intake_url, headers=key) as client:
        answer = await client.post("/v1/demands", content=json.dumps(body))
    assert answer.status_code == 202, answer.text


def notice(page: str) -> str:
    """The line that says what became of an act, as text."""
    found = re.search(r'<div class="notice.*?</div>', page, re.DOTALL)
    return "" if found is None else " ".join(re.sub(r"<[^>]+>", "", found[0]).split())


@pytest.mark.timeout(240)
async def test_an_act_is_answered_by_the_context_that_owns_it(running: Stack) -> None:
    await hand_in(running, "round-trip-1")
    dsn = service_dsn(running.servers.postgres, running.place, "desk")
    referral = await first_referral(dsn, "round-trip-1")
    _, printed, _ = await account(dsn, "add", "--role", f"bank:{referral['bank']}", "--login", "li", "--json")
    address = f"/bank/{referral['referral']}"
    async with httpx.AsyncClient(base_url=running.desk_url, cookies={"language": "en"}, timeout=30) as client:
        visitor = Visitor(client)
        assert (await visitor.sign_in("li", json.loads(printed)["password"])).status_code == 303
        assert SENTENCE.partition(" ")[0] not in (await visitor.get(f"/demands/{referral['demand']}")).text
        assert notice((await visitor.press(f"{address}/bank-accepts")).text).startswith("Done: Accept Bank accepted")
        page = (await visitor.get(f"/demands/{referral['demand']}")).text
        assert "想进一批牛肉 &lt;b&gt;" in page
        assert "13900000001" not in page
        again = notice((await visitor.press(f"{address}/bank-accepts")).text)
        assert again.startswith("Not taken: Accept")
        assert "accepted already" in again
        offer = {"amount_yuan": "90000", "term_months": "12", "rate": "3.80"}
        assert notice((await visitor.press(f"{address}/bank-offers", **offer)).text).startswith("Done: Offer")
        await visitor.get("/worklist")
        taken = await visitor.post("/worklist/take", reason="test")
        assert taken.status_code == 200
        limits = {"unit": f"{referral['bank']}-620000", "open_limit": "77"}
        assert "notice-taken" in (await visitor.press("/limit", **limits)).text
        unlisted = await visitor.post(f"{address}/bank-declines", code="BECAUSE")
        assert unlisted.status_code == 422
    _, printed, _ = await account(dsn, "add", "--role", "auditor", "--login", "wang", "--json")
    async with httpx.AsyncClient(base_url=running.desk_url, cookies={"language": "en"}, timeout=30) as client:
        auditor = Visitor(client)
        assert (await auditor.sign_in("wang", json.loads(printed)["password"])).status_code == 303
        # Matching itself says why, criterion by criterion.
        why = (await auditor.get(f"/demands/{referral['demand']}/why")).text
        assert "conditions met as stated" in why
        assert "From all products to those that are met" in why
        assert "li" in (await auditor.get(f"/demands/{referral['demand']}")).text.partition("Who saw what")[2]
