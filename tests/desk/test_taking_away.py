"""Every table can be taken away: whichever is declared stands among those that `/export` knows, and has its button."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

from services.desk import web
from services.desk.domain.access import ALLOWED
from services.desk.web.application import LISTINGS
from services.desk.web.campaign.boards import Boards
from services.desk.web.campaign.bulletin import Bulletins
from services.desk.web.campaign.pages import Campaign
from services.desk.web.campaign.plans import Plans
from services.desk.web.campaign.reported import LISTING as REPORTED
from services.desk.web.campaign.tables import BRIEF_LEAGUE, JUDGED
from services.desk.web.tables import Table
from tests.desk.visitors import Doorstep

PARTS = {BRIEF_LEAGUE.name, JUDGED.name}
"""Columns of a table that can be taken away whole."""
WHOLE_ELSEWHERE = {"campaign_league.html": {"ranks", "judged"}, "campaign_bulletin.html": {"table"}}
"""What a page shows of a table that stands whole, and can be taken away, on it or on another page."""
TEMPLATES = Path(web.__file__).parent / "templates"


def declared() -> dict[str, Table]:
    """Every table of the pages, by its name."""
    found = {}
    for module in pkgutil.walk_packages(web.__path__, web.__name__ + "."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Table):
                found[value.name] = value
    return found


async def test_every_table_is_among_those_that_can_be_taken_away(doorstep: Doorstep) -> None:
    boards = Boards(doorstep.office)
    campaign = Campaign(boards, None).listings()  # type: ignore[arg-type]
    listings = [*LISTINGS, *campaign, *Plans(boards).listings(), Bulletins(boards).listing(), REPORTED]
    names = [listing.table.name for listing in listings]
    assert len(names) == len(set(names)), "two tables under one name: one of them could not be taken away"
    assert set(declared()) - PARTS == set(names)
    assert {listing.address for listing in listings} <= set(ALLOWED)


def test_every_table_on_a_page_has_its_button() -> None:
    for path in sorted(TEMPLATES.glob("*.html")):
        if path.name == "parts.html":
            continue
        text = path.read_text("utf-8")
        shown = set(re.findall(r"parts\.table\((\w+)\)", text))
        offered = set(re.findall(r"parts\.export\((\w+)", text))
        left = shown - offered - WHOLE_ELSEWHERE.get(path.name, set())
        assert not left, (path.name, left)
