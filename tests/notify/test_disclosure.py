"""One look at an identity: by a signed link, once, as far as the consent goes at that moment, and said aloud."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx

from services.notify.settings import NotifySettings
from shared.assertion import Disclosure, sign_disclosure
from shared.contracts import demands, households, referrals
from shared.contracts.households import HouseholdSummary
from shared.contracts.topics import DEMANDS, HOUSEHOLDS, REFERRALS
from shared.rendering import Output
from shared.vault import FileFacts
from tests.notify.stage import NOON, Household, Stage, accepted, bank_accepts, docking, event, ids, until

PERSONAL = {"contact_name": "某人", "phone": "13900000007", "email": "shop@household.example", "shop_name": "某某面馆"}
PICTURE = b"\x89PNG\r\n\x1a\n of the tests"
JSON = {"accept": "application/json"}


async def with_paper(stage: Stage, of: Household, kind: str, content: bytes) -> Output:
    """A paper as intake keeps it, and the event that says so."""
    digest = sha256(content).hexdigest()
    facts = FileFacts(UUID(digest[:32]), of.id, kind, "image/png", digest)
    await stage.vault.keep_file(facts, content)
    summary = json.loads(accepted(of).value or b"")["data"]["summary"]
    data = demands.EvidenceAttached(summary=summary, kind=kind, file=facts.id, sha256=digest)
    return event(DEMANDS, data, of, f"paper {kind}")


async def looked_at(stage: Stage, *, papers: bool = False) -> tuple[Household, str]:
    """A demand that a bank has accepted, and the path of the link that the bank got."""
    shop = await stage.household(7, **PERSONAL)
    if papers:
        await stage.feed([accepted(shop), await with_paper(stage, shop, "licence", PICTURE)])
    await stage.register("niulang", role="bank", institution="niulang", door=True)
    await stage.feed([accepted(shop), bank_accepts(shop, "niulang")])
    await until(lambda: _told(stage), "the bank is told")
    (told,) = await stage.read("freshwater.door.niulang.out.v1")
    return shop, httpx.URL(told["data"]["disclosure"]).path


def page(settings: NotifySettings) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=settings.public_url, trust_env=False)


async def test_a_link_shows_the_fields_once_and_says_who_looked(stage: Stage) -> None:
    async with stage.running() as settings, page(settings) as client:
        shop, path = await looked_at(stage, papers=True)
        # Mail programs follow links: looking at the page spends nothing and shows nothing.
        for _ in range(2):
            before = await client.get(path)
            assert before.status_code == 200
            assert "Open once" in before.text
            assert "某人" not in before.text
        opened = await client.post(path)
        assert opened.status_code == 200
        assert all(value in opened.text for value in PERSONAL.values())
        assert f'src="data:image/png;base64,{base64.b64encode(PICTURE).decode()}"' in opened.text
        assert opened.headers["cache-control"] == "no-store"
        for again in (await client.post(path), await client.get(path)):
            assert again.status_code == 410
            assert "某人" not in again.text
        feedback = await stage.read("freshwater.feedback.v1")
    (looked,) = [each["data"] for each in feedback if each["type"].endswith("disclosure-opened.v1")]
    assert (looked["recipient"], looked["person"], looked["reason"]) == ("niulang", "niulang", "referral.accepted")
    assert sorted(looked["fields"]) == sorted([*PERSONAL, "file:licence"])
    assert looked["demand"] == str(shop.demand)
    assert "某人" not in json.dumps(feedback, ensure_ascii=False)


async def test_of_two_who_open_at_once_one_sees(stage: Stage) -> None:
    async with stage.running() as settings, page(settings) as client:
        _, path = await looked_at(stage)
        answers = await asyncio.gather(*(client.post(path, headers=JSON) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410, 410, 410]


async def test_the_desk_signs_for_its_people_and_only_what_the_leave_holds(stage: Stage) -> None:
    async with stage.running() as settings, page(settings) as client:
        shop, _ = await looked_at(stage)

        def link(**changes: Any) -> str:
            asked = Disclosure(shop.demand, shop.id, "niulang", "clerk-07", ("phone", "id_number"), "contact")
            return "/v1/disclosures/" + sign_disclosure(settings.actor_secret, replace(asked, **changes))

        mine = link()
        first = await client.post(mine, headers=JSON)
        assert first.json() == {"fields": {"phone": PERSONAL["phone"]}, "files": []}
        assert (await client.post(mine, headers=JSON)).json()["code"] == "used"
        assert (await client.post(link(), headers=JSON)).status_code == 200, "another link is another look"
        for stranger in (link(recipient="zhinu"), link(demand=UUID(int=5)), link(household=UUID(int=6))):
            assert (await client.post(stranger, headers=JSON)).json()["code"] == "unknown"
        forged = "/v1/disclosures/" + sign_disclosure(
            "another secret", Disclosure(shop.demand, shop.id, "niulang", "x", (), "")
        )
        assert (await client.post(forged, headers=JSON)).status_code == 404
        assert (await client.post(link(fields=("id_number",)), headers=JSON)).json()["code"] == "nothing"
        feedback = await stage.read("freshwater.feedback.v1")
    looks = [each["data"]["person"] for each in feedback if each["type"].endswith("disclosure-opened.v1")]
    assert looks == ["clerk-07", "clerk-07"]


async def test_what_was_taken_back_or_erased_is_refused_clearly(stage: Stage) -> None:
    async with stage.running() as settings, page(settings) as client:
        shop, path = await looked_at(stage)

        async def refused(code: str) -> bool:
            """Asked without opening: that would spend the link while it still holds."""
            return bool((await client.get(path, headers=JSON)).json().get("code") == code)

        await stage.feed([_household(shop, households.ConsentRevoked, 1)])
        await until(lambda: refused("consent"), "refused without consent")
        await stage.feed([accepted(shop, at=NOON + timedelta(minutes=2))])
        recalled = referrals.Recalled(
            **docking(shop, ("niulang",)),
            referral=ids(shop, ("niulang",))[0],
            bank="niulang",
            unit="niulang-620102",
            reason="withdrawn",
        )
        await stage.feed([event(REFERRALS, recalled, shop, "recalled")])
        await until(lambda: _ended(stage), "the leave ended")
        assert (await client.post(path, headers=JSON)).json()["code"] == "ended"
        await stage.vault.erase(shop.id)
        await stage.feed([_household(shop, households.Erased, 3)])
        await until(lambda: refused("erased"), "refused after erasing")
        assert not await stage.sql("SELECT FROM contacts")
        page_ = await client.get(path)
        assert page_.status_code == 410
        assert "删除" in page_.text


async def test_nonsense_is_no_link(stage: Stage) -> None:
    async with stage.running() as settings, page(settings) as client:
        for nonsense in ("x", "%00", "a" * 3000, "..%2f..", "💰"):
            assert (await client.get(f"/v1/disclosures/{nonsense}")).status_code == 404
            assert (await client.post(f"/v1/disclosures/{nonsense}", headers=JSON)).status_code == 404
        assert (await client.get("/health")).json() == {"status": "ok"}


def _household(of: Household, kind: Any, minutes: int) -> Output:
    data = kind(summary=HouseholdSummary(household=of.id, erased=kind is households.Erased))
    return event(HOUSEHOLDS, data, of, f"{kind.TYPE}/{minutes}", NOON + timedelta(minutes=minutes))


async def _told(stage: Stage) -> bool:
    return (await stage.states(channel="door")).get("sent", 0) == 1


async def _ended(stage: Stage) -> bool:
    return bool(await stage.sql("SELECT FROM disclosures WHERE ended"))
