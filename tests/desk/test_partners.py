"""What a partner reads by its key: its own and nothing else, page by page, and 304 where nothing changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette

from services.desk.api import Api, routes
from shared.contracts import cases, demands, referrals
from shared.contracts.partners import PartnerRegistered
from shared.contracts.values import Submitter
from tests.desk.stories import AUTHORITY, BANKS, Story
from tests.desk.visitors import BASE, Doorstep


def partner(identifier: str, role: str, institution: str | None = None, **more: Any) -> PartnerRegistered:
    """One whose key is its name."""
    digest = sha256(f"key-of-{identifier}".encode()).hexdigest()
    return PartnerRegistered(
        partner=identifier, role=role, name_zh=identifier, name_en=identifier, institution=institution,  # type: ignore[arg-type]
        key_hashes=[digest], **more,
    )  # fmt: skip


REGISTERED = {
    each.partner: each
    for each in (
        partner("bank0", "bank", BANKS[0]),
        partner("bank1", "bank", BANKS[1]),
        partner("branch", "bank", BANKS[0], units=["another-unit"]),
        partner("office", "authority", AUTHORITY),
        partner("taxes", "authority", "tax-620102"),
        partner("hotline-01", "publisher"),
        partner("hall", "publisher"),
        partner("gone", "bank", BANKS[0], disabled=True),
        partner("auditor", "auditor"),
    )
}


class Client:
    """Asks with the key of one partner."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def get(self, who: str | None, path: str, **headers: str) -> httpx.Response:
        key = {"authorization": f"Bearer key-of-{who}"} if who else {}
        return await self._http.get(path, headers={**key, **headers})

    async def post(self, who: str, path: str) -> httpx.Response:
        return await self._http.post(path, headers={"authorization": f"Bearer key-of-{who}"})


@pytest.fixture
async def client(doorstep: Doorstep) -> AsyncIterator[Client]:
    pages = Starlette(routes=routes(Api(doorstep.office, lambda: REGISTERED)))
    transport = httpx.ASGITransport(pages, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        yield Client(http)


async def test_a_bank_reads_its_referrals_page_by_page_and_a_card_until_it_accepts(
    doorstep: Doorstep, client: Client
) -> None:
    stories = [Story(number, sentence="a sentence of the household") for number in range(5)]
    for story in stories:
        await doorstep.happen([story.demanded(), story.opened([0, 1])])
    await doorstep.happen([stories[3].moved(0, referrals.Accepted, "accepted")])
    found: list[dict[str, Any]] = []
    path = "/v1/referrals?limit=2"
    while path:
        answer = await client.get("bank0", path)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) <= 2
        found += answer.json()["items"]
        after = answer.json()["next"]
        path = f"/v1/referrals?limit=2&after={after}" if after else ""
    assert [each["referral"]["id"] for each in found] == [str(story.referral(0)) for story in stories]
    for each, story in zip(found, stories, strict=True):
        assert each["demand"]["id"] == str(story.demand)
        assert ("card" in each["demand"]) == (story is not stories[3])
        assert ("amount_yuan" in each["demand"]) == (story is stories[3])
    everything = str(found)
    assert "a sentence of the household" not in everything
    assert BANKS[1] not in everything
    accepted = (await client.get("bank0", "/v1/referrals?state=accepted")).json()
    assert [each["referral"]["id"] for each in accepted["items"]] == [str(stories[3].referral(0))]
    assert (await client.get("branch", "/v1/referrals")).json() == {"items": [], "next": None}
    whole = (await client.get("bank0", f"/v1/demands/{stories[3].demand}")).json()
    assert (whole["amount_yuan"], len(whole["referrals"])) == (100_003, 1)
    assert "source_id" not in whole


async def test_an_authority_reads_its_cases_and_no_bank(doorstep: Doorstep, client: Client) -> None:
    ours, theirs = Story(1), Story(2)
    await doorstep.happen([ours.demanded(), ours.opened([0]), ours.cased(cases.Opened, "opened", reason="decided")])
    await doorstep.happen([theirs.demanded(), theirs.cased(cases.Guided, "guided", usual_working_days=5)])
    found = (await client.get("office", "/v1/cases")).json()
    assert [each["case"]["id"] for each in found["items"]] == [str(ours.case(0))]
    assert found["items"][0]["case"]["state"] == "opened"
    assert found["next"] is None
    demand = (await client.get("office", f"/v1/demands/{ours.demand}")).json()
    assert [each["id"] for each in demand["cases"]] == [str(ours.case(0))]
    assert "card" in demand
    assert not [bank for bank in BANKS if bank in str(demand) + str(found)]
    # Until it is opened a case is the household's own.
    assert (await client.get("office", f"/v1/demands/{theirs.demand}")).status_code == 404
    assert (await client.get("taxes", "/v1/cases")).json()["items"] == []


async def test_who_handed_it_in_reads_its_stage_also_by_the_id_of_a_merged_one(
    doorstep: Doorstep, client: Client
) -> None:
    story, other = Story(1), Story(70)
    await doorstep.happen([story.demanded(), story.opened([0, 1])])
    submitter = Submitter(partner="hall", source_id="hall/70")
    await doorstep.happen([story.demanded(demands.Merged, alias=other.demand, submitter=submitter)])
    mine = (await client.get("hotline-01", f"/v1/demands/{story.demand}")).json()
    assert (mine["source_id"], mine["stage"], mine["round"]) == ("H-1", "referred", 1)
    assert not [bank for bank in BANKS if bank in str(mine)]
    assert (await client.get("hall", f"/v1/demands/{other.demand}")).json()["stage"] == "referred"
    assert (await client.get("hall", f"/v1/demands/{story.demand}")).status_code == 404
    assert (await client.get("auditor", f"/v1/demands/{story.demand}")).status_code == 200


async def test_what_has_not_changed_is_not_sent_again(doorstep: Doorstep, client: Client) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.opened([0])])
    for path in ("/v1/referrals", f"/v1/demands/{story.demand}"):
        first = await client.get("bank0", path)
        again = await client.get("bank0", path, **{"if-none-match": f'"other", W/{first.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    await doorstep.happen([story.moved(0, referrals.Accepted, "accepted")])
    for path in ("/v1/referrals", f"/v1/demands/{story.demand}"):
        changed = await client.get("bank0", path, **{"if-none-match": first.headers["etag"]})
        assert changed.status_code == 200


async def test_what_is_wrong_is_said_at_once_and_nothing_of_others(doorstep: Doorstep, client: Client) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.opened([0])])
    for who in (None, "nobody", "gone"):
        answer = await client.get(who, "/v1/referrals")
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert (await client.get("office", "/v1/referrals")).status_code == 403
    assert (await client.get("bank0", "/v1/cases")).status_code == 403
    bad = await client.get("bank0", "/v1/referrals?after=x&limit=0&state=lost")
    assert bad.status_code == 400
    assert [each["parameter"] for each in bad.json()["problems"]] == ["after", "limit", "state"]
    assert bad.json()["title_zh"] == "请求无法读取"
    for path in (f"/v1/demands/{uuid4()}", "/v1/demands/x", f"/v1/demands/{story.demand}"):
        assert (await client.get("bank1", path)).status_code == 404
    for answer, status in (
        (await client.get("bank1", "/v1/referral"), 404),
        (await client.get("bank1", "/v1/demands"), 404),
        (await client.post("bank1", "/v1/referrals"), 405),
        (await client.post("bank1", f"/v1/demands/{story.demand}"), 405),
        (await client.post("bank1", "/v1/claims"), 404),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["title_zh"]
        assert (answer.headers.get("allow") == "GET") == (status == 405)
