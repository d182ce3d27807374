"""One telephone, several shops: its code is shown once, a shop is chosen, and each has its own newest device."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.desk.stories import Story
from tests.desk.visitors import Doorstep, Visitor

SAID = {"id": str(UUID(int=9)), "phone": "19900000002"}


async def by_code(visitor: Visitor, way: Any, shops: tuple[Story, ...]) -> Any:
    """Into the telephone's shops: the page that follows."""
    way.shops = {each.household: [each.demand] for each in shops}
    await visitor.get("/track")
    return await visitor.press("/track/code", code="123456", **SAID)


async def test_after_the_code_a_shop_is_chosen_and_the_other_is_one_press_away(doorstep: Doorstep) -> None:
    one, two = Story(1), Story(2)
    await doorstep.happen([one.demanded(), two.demanded()])
    async with doorstep.visitor() as visitor:
        page = await by_code(visitor, doorstep.office.way, (one, two))
        assert page.url.path == "/track/shops"
        assert page.text.count("Open shop") == 2
        assert (await visitor.get("/mine")).headers["location"] == "/track", "in none before one is chosen"
        for own, other in ((one, two), (two, one)):
            mine = await visitor.press("/track/shops", shop=str(own.household))
            assert (str(own.demand) in mine.text, str(other.demand) in mine.text) == (True, False)
            assert "Another shop of this telephone" in mine.text
            await visitor.get("/track/shops")
        strange = await visitor.post("/track/shops", shop=str(UUID(int=77)))
        assert strange.status_code == 409
        await visitor.get("/track/shops")
        assert (await visitor.post("/track/shops", shop="x")).headers["location"] == "/track/shops"


async def test_a_newer_device_signs_the_older_out_of_its_shop_and_of_no_other(doorstep: Doorstep) -> None:
    one, two = Story(1), Story(2)
    await doorstep.happen([one.demanded(), two.demanded()])
    way = doorstep.office.way
    async with doorstep.visitor() as son, doorstep.visitor() as mother:
        await by_code(son, way, (one, two))
        await son.press("/track/shops", shop=str(one.household))
        await by_code(mother, way, (one,))
        assert str(one.demand) in (await mother.get("/mine")).text
        assert (await son.get("/mine")).headers["location"] == "/track", "the mother's telephone is the newer one"
        await son.get("/track/shops")
        gone = await son.post("/track/shops", shop=str(one.household))
        assert (gone.status_code, "Ask for a new code" in gone.text) == (409, True)
        assert str(two.demand) in (await son.press("/track/shops", shop=str(two.household))).text
        assert str(one.demand) in (await mother.get("/mine")).text


async def test_hundreds_of_demands_under_one_telephone_fit_into_a_cookie(doorstep: Doorstep) -> None:
    """A clerk's number may be that of everybody in a street."""
    stories = tuple(Story(number) for number in range(300))
    async with doorstep.visitor() as clerk:
        page = await by_code(clerk, doorstep.office.way, stories)
        assert page.status_code == 200
        assert all(len(each.value or "") < 4_000 for each in clerk.client.cookies.jar)
