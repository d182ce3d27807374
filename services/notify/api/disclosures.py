"""The disclosure page: a signed link opens the fields of one identity, once, as far as the consent goes at that moment.

A link is looked at before it is opened (mail programs follow links by themselves); only the button spends it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from services.notify.api import papers
from services.notify.domain.disclosure import PAPER, REFUSALS, Disclosure, called, refusal
from services.notify.domain.links import Links
from services.notify.metrics import OPENED
from services.notify.settings import NotifySettings
from services.notify.store import leaves
from shared.assertion import AssertionRefused, verify_disclosure
from shared.broker import Publisher
from shared.clock import Clock
from shared.consumer import end_process
from shared.contracts import feedback
from shared.contracts.ids import caused_id
from shared.contracts.topics import FEEDBACK
from shared.database import LOST, Connection, Database
from shared.decision import Emit
from shared.errors import Fatal
from shared.rendering import Cause, render
from shared.vault import Erased, File, Opener, SealBroken

NAME = "notify"
AT_ONCE = 4
"""Openings at once in one process; others wait for their turn."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
_HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self';"
    " frame-ancestors 'none'",
}
_STATUS = {"unknown": 404, "expired": 410, "used": 410, "erased": 410, "away": 503}


@dataclass(frozen=True, slots=True)
class Look:
    """One wish to look: the leave that it rests on, who looks, at which fields, and the token that is spent by it."""

    leave: Disclosure
    ended: bool
    token: str
    person: str
    fields: tuple[str, ...]
    expires: bool


class Refused(Exception):
    """This look is not granted; `reason` is one of REFUSALS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Page:
    """Answers the two requests of the page."""

    def __init__(
        self, opener: Opener, publisher: Publisher, clock: Clock, links: Links, settings: NotifySettings
    ) -> None:
        self._databases: asyncio.Queue[Database] = asyncio.Queue()
        for number in range(AT_ONCE):
            self._databases.put_nowait(Database(settings.postgres, NAME, f"{NAME}-page-{number}"))
        self._opener, self._publisher, self._clock = opener, publisher, clock
        self._links, self._secret = links, settings.actor_secret
        folder = Path(__file__).parent.parent / "web"
        self._page = Environment(loader=FileSystemLoader(folder), autoescape=True).get_template("disclosure.html")

    async def stop(self) -> None:
        while not self._databases.empty():
            await self._databases.get_nowait().close()

    async def show(self, request: Request) -> Response:
        """What would be shown to whom. Spends nothing."""
        try:
            async with self._connection() as connection:
                look = await self._look(connection, request.path_params["token"])
                await self._check(connection, look)
        except Refused as refused:
            return self._refuse(request, refused.reason)
        shown = {name: called(name) for name in look.fields}
        if _wants_json(request):
            return JSONResponse({"recipient": look.leave.recipient, "fields": list(shown)}, headers=_HEADERS)
        return self._html(
            recipient=look.leave.recipient,
            names_zh="、".join(zh for zh, _ in shown.values()),
            names_en=", ".join(en for _, en in shown.values()),
        )

    async def open(self, request: Request) -> Response:
        """Show it once, and say so on the feedback topic before the token is spent for good."""
        try:
            async with self._connection() as connection:
                fields, files = await self._opened(connection, request.path_params["token"])
        except Refused as refused:
            return self._refuse(request, refused.reason)
        OPENED.labels("opened").inc()
        if _wants_json(request):
            return JSONResponse({"fields": fields, "files": papers.as_json(files)}, headers=_HEADERS)
        named = {name: called(name) for name in fields}
        shown = [{"zh": zh, "en": en, "value": fields[name]} for name, (zh, en) in named.items()]
        return self._html(opened=True, fields=shown, files=papers.on_page(files))

    async def _opened(self, connection: Connection, token: str) -> tuple[dict[str, str], list[File]]:
        async with connection.transaction():
            look = await self._look(connection, token)
            # Spent first: of two requests with one token, the second waits here for the first.
            if not await leaves.use(connection, look.token, look.leave.id, look.person, self._clock.now()):
                raise Refused("used")
            await self._check(connection, look, spent=True)
            fields, files = await self._clear(connection, look)
            if not fields and not files:
                raise Refused("nothing")
            kinds = dict.fromkeys(f"{PAPER}{file.facts.kind}" for file in files)
            await self._tell(look, [*fields, *kinds])
        return fields, files

    async def _clear(self, connection: Connection, look: Look) -> tuple[dict[str, str], list[File]]:
        """The fields and papers of a look, in clear. Raises Refused, one of LOST."""
        household, demand = look.leave.household, look.leave.demand
        sealed = await leaves.sealed(connection, household, demand)
        kept = await leaves.papers(connection, household, demand)
        wanted = {name: sealed[name] for name in look.fields if name in sealed}
        try:
            fields = await self._opener.open(household, wanted) if wanted else {}
            return fields, await papers.opened(self._opener, household, kept, look.fields)
        except (Erased, SealBroken):
            raise Refused("erased") from None

    async def _look(self, connection: Connection, token: str) -> Look:
        """By a link of ours, or by one that the desk signed for one of its people. Raises Refused."""
        identifier = self._links.disclosure(token)
        if identifier is not None:
            found = await leaves.leave(connection, identifier)
            if found is None:
                raise Refused("unknown")
            leave, ended = found
            return Look(leave, ended, str(identifier), leave.recipient, leave.fields, expires=True)
        try:
            asked = verify_disclosure(self._secret, token)
        except AssertionRefused as refused:
            raise Refused("expired" if refused.reason == "expired" else "unknown") from None
        found = await leaves.leave_of(connection, asked.demand, asked.recipient)
        if found is None or found[0].household != asked.household:
            raise Refused("unknown")
        leave, ended = found
        fields = tuple(name for name in leave.fields if name in asked.fields)
        return Look(leave, ended, asked.id, asked.person, fields, expires=False)

    async def _check(self, connection: Connection, look: Look, spent: bool = False) -> None:
        """The consent as it is at this moment, not as it was when the link was made."""
        household = await leaves.household(connection, look.leave.household)
        now = self._clock.now()
        used = not spent and await leaves.is_used(connection, look.token)
        late = look.expires and now > look.leave.expires_at
        reason = refusal(look.leave, household, now.date(), ended=look.ended, used=used, late=late)
        if reason is not None:
            raise Refused(reason)

    async def _tell(self, look: Look, fields: list[str]) -> None:
        leave = look.leave
        person = look.person if _CODE.fullmatch(look.person) else "unnamed"
        data = feedback.DisclosureOpened(
            demand=leave.demand, recipient=leave.recipient, person=person, fields=fields, reason=leave.reason
        )
        cause = Cause(caused_id(leave.id, f"opening/{look.token}"), str(leave.demand), None)
        emit = Emit(FEEDBACK, data, leave.household, leave.demand)
        try:
            await self._publisher.publish([render(NAME, emit, 0, cause, self._clock.now())])
        except Fatal as error:
            end_process(error)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        database = await self._databases.get()
        try:
            yield await database.connection()
        except LOST:
            database.lost()
            raise Refused("away") from None
        finally:
            self._databases.put_nowait(database)

    def _refuse(self, request: Request, reason: str) -> Response:
        OPENED.labels(reason).inc()
        zh, en = REFUSALS[reason]
        status = _STATUS.get(reason, 403)
        if _wants_json(request):
            return JSONResponse({"code": reason, "zh": zh, "en": en}, status, headers=_HEADERS)
        return self._html(status, refused={"zh": zh, "en": en})

    def _html(self, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._page.render(values), status, headers=_HEADERS)


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
