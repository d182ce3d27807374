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
    Page("campaign_league", "/campaign/league", N_("Campaign")),
    Page("demands", "/demands", N_("Demands")),
    Page("worklist", "/worklist", N_("Worklist")),
    Page("people", "/people", N_("Units and people")),
    Page("consultation", "/consultations", N_("Consultations")),
    Page("obstacle_report", "/reports/obstacles", N_("Obstacle report")),
    Page("what_if", "/what-if", N_("What if")),
    Page("calls", "/calls", N_("Calls")),
    Page("shelf", "/products", N_("Products")),
    Page("accounts", "/accounts", N_("Accounts")),
    Page("records", "/records", N_("Records")),
)


CAMPAIGN = (
    Page("live", "/", N_("Overview")),
    Page("campaign_funnel", "/campaign/funnel", N_("Funnel")),
    Page("campaign_league", "/campaign/league", N_("League table")),
    Page("campaign_clocks", "/campaign/clocks", N_("Clocks")),
    Page("campaign_obstacles", "/campaign/obstacles", N_("Obstacle map")),
    Page("campaign_money", "/campaign/money", N_("Money")),
    Page("campaign_commitments", "/campaign/commitments", N_("Commitments")),
    Page("campaign_activities", "/campaign/activities", N_("Activities")),
    Page("campaign_visits", "/campaign/visits", N_("Visit lists")),
    Page("campaign_reported", "/campaign/reported", N_("Banks' own figures")),
    Page("campaign_bulletin", "/campaign/bulletin", N_("Bulletin")),
)
"""The tabs of the campaign's pages."""


PUBLIC = (Page("apply", "/apply", N_("Apply")), Page("track", "/track", N_("Where my application stands")))
"""What a household finds, before what is open to all."""


def menu(officer: Officer | None) -> list[Page]:
    """What this officer finds in the menu; nobody finds what is open to all. The campaign's page only leads a house to
    its own."""
    found = [page for page in PAGES if may(officer.role if officer else "nobody", page.address)]
    other = "campaign_league" if officer is not None and officer.oversees else "campaign"
    return [*(() if officer else PUBLIC), *(page for page in found if page.address != other)]


def is_current(page: Page, path: str) -> bool:
    """Whether the path lies on or under a page of the menu."""
    if page.address in ("campaign", "campaign_league") and path.startswith("/campaign/"):
        return True
    return path == page.path or (page.path != "/" and path.startswith(page.path + "/"))


def campaign_tabs(officer: Officer | None) -> list[Page]:
    """The pages of the campaign that this officer may open."""
    return [page for page in CAMPAIGN if officer is not None and may(officer.role, page.address)]
