"""Cases as Open311 GeoReport v2, and the letter of a 督办.

Nothing here names a household: an obstacle, an authority, a county and dates. A key may be asked for.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from services.escalation.api.letter import letter
from services.escalation.store import Asked, Cases, Found
from shared.catalogue.release import Release
from shared.database import LOST

MOST = 1_000
Handler = Callable[[Request], Awaitable[Response]]


class Wrong(Exception):
    """What is asked for cannot be answered: a status and a sentence, as GeoReport wants them."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status, self.description = status, description


class Open311:
    """`GET /open311/v2/services.json`, `/requests.json`, `/requests/<id>.json`, and `/cases/<id>/raise`."""

    def __init__(self, cases: Cases, release: Callable[[], Release | None], key: str | None) -> None:
        self._cases, self._release, self._key = cases, release, key

    def application(self) -> Starlette:
        paths: Mapping[str, Handler] = {
            "/open311/v2/services.json": self.services,
            "/open311/v2/requests.json": self.requests,
            "/open311/v2/requests/{id}.json": self.one,
            "/cases/{id}/raise": self.raised,
        }
        return Starlette(routes=[Route(path, self._answering(handler)) for path, handler in paths.items()])

    def _answering(self, handler: Handler) -> Handler:
        async def answer(request: Request) -> Response:
            try:
                self._check(request)
                return await handler(request)
            except Wrong as wrong:
                said = [{"code": wrong.status, "description": wrong.description}]
                return JSONResponse(said, status_code=wrong.status)
            except LOST:
                self._cases.lost()
                return JSONResponse([{"code": 503, "description": "try again in a moment"}], status_code=503)

        return answer

    def _check(self, request: Request) -> None:
        given = request.query_params.get("api_key", "")
        if self._key and not hmac.compare_digest(given.encode(), self._key.encode()):
            raise Wrong(403, "api_key is missing or not known")

    async def services(self, _: Request) -> Response:
        """The kinds of cases: one for each obstacle."""
        listed = [
            {
                "service_code": obstacle.id,
                "service_name": f"{obstacle.zh} / {obstacle.en}",
                "description": f"{obstacle.evidence_zh} / {obstacle.evidence_en}",
                "metadata": False,
                "type": "realtime",
                "keywords": obstacle.lead,
                "group": obstacle.lead,
            }
            for obstacle in self._named().obstacles.values()
        ]
        return JSONResponse(listed)

    async def requests(self, request: Request) -> Response:
        """The newest first, at most a thousand; open ones unless `status` says otherwise."""
        found = await self._cases.find(asked_in(request.query_params))
        return JSONResponse([self._as_request(each) for each in found])

    async def one(self, request: Request) -> Response:
        found = await self._cases.find(Asked(ids=(_id(request.path_params["id"]),)))
        if not found:
            raise Wrong(404, "no such service_request_id")
        return JSONResponse([self._as_request(each) for each in found])

    async def raised(self, request: Request) -> Response:
        """The letter of a 督办, to print: of a draft too, so that whoever confirms it sees what goes."""
        found = await self._cases.find(Asked(ids=(_id(request.path_params["id"]),)))
        if not found:
            raise Wrong(404, "no such case")
        return HTMLResponse(letter(found[0], self._named()))

    def _named(self) -> Release:
        release = self._release()
        if release is None:
            raise Wrong(503, "no release of the catalogue is known yet")
        return release

    def _as_request(self, case: Found) -> dict[str, Any]:
        release = self._named()
        obstacle, authority = release.obstacles.get(case.obstacle), release.authorities.get(case.authority)
        return {
            "service_request_id": str(case.id),
            "status": "closed" if case.ended_at else "open",
            "status_notes": case.state,
            "service_name": f"{obstacle.zh} / {obstacle.en}" if obstacle else case.obstacle,
            "service_code": case.obstacle,
            "description": f"{obstacle.zh}（{obstacle.en}）" if obstacle else case.obstacle,
            "agency_responsible": authority.zh if authority else case.authority,
            "service_notice": None,
            "requested_datetime": _iso(case.since),
            "updated_datetime": _iso(case.ended_at or case.opened_at or case.since),
            "expected_datetime": _iso(case.due_at),
            "address": None,
            "address_id": case.county,
            "zipcode": None,
            "lat": None,
            "long": None,
            "media_url": None,
        }


def asked_in(query: Mapping[str, str]) -> Asked:
    """The query of GeoReport. Raises Wrong with what is not understood."""
    status = query.get("status", "open")
    wanted = {each.strip() for each in status.split(",")}
    if not wanted <= {"open", "closed"}:
        raise Wrong(400, "status is open, closed, or both with a comma between")
    return Asked(
        ids=tuple(_id(each) for each in _listed(query, "service_request_id")),
        obstacles=tuple(_listed(query, "service_code")),
        county=query.get("jurisdiction_id"),
        begin=_moment(query, "start_date"),
        end=_moment(query, "end_date"),
        is_open=None if len(wanted) == 2 else "open" in wanted,
        most=MOST,
    )


def _listed(query: Mapping[str, str], name: str) -> Sequence[str]:
    return [each.strip() for each in query.get(name, "").split(",") if each.strip()][:MOST]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Wrong(400, "service_request_id is not an id") from None


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        # A plus of the offset becomes a space where it was not escaped.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Wrong(400, f"{name} is a time with its offset, like 2026-11-24T09:00:00+08:00")
    return moment


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
