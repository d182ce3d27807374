"""The addresses under /campaign, and the tables that can be taken away from there."""

from __future__ import annotations

from typing import TypeAlias

from services.desk.web.campaign import reported
from services.desk.web.campaign.boards import Boards
from services.desk.web.campaign.bulletin import Bulletins
from services.desk.web.campaign.pages import Campaign
from services.desk.web.campaign.plans import Plans
from services.desk.web.figures import Figures
from services.desk.web.guard import Endpoint
from services.desk.web.office import Office
from services.desk.web.tables import Listing

Place: TypeAlias = tuple[str, str, Endpoint, str]
"""The name by which the table of who may is asked, the path, what answers, and the method."""


def under_campaign(office: Office, figures: Figures) -> tuple[list[Place], list[Listing]]:
    """Their places and listings."""
    boards = Boards(office)
    pages, plans, bulletins = Campaign(boards, figures), Plans(boards), Bulletins(boards)
    places: list[Place] = [
        ("campaign_funnel", "/campaign/funnel", pages.funnel, "GET"),
        ("campaign_clocks", "/campaign/clocks", pages.clocks, "GET"),
        ("campaign_league", "/campaign/league", pages.league, "GET"),
        ("campaign_obstacles", "/campaign/obstacles", pages.obstacles, "GET"),
        ("campaign_money", "/campaign/money", pages.money, "GET"),
        ("campaign_chart", "/campaign/charts/{name}", pages.chart, "GET"),
        ("campaign_commitments", "/campaign/commitments", plans.commitments, "GET"),
        ("campaign_plan", "/campaign/commitments", plans.promise, "POST"),
        ("campaign_plan", "/campaign/commitments/{id}/take-back", plans.take_back, "POST"),
        ("campaign_activities", "/campaign/activities", plans.activities, "GET"),
        ("campaign_plan", "/campaign/activities", plans.plan_activity, "POST"),
        ("campaign_plan", "/campaign/activities/{id}/end", plans.end_activity, "POST"),
        ("campaign_visits", "/campaign/visits", plans.visit_lists, "GET"),
        ("campaign_plan", "/campaign/visits", plans.hand_out, "POST"),
        ("campaign_reported", "/campaign/reported", reported.show, "GET"),
        ("campaign_report", "/campaign/reported/empty", reported.empty, "GET"),
        ("campaign_report", "/campaign/reported", reported.send, "POST"),
        ("campaign_bulletin", "/campaign/bulletin", bulletins.page, "GET"),
        ("campaign_bulletin", "/campaign/bulletin.docx", bulletins.document, "GET"),
    ]
    return places, [*pages.listings(), *plans.listings(), bulletins.listing(), reported.LISTING]
