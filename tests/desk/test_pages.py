"""The pages themselves: escaped, in both languages, with their headers, and never by somebody else's form."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from services.desk.domain.lockout import FAILURES
from services.desk.store import accounts
from services.desk.web.guard import HEADERS, LARGEST_FORM
from services.desk.web.signing_in.sign_in import local
from shared.clock import wall
from shared.contracts import cases, demands, referrals
from shared.contracts.values import Problem, Submitter
from tests.desk.stories import AUTHORITY, BANKS, Story, whole
from tests.desk.visitors import HASH, Doorstep

SENTENCE = """<script>alert("x")</script><img src=x onerror='alert(1)'> & 羊肉馆"""
LONGEST_PAGE = 100_000


async def fill(doorstep: Doorstep) -> Story:
    """One of everything that a page can show."""
    story = Story(7, sentence=SENTENCE)
    problem = Problem(code="county-unknown", pointer="/data/county", zh="县区不存在", en="There is no such county")
    rejected = demands.Rejected(
        demand=Story(8).demand, submitter=Submitter(partner="hall", source_id="h/1"), problems=[problem]
    )
    await doorstep.happen(
        [
            *whole(6),
            story.consented(),
            story.demanded(),
            story.opened(),
            story.moved(0, referrals.Accepted, "accepted"),
            story.moved(1, referrals.Declined, "declined", code="ANNUAL_REPORT"),
            story.obstructed(),
            story.cased(cases.Opened, "opened", reason="authority_acts"),
            story.event("intake", rejected),
        ]
    )
    return story


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("role", "subject", "paths"),
    [
        ("campaign_office", None, ("/", "/demands", "/demands?state=obstructed&overdue=1", "/demands?q=none")),
        ("auditor", None, ("/", "/demands?county=620102")),
        ("bank", BANKS[0], ("/bank", "/bank?state=open", "/bank?show=done&page=3", "/demands")),
        ("authority", AUTHORITY, ("/authority", "/authority?show=done", "/demands")),
    ],
)
async def test_every_page_in_both_languages(
    doorstep: Doorstep, language: str, role: str, subject: str | None, paths: tuple[str, ...]
) -> None:
    story = await fill(doorstep)
    async with doorstep.officer(role, subject, language) as visitor:  # type: ignore[arg-type]
        for path in (*paths, f"/demands/{story.demand}"):
            answer = await visitor.get(path)
            assert answer.status_code == 200, f"{path}: {answer.text}"
            page = answer.text
            assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in page
            assert len(answer.content) <= LONGEST_PAGE
            # Nothing is fetched from elsewhere, and no style or script stands in the page.
            assert not re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", page)
            assert not re.findall(r"<script(?! src=\"/static/desk\.js\")|<style|\sstyle=|\son\w+=['\"]", page)
            for name, value in HEADERS.items():
                assert answer.headers[name] == value


async def test_what_a_household_writes_is_never_markup(doorstep: Doorstep) -> None:
    story = await fill(doorstep)
    async with doorstep.officer("auditor") as visitor:
        page = (await visitor.get(f"/demands/{story.demand}")).text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;&lt;img" in page
    assert "羊肉馆" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


async def test_a_number_leads_to_its_demand(doorstep: Doorstep) -> None:
    story = await fill(doorstep)
    other = Story(70)
    submitter = Submitter(partner="hall", source_id="hall/70")
    await doorstep.happen([story.demanded(demands.Merged, alias=other.demand, submitter=submitter)])
    async with doorstep.officer("campaign_office") as visitor:
        for number in (story.submitter.source_id, str(story.demand), "hall/70", str(other.demand)):
            answer = await visitor.get("/demands?q=" + number)
            assert answer.headers["location"] == f"/demands/{story.demand}", number


async def test_a_form_without_its_token_sends_nothing(doorstep: Doorstep) -> None:
    story = Story(1)
    await doorstep.happen([story.demanded(), story.opened([0])])
    async with doorstep.officer("bank", BANKS[0]) as visitor, doorstep.officer("bank", BANKS[0]) as other:
        address = f"/bank/{story.referral(0)}/bank-accepts"
        for token in ("", "0" * 64, other.token, "ä"):
            answer = await visitor.post(address, token=token)
            assert answer.status_code == 403
        assert doorstep.gate.sent == []
        assert (await visitor.post(address)).status_code == 303
    assert len(doorstep.gate.sent) == 1


async def test_signing_in_needs_the_token_of_the_page_before(doorstep: Doorstep) -> None:
    await accounts.add(doorstep.connection, Story(1).demand, "li", "auditor", None, HASH, wall())
    async with doorstep.visitor() as visitor:
        assert (await visitor.post("/sign-in", token="", login="li", password="x")).status_code == 403
        before = dict(visitor.client.cookies)
        assert (await visitor.sign_in("li")).status_code == 303
        assert visitor.client.cookies["desk"] != before.get("desk")


async def test_guessing_locks_the_account_even_for_the_right_password(doorstep: Doorstep) -> None:
    account = Story(1).demand
    await accounts.add(doorstep.connection, account, "li", "auditor", None, HASH, wall())
    async with doorstep.visitor() as visitor:
        for _ in range(FAILURES):
            assert "wrong" in (await visitor.sign_in("li", "guess")).text
        assert "locked" in (await visitor.sign_in("li")).text
        # And not for ever.
        past = wall() - timedelta(seconds=1)
        await doorstep.connection.execute("UPDATE accounts SET locked_until = $1", past)
        assert (await visitor.sign_in("li")).status_code == 303


async def test_an_unknown_login_is_answered_like_a_wrong_password(doorstep: Doorstep) -> None:
    await accounts.add(doorstep.connection, Story(1).demand, "li", "auditor", None, HASH, wall())
    async with doorstep.visitor() as visitor:
        known = (await visitor.sign_in("li", "guess")).text
        unknown = (await visitor.sign_in("nobody", "guess")).text
    assert re.search(r"notice-refused.*?</p>", known) is not None
    assert re.findall(r"notice-refused.*?</p>", known) == re.findall(r"notice-refused.*?</p>", unknown)


async def test_signing_out_ends_the_cookie_that_somebody_kept(doorstep: Doorstep) -> None:
    async with doorstep.officer("auditor") as visitor:
        kept = visitor.client.cookies["desk"]
        assert (await visitor.post("/sign-out")).headers["location"] == "/sign-in"
        visitor.client.cookies.set("desk", kept)
        assert (await visitor.get("/demands")).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("change", ["disable", "renew"])
async def test_a_disabled_or_renewed_account_is_out_at_once(doorstep: Doorstep, change: str) -> None:
    async with doorstep.officer("auditor") as visitor:
        login = await doorstep.connection.fetchval("SELECT login FROM accounts")
        if change == "disable":
            await accounts.disable(doorstep.connection, login)
        else:
            await accounts.renew(doorstep.connection, login, HASH)
        assert (await visitor.get("/demands")).status_code == 303


async def test_a_forged_or_foreign_cookie_is_nobodys(doorstep: Doorstep) -> None:
    async with doorstep.officer("auditor") as visitor:
        good = visitor.client.cookies["desk"]
        for forged in ("", "x", good[:-2], good.replace(".", "x", 1), "é"):
            visitor.client.cookies.clear()
            answer = await visitor.client.get("/demands", headers={b"cookie": b"desk=" + forged.encode()})
            assert answer.status_code == 303, forged


async def test_cookies_are_for_https_where_the_pages_are(doorstep: Doorstep) -> None:
    async with doorstep.visitor() as visitor:
        plain = (await visitor.get("/sign-in")).headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    settings = doorstep.office.settings.model_copy(update={"desk_https": True})
    sessions = type(doorstep.office.sessions)(settings)
    from starlette.responses import Response

    from services.desk.web.signing_in.sessions import fresh

    response = Response()
    sessions.write(response, fresh())
    assert response.headers["set-cookie"].startswith("__Host-desk=")
    assert "Secure" in response.headers["set-cookie"]


@pytest.mark.parametrize(
    "target", ["//evil.test", "https://evil.test", "/\\evil.test", "evil", "", None, "/a\nb", "javascript:alert(1)"]
)
def test_nobody_is_led_elsewhere(target: str | None) -> None:
    assert local(target) == "/"


def test_one_is_led_back() -> None:
    assert local("/demands/1") == "/demands/1"


async def test_problems_are_pages_too(doorstep: Doorstep) -> None:
    async with doorstep.officer("auditor", language="zh") as visitor:
        missing = await visitor.get("/nothing")
        not_an_id = await visitor.get("/demands/nothing")
        wrong_method = await visitor.post("/demands")
        large = await visitor.post("/sign-out", more="x" * LARGEST_FORM)
    assert [a.status_code for a in (missing, not_an_id, wrong_method, large)] == [404, 404, 405, 413]
    for answer in (missing, not_an_id, wrong_method, large):
        assert "<h1>" in answer.text
        assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


async def test_the_switch_of_languages(doorstep: Doorstep) -> None:
    async with doorstep.visitor("zh") as visitor:
        assert "登录" in (await visitor.get("/sign-in")).text
        answer = await visitor.get("/language?to=en&back=/sign-in")
        assert answer.headers["location"] == "/sign-in"
        visitor.client.cookies.set("language", "en")
        assert "Sign in" in (await visitor.get("/sign-in")).text


async def test_the_pages_wait_for_a_database_that_is_away(doorstep: Doorstep) -> None:
    await doorstep.office.close()
    async with doorstep.visitor() as visitor:
        assert (await visitor.get("/sign-in")).status_code == 503
    await doorstep.office.open()
