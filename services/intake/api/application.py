"""The routes: POST /v1/demands, POST /v1/events, GET /v1/receipts/{receipt}, GET /health."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from services.intake.api.accepting import Accepting
from services.intake.api.answers import (
    ONE_OR_MANY,
    Health,
    Items,
    Myself,
    Receipt,
    Receipts,
    answered,
    answered_each,
    verdict_of,
)
from services.intake.api.bodies import TooLarge, TooSlow, body_within
from services.intake.api.cloudevents import BATCH, STRUCTURED, Unreadable, Unsupported, events_of
from services.intake.api.describing import (
    DEMAND,
    EVENT,
    FILE,
    IDEMPOTENT,
    LONGEST_KEY,
    OPEN,
    RECEIPT,
    RECEIPTS,
    SENT,
    body_of,
    described,
    refusals,
    taken,
)
from services.intake.api.files import paper_of
from services.intake.api.measuring import Measured
from services.intake.api.phones import ASKING, IDENTIFIED, SHOWING, CodeSent, Opened, Phones, asked, shown
from services.intake.api.problems import away, failure, items, too_often
from services.intake.api.speakers import Speakers, Unknown, with_receipt
from services.intake.domain.answers import Paper
from services.intake.domain.limits import Buckets
from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker, may_say
from services.intake.settings import Bounds
from services.intake.store.requests import Requests, Status
from shared.catalogue import NoRelease
from shared.database import LOST
from shared.errors import Stale


class Routes:
    """What each route does; everything it needs is given to it."""

    def __init__(
        self,
        accepting: Accepting,
        requests: Requests,
        speakers: Speakers,
        bounds: Bounds,
        release: Callable[[], int],
        now: Callable[[], datetime],
        phones: Phones,
    ) -> None:
        self._accepting, self._requests, self._speakers = accepting, requests, speakers
        self._bounds, self._release, self._now, self._phones = bounds, release, now, phones
        self._often: Buckets[str] = Buckets(bounds.per_second, bounds.burst)

    async def demand(self, request: Request) -> Response:
        """Hand in one demand (提交一笔融资需求). A source id or an Idempotency-Key is required."""
        speaker, body = await self._begun(request)
        if not isinstance(speaker, Speaker):
            return speaker
        key = request.headers.get("idempotency-key")
        if key is not None and not 1 <= len(key) <= LONGEST_KEY:
            return failure(400, items([problem("too-long", "/Idempotency-Key", f"≤ {LONGEST_KEY}")]))
        return answered(await self._accepting.demand(body, key, speaker), without="/data")

    async def events(self, request: Request) -> Response:
        """Send CloudEvents: one (structured or binary) or many (batched, answered item by item)."""
        speaker, body = await self._begun(request)
        if not isinstance(speaker, Speaker):
            return speaker
        try:
            events, batch = events_of(request.headers, body)
        except Unsupported:
            allowed = f"{STRUCTURED}, {BATCH}, application/json + ce-*"
            return failure(415, items([problem("not-allowed", "/Content-Type", allowed)]))
        except Unreadable:
            return failure(400, items([problem("not-json", "")]))
        if len(events) > self._bounds.items:
            return failure(413, items([problem("too-many", "", str(self._bounds.items))]))
        # The request itself has cost one.
        if wait := self._often.take(speaker.partner, time.monotonic(), len(events) - 1):
            return too_often(wait)
        outcomes = await self._accepting.events([(event, with_receipt(speaker)) for event in events])
        return answered_each(outcomes) if batch else answered(outcomes[0])

    async def receipt(self, request: Request) -> Response:
        """What became of a request (查询受理结果)."""
        speaker = await self._speakers.of(request)
        if isinstance(speaker, Unknown):
            return _stranger(speaker)
        try:
            receipt = UUID(request.path_params["receipt"])
        except ValueError:
            return failure(404)
        status = await self._requests.status(receipt, speaker.partner)
        return failure(404) if status is None else JSONResponse(verdict_of(receipt, status))

    async def health(self, request: Request) -> Response:
        """Whether requests can be taken."""
        await self._requests.households([])
        release = self._release()
        return JSONResponse({"status": "ok", "release": release}) if release else away()

    async def partner(self, request: Request) -> Response:
        """Whom a key belongs to, what it may send, and what time it is at the gate (查询接入方)."""
        speaker = await self._speakers.of(request)
        if isinstance(speaker, Unknown):
            return _stranger(speaker)
        may = sorted(data.TYPE for what, data in SENT.items() if may_say(speaker.role, what, "") is None)
        said = Myself(partner=speaker.partner, role=speaker.role, speaks_for=list(speaker.speaks_for), may_send=may,
                      now=self._now(), release=self._release())  # fmt: skip
        return JSONResponse(said.model_dump(mode="json"))

    async def receipts(self, request: Request) -> Response:
        """What became of many requests at once (批量查询受理结果), in the order in which they were asked for."""
        speaker, body = await self._begun(request)
        if not isinstance(speaker, Speaker):
            return speaker
        try:
            wanted = _receipts(body)
        except (msgspec.MsgspecError, UnicodeError):
            return failure(400, items([problem("not-json", "")]))
        if len(wanted) > self._bounds.items:
            return failure(413, items([problem("too-many", "", str(self._bounds.items))]))
        found = await self._requests.statuses(wanted, speaker.partner)
        return JSONResponse({"items": [verdict_of(one, found.get(one, _NEVER)) for one in wanted]})

    async def file(self, request: Request) -> Response:
        """Hand in a paper of a demand (提交证明材料): a JPEG, PNG or PDF, made anew and sealed."""
        speaker, body = await self._begun(request, self._bounds.file_bytes)
        if not isinstance(speaker, Speaker):
            return speaker
        paper = paper_of(request, body)
        if not isinstance(paper, Paper):
            return failure(422, items([paper]))
        return answered(await self._accepting.paper(paper, speaker))

    async def code(self, request: Request) -> Response:
        """Send a telephone a code (发送验证码), for a portal; the same answer whether or not anybody is known by it."""
        speaker, body = await self._begun(request)
        return await asked(self._phones, body, speaker) if isinstance(speaker, Speaker) else speaker

    async def code_shown(self, request: Request) -> Response:
        """What was asked for under a telephone, for whoever shows its code (凭验证码查询)."""
        speaker, body = await self._begun(request)
        if not isinstance(speaker, Speaker):
            return speaker
        return await shown(self._phones, request.path_params["id"], body, speaker)

    async def _begun(self, request: Request, most: int | None = None) -> tuple[Speaker | Response, bytes]:
        """Who speaks, not too often, and the body within its bounds; else the answer."""
        speaker = await self._speakers.of(request)
        if isinstance(speaker, Unknown):
            return _stranger(speaker), b""
        if wait := self._often.take(speaker.partner, time.monotonic()):
            return too_often(wait), b""
        most = most or self._bounds.body_bytes
        try:
            body = await body_within(request, most, self._bounds.body_seconds)
        except TooLarge:
            return failure(413, items([problem("too-long", "", f"≤ {most} bytes")])), b""
        except TooSlow:
            return failure(408, headers={"Connection": "close"}), b""
        return with_receipt(speaker), body


_receipts = msgspec.json.Decoder(list[UUID]).decode
_NEVER = Status(None, False, "unknown", None)


def _stranger(unknown: Unknown) -> JSONResponse:
    return failure(unknown.status, headers={"WWW-Authenticate": "Bearer"} if unknown.status == 401 else None)


async def _failed(request: Request, error: Exception) -> Response:
    """The database or the catalogue is away, or somebody else was faster: the same request may come again."""
    return away()


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return failure(status)


def application(routes: Routes) -> Any:
    """The ASGI application."""
    return Measured(routed(routes))


def routed(routes: Routes) -> FastAPI:
    """The routes with their descriptions."""
    # No pages of documentation: FastAPI's take their scripts from elsewhere.
    app = FastAPI(title="Freshwater intake (金融活水·受理)", version="1", docs_url=None, redoc_url=None)
    described(app)
    add = app.add_api_route
    answers = {**taken(), **refusals(400, 401, 403, 408, 413, 422, 429, 503)}
    coded = refusals(400, 401, 403, 408, 413, 422, 429, 503)
    many = {**answers, **taken(ONE_OR_MANY), 207: {"model": Items}, **refusals(415)}
    add("/v1/demands", routes.demand, methods=["POST"], status_code=202, response_model=Receipt,
        responses=answers, openapi_extra={**body_of("application/json", DEMAND), **IDEMPOTENT})  # fmt: skip
    add("/v1/events", routes.events, methods=["POST"], status_code=202, response_model=None,
        responses=many, openapi_extra=body_of(STRUCTURED, EVENT, BATCH))  # fmt: skip
    add("/v1/files", routes.file, methods=["POST"], status_code=202, response_model=Receipt,
        responses=answers, openapi_extra=FILE)  # fmt: skip
    add("/v1/partner", routes.partner, response_model=Myself, responses=refusals(401, 403, 503))
    add("/v1/receipts", routes.receipts, methods=["POST"], response_model=Receipts,
        responses=refusals(400, 401, 403, 408, 413, 429, 503),
        openapi_extra=body_of("application/json", RECEIPTS))  # fmt: skip
    add("/v1/receipts/{receipt}", routes.receipt, response_model=Receipt, responses=refusals(401, 403, 404, 503),
        openapi_extra=RECEIPT)  # fmt: skip
    add("/v1/contact-codes", routes.code, methods=["POST"], status_code=202, response_model=CodeSent,
        responses=coded, openapi_extra=body_of("application/json", ASKING))  # fmt: skip
    add("/v1/contact-codes/{id}", routes.code_shown, methods=["POST"], response_model=Opened,
        responses=coded, openapi_extra={**body_of("application/json", SHOWING), **IDENTIFIED})  # fmt: skip
    add("/health", routes.health, response_model=Health, responses=refusals(503), openapi_extra=OPEN)
    for kind in (*LOST, asyncpg.PostgresError, Stale, NoRelease):
        app.add_exception_handler(kind, _failed)
    app.add_exception_handler(HTTPException, _no_route)
    return app


def document() -> dict[str, Any]:
    """The OpenAPI document; nothing behind the routes is needed for it."""
    found: dict[str, Any] = routed(Routes.__new__(Routes)).openapi()
    return found
