"""What the played shop sees of a page: its heading, notices and forms; and what came to its telephone."""

from __future__ import annotations

import asyncio

import httpx

from freshwater.demo.browser import Browser, Page, read
from freshwater.demo.scenarios.noodle_shop import TRUE
from freshwater.places import CHECKOUT
from freshwater.simulate.telephones import telephones
from shared.catalogue import load_directory

PAGE = """
<h1>Where it <em>stands</em></h1><p class="turn"><strong>Your turn.</strong> By noon</p>
<div class="notice notice-refused"><p>Not so</p></div>
<form action="/a"><input name="token" value="t"><textarea name="words"></textarea>
<select name="one"><option value="">-</option><option value="x">X</option></select>
<input type="checkbox" name="many" value="p"><input type="checkbox" name="many" value="q"></form>
<form action="/b"><button>go</button></form>
"""


def test_a_page_is_read_as_a_person_would() -> None:
    page = read(PAGE)
    assert (page.heading, page.turn, page.notices) == ("Where it stands", "Your turn. By noon", ["Not so"])
    form = page.form("/a")
    assert form is not None
    assert form.values == {"token": "t", "words": ""}
    assert form.choices == {"one": ["", "x"], "many": ["p", "q"]}
    assert page.form("/b") is not None
    assert read("") == Page()


def test_the_shop_knows_an_answer_to_every_question() -> None:
    """A fact that the catalogue comes to ask for and the shop has no answer to would end its story."""
    facts = load_directory(CHECKOUT / "catalogue").facts
    first_screen = {"kind", "purpose", "amount_yuan", "region"}
    asked = {name for name, fact in facts.items() if fact.supplied_by == "household"} - first_screen
    assert asked <= set(TRUE)


async def test_a_code_that_comes_to_a_telephone_is_seen_there() -> None:
    async with telephones(load_directory(CHECKOUT / "catalogue")) as phones, httpx.AsyncClient() as gateway:
        shown: list[tuple[str, str]] = []
        phones.shown = lambda to, text: shown.append((to, text))
        waiting = asyncio.create_task(phones.code_of("1"))
        said = {"reference": "r", "to": "1", "template": "SMS-DEMO-018E", "parameters": {"code": "046213"}}
        while True:
            try:
                answer = await gateway.post(phones.url, json=said)
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
        assert answer.json() == {"number": "r"}
        assert await waiting == "046213"
        assert "046213" in shown[0][1]


async def test_a_form_goes_out_with_what_it_held() -> None:
    came: list[bytes] = []

    def desk(request: httpx.Request) -> httpx.Response:
        came.append(request.content)
        return httpx.Response(200, text=PAGE)

    browser = Browser("http://desk.test", transport=httpx.MockTransport(desk))
    page = await browser.open("/x")
    form = page.form("/a")
    assert form is not None
    await browser.send(form, one="x")
    await browser.close()
    assert came[-1] == b"token=t&words=&one=x"
