"""The addresses. Each has a name, and the name stands in the table of who may come there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.desk.web.administration import accounts, people, people_tables, records
from services.desk.web.campaign import overview
from services.desk.web.campaign.routes import under_campaign
from services.desk.web.consultation import agendas, consultation
from services.desk.web.demand import demand_tables, demands, papers, why
from services.desk.web.figures import Figures
from services.desk.web.files.exporting import exporting
from services.desk.web.guard import Endpoint, Guard
from services.desk.web.household.addresses import household_addresses
from services.desk.web.inbox import inbox_tables, inboxes, limits, questions
from services.desk.web.language import N_
from services.desk.web.obstacles import listings as report_tables
from services.desk.web.obstacles import report
from services.desk.web.office import Office
from services.desk.web.shelf import shelf
from services.desk.web.signing_in import sign_in, single_sign_on
from services.desk.web.telling import calls, telling_tables
from services.desk.web.what_if import what_if
from services.desk.web.worklist import pages as worklist

_STATIC = Path(__file__).parent / "static"
_FILES = frozenset(path.name for path in _STATIC.iterdir())
_TEXTS = {
    404: (N_("Not found"), N_("There is nothing at this address, or it is not yours to see.")),
    405: (N_("Not possible"), N_("This address cannot be used in this way.")),
    413: (N_("Too large"), N_("A form may have 64 KB, a photo or PDF 5 MB. Nothing was kept: choose a smaller one.")),
}
_OTHERWISE = (N_("That did not work"), N_("Nothing was changed. Go back and try again."))

LISTINGS = (
    demands.LISTING,
    accounts.LISTING,
    people.LISTING,
    records.LISTING,
    worklist.LISTING,
    *inbox_tables.LISTINGS,
    *demand_tables.LISTINGS,
    *telling_tables.LISTINGS,
    *agendas.LISTINGS,
    *why.LISTINGS,
    limits.LISTING,
    questions.LISTING,
    *people_tables.LISTINGS,
    *what_if.LISTINGS,
    *report_tables.LISTINGS,
)
"""The tables that can be taken away as CSV or XLSX."""


class Address(NamedTuple):
    """A place of the desk: by its name the table of who may is asked (`domain/access.py`)."""

    name: str
    path: str
    endpoint: Endpoint
    method: str = "GET"


ADDRESSES = (
    Address("sign_in", "/sign-in", sign_in.form),
    Address("sign_in", "/sign-in", sign_in.sign_in, "POST"),
    Address("single_sign_on", single_sign_on.PATH, single_sign_on.begin_there),
    Address("single_sign_on", single_sign_on.PATH + "/back", single_sign_on.come_back),
    Address("sign_out", "/sign-out", sign_in.sign_out, "POST"),
    Address("password", "/password", sign_in.password_form),
    Address("password", "/password", sign_in.change_password, "POST"),
    Address("language", "/language", sign_in.language),
    Address("demands", "/demands", demands.show_list),
    Address("demand", "/demands/{id}", demands.show_one),
    Address("why", "/demands/{id}/why", why.show),
    Address("bank", "/bank", inboxes.inbox),
    Address("bank_acts", "/bank/{id}/{action}", inboxes.bank_acts, "POST"),
    Address("authority", "/authority", inboxes.inbox),
    Address("authority_acts", "/authority/{id}/{action}", inboxes.authority_acts, "POST"),
    Address("consultation", "/consultations", consultation.show_all),
    Address("consultation", "/consultations/{id}", consultation.show_one),
    Address("consultation_acts", "/consultations/{id}/{action}", consultation.acts, "POST"),
    Address("obstacle_report", "/reports/obstacles", report.page),
    Address("obstacle_report", "/reports/obstacles/{name}", report.file),
    Address("what_if", "/what-if", what_if.page),
    Address("letter", "/cases/{id}/letter", consultation.letter),
    Address("identity", "/identity/{id}", inboxes.identity),
    Address("papers", "/papers/{id}", papers.show),
    Address("papers_acts", "/papers/{id}/{file}/{outcome}", papers.say, "POST"),
    Address("calls", "/calls", calls.calls),
    Address("call_acts", "/calls/{id}/number", calls.number),
    Address("call_acts", "/calls/{id}/{action}", calls.say, "POST"),
    Address("deliveries", "/deliveries", calls.deliveries),
    Address("shelf", "/products", shelf.shelf),
    Address("product", "/products/{id}", shelf.product),
    Address("product_code", "/products/{id}/code", shelf.code),
    Address("handbook", "/handbook", shelf.handbook),
    Address("questions", "/questions", questions.show),
    Address("questions_acts", "/questions/{id}/{action}", questions.acts, "POST"),
    Address("worklist", "/worklist", worklist.form),
    Address("worklist", "/worklist/take", worklist.take, "POST"),
    Address("worklist_read", "/worklist", worklist.hand_in, "POST"),
    Address("worklist", "/worklist/{id}", worklist.show),
    Address("people", "/people", people.show),
    Address("people_change", "/people/{what}", people.change, "POST"),
    Address("assign", "/assign", people.assign, "POST"),
    Address("assign", "/assign/{id}", people.assign, "POST"),
    Address("limit", "/limit", limits.declare, "POST"),
    Address("records", "/records", records.show),
    Address("accounts", "/accounts", accounts.show),
    Address("accounts_make", "/accounts", accounts.make, "POST"),
    Address("accounts_renew", "/accounts/{id}/password", accounts.changing("password"), "POST"),
    Address("accounts_disable", "/accounts/{id}/disable", accounts.changing("disable"), "POST"),
    Address("accounts_grant", "/accounts/{id}/grant", accounts.changing("grant"), "POST"),
)


def application(office: Office, more: Sequence[Route] = ()) -> Starlette:
    """The desk's pages, and `more` addresses beside them, as an ASGI application; open the office first."""
    guard, figures = Guard(office), Figures(office)
    places, listings = under_campaign(office, figures)
    office.single_sign_on = single_sign_on.made(office.settings, office.sessions.signer(single_sign_on.SALT))
    live = (
        *(Address(*place) for place in places),
        Address("campaign", "/", overview.show(figures)),
        Address("live", "/live", overview.live(figures)),
        Address("export", "/export/{name}", exporting([*LISTINGS, *listings]), "POST"),
    )

    own = [Address(*each) for each in household_addresses(office.way)] if office.way else []

    async def failed(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return await guard.says(request, status, *_TEXTS.get(status, _OTHERWISE))

    def route(at: Address) -> Route:
        return Route(at.path, guard(at.name, at.endpoint), methods=[at.method], name=at.name)

    return Starlette(
        routes=[
            *(route(at) for at in (*live, *ADDRESSES, *own)),
            *more,
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
