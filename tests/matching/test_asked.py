"""The questions over HTTP, on a real broker and database: what is recorded there, by the release in use."""

from __future__ import annotations

import httpx

from freshwater.asking import explained, told
from services.matching.api import Asking, application
from services.matching.handlers import compiled
from shared.contracts.demands import Accepted
from shared.contracts.topics import DEMANDS
from tests.matching.room import DEMAND, HOUSEHOLD, RELEASE, START, facts, summary
from tests.matching.stage import Stage

EDIT = {"criteria": [{"fact": "licence_state", "op": "is", "drop": True}]}


async def test_what_is_recorded_is_explained_and_tried_under_another_catalogue(stage: Stage) -> None:
    expired = Accepted(summary=summary(facts=facts(licence_state="expired")))
    await stage.say(DEMANDS, expired, subject=DEMAND, household=HOUSEHOLD)
    await stage.hear_names("obstructed")
    asking = Asking(stage.settings, stage.clock, lambda: RELEASE, compiled)
    transport = httpx.ASGITransport(application(asking))
    async with httpx.AsyncClient(transport=transport, base_url="http://matching.test") as client:
        why = (await client.get(f"/v1/explain/{DEMAND}")).json()
        assert (why["state"], why["differs"], why["decided"]["release"]) == ("obstructed", [], 1)
        assert why["funnel"][0]["fact"] == "reach"
        lines = explained(why)
        assert "failed     licence_state is valid: expired (platform, partner)" in lines
        assert "do clear LIC_EXPIRED: " in lines
        assert f"demand {DEMAND}: obstructed\ndecided {START.isoformat().replace('+00:00', 'Z')}" in lines
        assert all(
            "kuixiu" in each["product"]["bank"]
            for each in (await client.get(f"/v1/explain/{DEMAND}?bank=kuixiu")).json()["verdicts"]
        )
        found = (await client.post("/v1/what-if", json=EDIT)).json()
        assert "  meet a product                         0 → 1" in told(found)
        assert (await client.post("/v1/what-if?county=620103", json=EDIT)).json()["demands"] == 0
        assert (found["served_before"], found["served_after"], found["households_gained"]) == (0, 1, 1)
        assert found["spared"] == [{"step": "LIC_EXPIRED", "demands": 1}]
        assert (await client.post("/v1/what-if", json={"criteria": 1})).status_code == 422
        assert (await client.post("/v1/what-if", content=b"{")).status_code == 400
        assert (await client.get(f"/v1/explain/{HOUSEHOLD}")).status_code == 404
