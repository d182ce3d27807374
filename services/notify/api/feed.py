"""The pull feed: a partner without a door or webhook fetches its notices, and any its webhook did not take.

    GET /v1/feed?after=<cursor>&limit=100        Authorization: Bearer <the partner's key>    (also /v1/notices)
    200 {"notices": [CloudEvents, oldest first], "next": "<cursor>", "more": false}

The same cursor gives the same notices again: a partner keeps the last `next`, and nothing is ever skipped or lost.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.notify.settings import NotifySettings
from services.notify.store import looking
from services.notify.store.looking import Cursor
from shared.contracts.partners import PartnerRegistered
from shared.database import LOST, Database

NAME = "notify"
MOST = 500
READ = frozenset({"/v1/feed", "/v1/notices"})
_CURSOR = re.compile(r"(\d{1,18})-([0-9a-f]{32})")
_HEADERS = {"cache-control": "no-store"}


class Registered(Protocol):
    """Who the partners are now."""

    partners: Mapping[str, PartnerRegistered]


class Feed:
    """Answers one request after another: what is fetched is small, and nobody fetches often."""

    def __init__(self, registered: Registered, settings: NotifySettings) -> None:
        self._registered, self._turn = registered, asyncio.Lock()
        self._database = Database(settings.postgres, NAME, f"{NAME}-feed")

    async def stop(self) -> None:
        await self._database.close()

    async def fetch(self, request: Request) -> Response:
        """The notices after a cursor; without one from the first that is still kept."""
        partner = self._partner(request.headers.get("authorization", ""))
        if partner is None:
            return _problem(401, "unknown-key", "请用有效的密钥", "use a key that is valid")
        after, limit = _after(request.query_params.get("after", "")), _limit(request.query_params.get("limit", "100"))
        if after is None or limit is None:
            said = f"after 须为上次的 next，limit 为 1 至 {MOST}"
            return _problem(400, "bad-query", said, f"after is the last answer's next, limit is from 1 to {MOST}")
        try:
            async with self._turn:
                rows = await looking.fed(await self._database.connection(), partner, after, limit + 1)
        except LOST:
            self._database.lost()
            return _problem(503, "away", "暂时无法读取，请稍后再试", "it can not be read at the moment; try again")
        shown = rows[:limit]
        last = shown[-1][0] if shown else after
        # The bodies are what a webhook would have brought, byte for byte.
        notices = b",".join(body for _, body in shown)
        more = b"true" if len(rows) > limit else b"false"
        value = b'{"notices":[' + notices + b'],"next":"' + _text(last).encode() + b'","more":' + more + b"}"
        return Response(value, media_type="application/json", headers=_HEADERS)

    def _partner(self, authorization: str) -> str | None:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            return None
        digest = sha256(key.strip().encode("utf-8", "surrogateescape")).hexdigest()
        for partner in self._registered.partners.values():
            if digest in partner.key_hashes:
                return None if partner.disabled else partner.partner
        return None


async def other(request: Request) -> Response:
    """Whatever else is asked for here, for a program that reads its answers."""
    if request.url.path in READ and request.method != "GET":
        answer = _problem(405, "read-only", "这里只能读取（GET）", "this can only be read (GET)")
        answer.headers["allow"] = "GET"
        return answer
    return _problem(404, "unknown-address", "没有这个地址", "there is no such address")


def _after(text: str) -> Cursor | None:
    if not text:
        return Cursor(0, UUID(int=0))
    found = _CURSOR.fullmatch(text)
    return Cursor(int(found[1]), UUID(found[2])) if found else None


def _limit(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST else None


def _text(cursor: Cursor) -> str:
    return f"{cursor.transaction}-{cursor.delivery.hex}"


def _problem(status: int, code: str, zh: str, en: str) -> Response:
    body = {"type": "about:blank", "title": en, "title_zh": zh, "status": status, "code": code, "zh": zh, "en": en}
    return JSONResponse(body, status, headers=_HEADERS, media_type="application/problem+json")
