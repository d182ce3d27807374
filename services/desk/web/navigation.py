"""The pages in the menu, in their order. A role sees those that it may come to."""

from __future__ import annotations

from typing import NamedTuple

from services.desk.domain.access import Officer, may
from services.desk.web.language import N_


class Page(NamedTuple):
    """`address` is the name of its route, by which the table of who may is asked."""

    address: str
    path: str
    title: str


PAGES = (
    Page("bank", "/bank", N_("Inbox")),
    Page("authority", "/authority", N_("Inbox")),
    Page("questions", "/questions", N_("For my level")),
    Page("campaign", "/", N_("Campaign")),
    Page("demands", "/demands", N_("Demands")),
    Page("worklist", "/worklist", N_("Worklist")),
    Page("people", "/people", N_("Units and people")),
    Page("consultation", "/consultations", N_("Consultations")),
    Page("calls", "/calls", N_("Calls")),
    Page("accounts", "/accounts", N_("Accounts")),
    Page("records", "/records", N_("Records")),
)


def menu(officer: Officer | None) -> list[Page]:
    """What this officer finds in the menu; nobody finds nothing. The campaign's page only leads a house to its own."""
    if officer is None:
        return []
    found = [page for page in PAGES if may(officer.role, page.address)]
    return [page for page in found if page.address != "campaign" or officer.oversees]


def is_current(page: Page, path: str) -> bool:
    """Whether the path lies on or under a page of the menu."""
    return path == page.path or (page.path != "/" and path.startswith(page.path + "/"))
