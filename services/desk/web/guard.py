"""Before every page: who is it, may they come here, is the form theirs; after it: headers, cookie, time taken."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import quote

from jinja2 import Environment
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.desk.domain.access import Officer, may
from services.desk.metrics import PAGE_SECONDS
from services.desk.web.language import N_, wanted
from services.desk.web.office import Office
from services.desk.web.rendering import Visit, environments
from services.desk.web.signing_in.sessions import RENEW_AFTER, Session, officer_of
from shared.database import LOST
from shared.telemetry import logger

LARGEST_FORM = 64 * 1024
LARGEST_UPLOAD = {"worklist_read": 2_100_000, "campaign_report": 300_000, "mine_file": 6_000_000}
"""Addresses that take one file, and how large the whole form may be."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
Endpoint = Callable[[Visit], Awaitable[Response]]


class Guard:
    """Wraps an endpoint of an address; the address is looked up in the table of who may."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._sessions = office.sessions
        self._environments: dict[str, Environment] = environments(office)

    def __call__(self, address: str, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            started = time.perf_counter()
            response = await self._answer(address, endpoint, request)
            PAGE_SECONDS.labels(address, str(response.status_code)).observe(time.perf_counter() - started)
            return response

        return guarded

    async def _answer(self, address: str, endpoint: Endpoint, request: Request) -> Response:
        session, written = self._sessions.read(request)
        try:
            async with self._office.connection() as connection:
                officer = await officer_of(connection, session)
            visit = await self._visit(address, request, session, officer)
            try:
                response = self._refusal(address, visit) or await endpoint(visit)
            finally:
                await visit.form.close()
        except LOST as error:
            logger.warning("page_without_database", address=address, error=type(error).__name__)
            visit = self._visit_of(request, session, None, FormData())
            response = visit.problem(503, N_("Just a moment"), N_("The data cannot be reached. Please try again soon."))
        if written is None or datetime.now(UTC) - written > RENEW_AFTER:
            self._keep(response, session)
        for name, value in self._headers().items():
            # A page that is made to be taken away says itself what it may hold.
            response.headers.setdefault(name, value)
        return response

    async def says(self, request: Request, status: int, title: str, text: str) -> Response:
        """A page that says what is wrong, whatever came and from whom: no form is read, and nothing is asked of it."""
        session, _ = self._sessions.read(request)
        try:
            async with self._office.connection() as connection:
                officer = await officer_of(connection, session)
        except LOST:
            officer = None
        response = self._visit_of(request, session, officer, FormData()).problem(status, title, text)
        response.headers.update(self._headers())
        return response

    def _keep(self, response: Response, session: Session) -> None:
        """Write the cookie anew, unless the endpoint has begun another session."""
        if not self._sessions.is_in(response):
            self._sessions.write(response, session)

    async def _visit(self, address: str, request: Request, session: Session, officer: Officer | None) -> Visit:
        form = FormData()
        if request.method == "POST":
            # A file is read only from somebody who may hand it in at all.
            allowed = may(officer.role if officer else "nobody", address)
            largest = LARGEST_UPLOAD.get(address, LARGEST_FORM) if allowed else LARGEST_FORM
            if int(request.headers.get("content-length") or largest + 1) > largest:
                raise HTTPException(413)
            form = await request.form(max_files=1 if address in LARGEST_UPLOAD else 0, max_fields=200)
        return self._visit_of(request, session, officer, form)

    def _visit_of(self, request: Request, session: Session, officer: Officer | None, form: FormData) -> Visit:
        environment = self._environments[wanted(request).code]
        token = self._sessions.token(session)
        return Visit(self._office, request, environment, session, token, officer, form)

    def _refusal(self, address: str, visit: Visit) -> Response | None:
        officer, request = visit.officer, visit.request
        if not may(officer.role if officer else "nobody", address) and not self._is_open(address, officer):
            if officer is None and request.method == "GET":
                return RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)
            return visit.problem(
                403, N_("Not for you"), N_("This page belongs to another role. Your own is in the menu.")
            )
        if request.method == "POST" and not self._sessions.is_token(visit.session, visit.form.get("token")):
            return visit.problem(
                403, N_("Form too old"), N_("Nothing was sent. Go back, load the page again and send it once more.")
            )
        return None

    def _is_open(self, address: str, officer: Officer | None) -> bool:
        return officer is None and address in ("campaign", "live") and self._office.settings.desk_open_campaign

    def _headers(self) -> dict[str, str]:
        always = {**HEADERS, "Cache-Control": "no-store"}
        if self._office.settings.desk_https:
            always["Strict-Transport-Security"] = "max-age=31536000"
        return always
