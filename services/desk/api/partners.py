"""Answers partners by their key: a cursor that never skips, an ETag that saves what has not changed.

GET /v1/referrals?after=<cursor>&limit=100&state=open     Authorization: Bearer <the partner's key>
200 {"items": [...], "next": "<cursor>" or null}          ETag: "..."; with If-None-Match 304
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from typing import Any, NamedTuple, Protocol, get_args
from uuid import UUID

import msgspec
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.desk.api import items
from services.desk.api.problems import Refused, answer, problem
from services.desk.domain.partners import Reader, reader_of
from services.desk.metrics import PAGE_SECONDS
from services.desk.store import partners as store
from shared.clock import Clock
from shared.contracts.partners import PartnerRegistered
from shared.contracts.values import Case, Referral
from shared.database import LOST, Connection

MOST = 500
_CURSOR = re.compile(r"([0-9a-f]{32})-([0-9a-f]{32})-([0-9a-f]{32})")
_encode = msgspec.json.Encoder().encode
READ = ("/v1/referrals", "/v1/cases")
Registered = Callable[[], Mapping[str, PartnerRegistered]]


class Kind(NamedTuple):
    """What a list holds: its key, the states that it can be narrowed to, who may read it, where it is, how it reads."""

    key: str
    states: Collection[str]
    may: Callable[[Reader], bool]
    rows: Callable[[Connection, Reader, store.Page], Awaitable[list[Any]]]
    item: Callable[[Any], dict[str, Any]]


def _states(model: type[BaseModel]) -> tuple[str, ...]:
    return get_args(model.model_fields["state"].annotation)


REFERRALS = Kind("referral", _states(Referral), lambda one: one.reads_referrals, store.referrals, items.referral)
CASES = Kind("case", _states(Case), lambda one: one.reads_cases, store.cases, items.case)


class Readable(Protocol):
    """Where the read model is, and what time it is there."""

    @property
    def clock(self) -> Clock: ...

    def connection(self) -> AbstractAsyncContextManager[Connection]: ...


class Api:
    """Reads for one partner at a time; never says whether there is what is not this partner's."""

    def __init__(self, office: Readable, registered: Registered) -> None:
        self._office, self._registered = office, registered

    async def referrals(self, request: Request) -> Response:
        """A bank's own."""
        return await self._answer(request, "partner_referrals", self._list(REFERRALS))

    async def cases(self, request: Request) -> Response:
        """An authority's own."""
        return await self._answer(request, "partner_cases", self._list(CASES))

    async def demand(self, request: Request) -> Response:
        """One demand."""
        return await self._answer(request, "partner_demand", self._demand)

    async def other(self, request: Request) -> Response:
        """Whatever else is asked for here: a program wants to hear what is wrong as it hears everything else."""
        path = request.url.path.rstrip("/")
        there = path in READ or path.rpartition("/")[0] == "/v1/demands"
        return answer(Refused(405 if there and request.method != "GET" else 404))

    async def _answer(
        self, request: Request, address: str, found: Callable[[Request, Reader], Awaitable[Any]]
    ) -> Response:
        started = time.perf_counter()
        try:
            response = _response(request, await found(request, self._reader(request)))
        except Refused as refused:
            response = answer(refused)
        except LOST:
            response = answer(Refused(503))
        response.headers["X-Content-Type-Options"] = "nosniff"
        PAGE_SECONDS.labels(address, str(response.status_code)).observe(time.perf_counter() - started)
        return response

    def _reader(self, request: Request) -> Reader:
        """Whose key it is. Raises Refused."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and key.strip():
            digest = sha256(key.strip().encode("utf-8", "surrogateescape")).hexdigest()
            for each in self._registered().values():
                if digest in each.key_hashes and not each.disabled:
                    return reader_of(each.partner, each.role, each.institution, tuple(each.units))
        raise Refused(401)

    def _list(self, kind: Kind) -> Callable[[Request, Reader], Awaitable[dict[str, Any]]]:
        async def found(request: Request, reader: Reader) -> dict[str, Any]:
            if not kind.may(reader):
                raise Refused(403)
            page = _page(request, kind.states)
            async with self._office.connection() as connection:
                rows = await kind.rows(connection, reader, page)
            return _listed(rows, page, kind)

        return found

    async def _demand(self, request: Request, reader: Reader) -> dict[str, Any]:
        try:
            identifier = UUID(request.path_params["id"])
        except ValueError:
            raise Refused(404) from None
        async with self._office.connection() as connection:
            known = await store.demand(connection, reader, identifier)
        if known is None:
            raise Refused(404)
        return items.demand(known, self._office.clock.now())


def _page(request: Request, states: Collection[str]) -> store.Page:
    """What the address asks for. Raises Refused with all that is wrong."""
    asked, faults = request.query_params, []
    text, limit, state = asked.get("after", ""), asked.get("limit", "100"), asked.get("state")
    cursor = _CURSOR.fullmatch(text)
    if text and not cursor:
        faults.append(problem("bad-cursor", "after", "须为上次的 next", "it is the next of the last answer"))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= MOST):
        faults.append(problem("bad-limit", "limit", f"须为 1 至 {MOST}", f"it is from 1 to {MOST}"))
    if state is not None and state not in states:
        known = ", ".join(states)
        faults.append(problem("bad-state", "state", f"须为其中之一：{known}", f"it is one of {known}"))
    if faults:
        raise Refused(400, faults)
    after = (UUID(cursor[1]), UUID(cursor[2]), UUID(cursor[3])) if cursor else store.Page().after
    return store.Page(after, state, int(limit))


def _listed(rows: list[Any], page: store.Page, kind: Kind) -> dict[str, Any]:
    shown = rows[: page.limit]
    last = shown[-1] if len(rows) > page.limit else None
    cursor = None if last is None else "-".join(last[name].hex for name in ("household", "demand", kind.key))
    return {"items": [kind.item(row) for row in shown], "next": cursor}


def _response(request: Request, value: Any) -> Response:
    """The value, or nothing where the partner has it already."""
    body = _encode(value)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
