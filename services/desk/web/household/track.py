"""Track (查询): by receipt and secret, or by telephone and code. A wrong one never says which of the two it was."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import RedirectResponse, Response

from services.desk.store import household as store
from services.desk.web.guard import Endpoint
from services.desk.web.household.device import claimed, few, is_secret, let_in, mine, signed_out
from services.desk.web.household.way import Way
from services.desk.web.household.wording import AWAY
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.shelf.codes import code_to
from shared.clock import wall

WRONG = N_("Receipt or secret is wrong. After five wrong tries in a row the receipt is locked for 15 minutes.")
LOCKED = N_("This receipt is locked after too many tries. Wait 15 minutes, or use your telephone.")
WAIT = N_("A code was sent just now. Wait a minute before you ask for another.")


async def form(visit: Visit) -> Response:
    """Both ways in; who is in already is led on."""
    if await mine(visit):
        return RedirectResponse("/mine", 303)
    return RedirectResponse("/track/shops", 303) if claimed(visit, visit.request).shops else _page(visit, [])


def _page(visit: Visit, problems: list[str], status: int = 200, receipt: str = "") -> Response:
    return visit.page("household/track.html", status, problems=problems, receipt=receipt)


async def by_receipt(visit: Visit) -> Response:
    receipt = str(visit.form.get("receipt", "")).strip().upper()[:40]
    given = str(visit.form.get("secret", ""))[:40]
    text = visit.words.language.text
    async with visit.office.connection() as connection:
        demand, locked = await store.may_try(connection, receipt, wall())
    right = is_secret(visit.office.settings, receipt, given)
    if locked:
        return _page(visit, [text(LOCKED)], 429, receipt)
    if demand is None or not right:
        return _page(visit, [text(WRONG)], 401, receipt)
    return await let_in(visit, RedirectResponse("/mine", 303), [demand])


def by_phone(way: Way) -> Endpoint:
    async def asked(visit: Visit) -> Response:
        phone = str(visit.form.get("phone", "")).strip()[:20]
        reply = await way.ask_code(phone)
        if not reply.taken:
            told = WAIT if reply.status == 429 else AWAY
            problems = [visit.words.language.of(each.zh, each.en) for each in reply.problems]
            return _page(visit, problems or [visit.words.language.text(told)], reply.status)
        assert reply.said is not None
        return visit.page("household/code.html", phone=phone, id=reply.said["id"], problems=[])

    return asked


def by_code(way: Way) -> Endpoint:
    async def shown(visit: Visit) -> Response:
        phone, identifier = (str(visit.form.get(name, ""))[:40].strip() for name in ("phone", "id"))
        try:
            UUID(identifier)
        except ValueError:
            return RedirectResponse("/track", 303)
        reply = await way.show_code(identifier, phone, str(visit.form.get("code", "")).strip()[:6])
        if not reply.taken or reply.said is None:
            problems = [visit.words.language.of(each.zh, each.en) for each in reply.problems]
            problems = problems or [visit.words.language.text(AWAY)]
            return visit.page("household/code.html", 422, phone=phone, id=identifier, problems=problems)
        found = few({UUID(shop["household"]): list(map(UUID, shop["demands"])) for shop in reply.said["shops"]})
        if len(found) > 1:
            return await let_in(visit, RedirectResponse("/track/shops", 303), [], found)
        demands = [each for own in found.values() for each in own]
        if not demands:
            return _page(visit, [visit.words.language.text(WRONG)], 401)
        return await let_in(visit, RedirectResponse("/mine", 303), demands)

    return shown


async def scan(visit: Visit) -> Response:
    """The QR code of this page."""
    return code_to(visit, "/track")


async def leave(visit: Visit) -> Response:
    return signed_out(visit, RedirectResponse("/track", 303))
