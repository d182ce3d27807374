"""The addresses. Each has a name, and the name stands in the table of who may come there."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.desk.web import accounts, calls, campaign, consultation, demands, inboxes, records, sign_in
from services.desk.web.exporting import exporting
from services.desk.web.figures import Figures
from services.desk.web.guard import Endpoint, Guard
from services.desk.web.language import N_
from services.desk.web.office import Office

_STATIC = Path(__file__).parent / "static"
_FILES = frozenset(path.name for path in _STATIC.iterdir())
_TEXTS = {
    404: (N_("Not found"), N_("There is nothing at this address, or it is not yours to see.")),
    405: (N_("Not possible"), N_("This address cannot be used in this way.")),
    413: (N_("Too large"), N_("The form is larger than 64 KB. Nothing was sent.")),
}
_OTHERWISE = (N_("That did not work"), N_("Nothing was changed. Go back and try again."))

LISTINGS = (demands.LISTING, accounts.LISTING, records.LISTING)
"""The tables that can be taken away as CSV or XLSX."""


def application(office: Office) -> Starlette:
    """The desk's pages as an ASGI application; open the office first."""
    guard, figures = Guard(office), Figures(office)

    def route(address: str, path: str, endpoint: Endpoint, method: str = "GET") -> Route:
        return Route(path, guard(address, endpoint), methods=[method], name=address)

    async def failed(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return await guard.says(request, status, *_TEXTS.get(status, _OTHERWISE))

    return Starlette(
        routes=[
            route("campaign", "/", campaign.show(figures)),
            route("live", "/live", campaign.live(figures)),
            route("sign_in", "/sign-in", sign_in.form),
            route("sign_in", "/sign-in", sign_in.sign_in, "POST"),
            route("sign_out", "/sign-out", sign_in.sign_out, "POST"),
            route("password", "/password", sign_in.password_form),
            route("password", "/password", sign_in.change_password, "POST"),
            route("export", "/export/{name}", exporting(LISTINGS), "POST"),
            route("language", "/language", sign_in.language),
            route("demands", "/demands", demands.show_list),
            route("demand", "/demands/{id}", demands.show_one),
            route("bank", "/bank", inboxes.bank),
            route("bank_acts", "/bank/{id}/{action}", inboxes.bank_acts, "POST"),
            route("authority", "/authority", inboxes.authority),
            route("authority_acts", "/authority/{id}/{action}", inboxes.authority_acts, "POST"),
            route("consultation", "/consultations", consultation.show_all),
            route("consultation", "/consultations/{id}", consultation.show_one),
            route("consultation_acts", "/consultations/{id}/{action}", consultation.acts, "POST"),
            route("letter", "/cases/{id}/letter", consultation.letter),
            route("identity", "/identity/{id}", inboxes.identity),
            route("calls", "/calls", calls.calls),
            route("call_acts", "/calls/{id}/number", calls.number),
            route("call_acts", "/calls/{id}/{action}", calls.say, "POST"),
            route("deliveries", "/deliveries", calls.deliveries),
            route("records", "/records", records.show),
            route("accounts", "/accounts", accounts.show),
            route("accounts_make", "/accounts", accounts.make, "POST"),
            route("accounts_renew", "/accounts/{id}/password", accounts.changing("password"), "POST"),
            route("accounts_disable", "/accounts/{id}/disable", accounts.changing("disable"), "POST"),
            route("accounts_grant", "/accounts/{id}/grant", accounts.changing("grant"), "POST"),
            Route("/static/{name}", _static, name="static"),
            Route("/health", _health, name="health"),
        ],
        exception_handlers={HTTPException: failed, Exception: failed},
    )


async def _static(request: Request) -> Response:
    """Our own stylesheet, script and icon; nothing else is there."""
    name = request.path_params["name"]
    if name not in _FILES:
        return PlainTextResponse("not found", 404)
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return FileResponse(_STATIC / name, headers=headers)


async def _health(request: Request) -> Response:
    """The process answers; whether it reads is what its metrics say."""
    return PlainTextResponse("ok")
