"""GeoReport v2 over a table of cases, without a database: what a city system may ask, and what it gets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from services.escalation.api import Open311
from services.escalation.store import Asked, Found
from tests.escalation.places import at
from tests.escalation.room import RELEASE

CASE = Found(
    UUID(int=5), "FOOD_PERMIT", "620102", "market_regulation-620102", "market_regulation-620102-food", "signed",
    at(11, 24), at(11, 24), at(12, 22, 17), None, 2,
)  # fmt: skip


class Table:
    """Remembers what was asked."""

    def __init__(self, *found: Found) -> None:
        self.found, self.asked = list(found), list[Asked]()

    async def find(self, asked: Asked) -> list[Found]:
        self.asked.append(asked)
        return self.found

    def lost(self) -> None:
        """Never here."""


async def get(table: Table, path: str, key: str | None = None) -> httpx.Response:
    cases: Any = table
    application = Open311(cases, lambda: RELEASE, key).application()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url="http://city") as client:
        return await client.get(path)


async def test_an_open_case_is_a_request_with_its_service_and_agency() -> None:
    table = Table(CASE)
    answer = await get(table, "/open311/v2/requests.json?service_code=FOOD_PERMIT,FIRE_CHECK&jurisdiction_id=620102")
    (request,) = answer.json()
    assert (request["service_code"], request["status"], request["address_id"]) == ("FOOD_PERMIT", "open", "620102")
    assert request["agency_responsible"].startswith("市场监管·城关")
    assert request["expected_datetime"] == "2026-12-22T17:00:00+08:00"
    (asked,) = table.asked
    assert (tuple(asked.obstacles), asked.county, asked.is_open) == (("FOOD_PERMIT", "FIRE_CHECK"), "620102", True)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("status=lost", "status"),
        ("service_request_id=7", "service_request_id"),
        ("start_date=yesterday", "start_date"),
        ("end_date=2026-11-24T09:00:00", "offset"),
    ],
)
async def test_what_is_not_understood_is_said(query: str, says: str) -> None:
    answer = await get(Table(), f"/open311/v2/requests.json?{query}")
    assert answer.status_code == 400
    assert says in answer.json()[0]["description"]


async def test_one_request_services_and_the_key() -> None:
    assert (await get(Table(CASE), f"/open311/v2/requests/{CASE.id}.json")).json()[0]["status_notes"] == "signed"
    assert (await get(Table(), f"/open311/v2/requests/{CASE.id}.json")).status_code == 404
    services = (await get(Table(), "/open311/v2/services.json")).json()
    assert {each["service_code"] for each in services} == set(RELEASE.obstacles)
    assert (await get(Table(CASE), "/open311/v2/requests.json", key="k")).status_code == 403
    assert (await get(Table(CASE), "/open311/v2/requests.json?api_key=k", key="k")).status_code == 200


async def test_a_letter_to_the_next_level_prints_and_names_no_household() -> None:
    page = (await get(Table(CASE), f"/cases/{CASE.id}/raise")).text
    assert "督办函" in page
    assert "市场监管·兰州市" in page, "it goes to the next level of its own line"
    assert "食品经营许可" in page
    assert "城关区" in page
