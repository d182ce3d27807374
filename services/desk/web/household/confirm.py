"""The code that came to the owner's telephone confirms an application, also where somebody helped (协办) to hand it in.

Who helps may pass the code on and nothing else: the secret is not shown to them, and this device sees no more of the
application afterwards. The owner comes to it by telephone and code.
"""

from __future__ import annotations

import re
from uuid import uuid4

from itsdangerous import BadData
from starlette.responses import RedirectResponse, Response

from services.desk.domain.replies import Fault
from services.desk.web.guard import Endpoint
from services.desk.web.household.device import demand_of, mine, secret_of
from services.desk.web.household.way import Way
from services.desk.web.household.wording import AWAY
from services.desk.web.rendering import Visit

RECEIPT = re.compile(r"^K-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}$")
HELPING_SECONDS = 1800
_SALT = "desk.helping"


def confirm_page(visit: Visit, receipt: str, problems: list[str], *, assisted: bool, status: int = 200) -> Response:
    """Asks for the six digits."""
    helping = visit.office.sessions.signer(_SALT).dumps([receipt, visit.session.id]) if assisted else ""
    secret = "" if assisted else secret_of(visit.office.settings, receipt)
    return visit.page(
        "household/confirm.html", status, receipt=receipt, secret=secret, helping=helping, problems=problems
    )


def _helps(visit: Visit, receipt: str) -> bool:
    """Whether this browser has handed this application in for somebody, shortly before."""
    try:
        signed = visit.office.sessions.signer(_SALT).loads(str(visit.form.get("helping", "")), HELPING_SECONDS)
    except BadData:
        return False
    return bool(signed == [receipt, visit.session.id])


def told(visit: Visit, problems: tuple[Fault, ...], otherwise: str) -> list[str]:
    """What the gate has found, in the reader's language."""
    return [visit.words.language.of(each.zh, each.en) for each in problems] or [otherwise]


def confirmed(way: Way) -> Endpoint:
    """The code that came to the telephone; or another one is asked for."""

    async def checked(visit: Visit) -> Response:
        receipt = str(visit.form.get("receipt", ""))
        demand, assisted = demand_of(visit.office.settings, receipt), _helps(visit, receipt)
        if not RECEIPT.match(receipt) or not (assisted or demand in await mine(visit)):
            return RedirectResponse("/track", 303)
        again = visit.form.get("again") == "yes"
        data = {} if again else {"code": str(visit.form.get("code", "")).strip()[:6]}
        reply = await way.say("contact-code-asked" if again else "contact-confirmed", data, demand, uuid4())
        if reply.taken and reply.receipt:
            reply = await way.verdict(reply.receipt) or reply
        if not reply.taken:
            wrong = told(visit, reply.problems, visit.words.language.text(AWAY))
            return confirm_page(visit, receipt, wrong, assisted=assisted, status=422)
        if again:
            return confirm_page(visit, receipt, [], assisted=assisted)
        return visit.page("household/assisted.html", receipt=receipt) if assisted else RedirectResponse("/mine", 303)

    return checked
