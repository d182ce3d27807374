"""What is asked of an authority's own level: drafts of a 督办 (催办), and extensions of those below."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Record
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.desk.domain import acts as offered
from services.desk.domain.card import Card, masked
from services.desk.store import questions as store
from services.desk.web.inbox.acting import act, last_acts, notice
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table
from shared.catalogue import Release
from shared.catalogue.regions import within

MOST = 100
"""So many stand on the page; all are in the table that can be taken away."""


def below(release: Release | None, authority: str | None, team: bool) -> list[str]:
    """The authorities whose next level this one is. A county team is that of all in its county that have no other."""
    own = release.authorities.get(authority or "") if release else None
    if release is None or own is None:
        return []
    found = [each.id for each in release.authorities.values() if each.upper == own.id]
    if team:
        found += [each.id for each in release.authorities.values() if within(each.region, own.region)]
    return sorted(set(found) - {own.id})


async def _asked(visit: Visit, limit: int, case: UUID | None = None) -> Sequence[Record]:
    officer = visit.signed_in
    under = below(visit.office.catalogue(), officer.subject, officer.role == "county_team")
    async with visit.office.connection() as connection:
        return await store.asked(connection, officer, under, limit, case)


def card_of(row: Record) -> Card:
    """The demand of a row, as a card."""
    return masked(row["county"], row["industry"], row["purpose"], row["term_months"], row["amount_yuan"])


async def show(visit: Visit) -> Response:
    """The oldest question first."""
    rows = await _asked(visit, MOST + 1)
    known = await last_acts(visit, [row["case"] for row in rows])
    items = [(row, card_of(row), known.get(row["case"])) for row in rows[:MOST]]
    return visit.page("questions.html", items=items, more=len(rows) > MOST, notice=await notice(visit))


async def acts(visit: Visit) -> Response:
    """Yes or no to one question."""
    try:
        case = UUID(visit.request.path_params["id"])
    except ValueError:
        raise HTTPException(404) from None
    action = visit.request.path_params["action"]
    row = next((row for row in await _asked(visit, MOST, case) if offered.QUESTIONS[row["what"]] == action), None)
    if row is None:
        raise HTTPException(404)
    return await act(visit, row, "case", action, back="/questions")


TABLE = Table(
    "questions",
    N_("For my level"),
    (
        Column(N_("Obstacle"), lambda row, words: words.name(row["obstacle"], "obstacles")),
        Column(N_("What is asked"), lambda row, _: row["what"], "state", label="question"),
        Column(N_("Authority"), lambda row, words: words.name(row["authority"], "authorities")),
        Column(N_("County"), lambda row, words: words.place(row["county"])),
        Column(N_("Blocked loan"), lambda row, words: words.band(card_of(row))),
        Column(N_("Asked of"), lambda row, words: words.name(row["asked_of"], "authorities")),
        Column(N_("Until"), lambda row, _: row["until"], "day"),
        Column(N_("Reason"), lambda row, _: row["reason"]),
        Column(N_("When"), lambda row, _: row["at"], "moment"),
        Column(N_("Demand"), lambda row, _: str(row["demand"])[:8], "code"),
    ),
    empty=N_("Nothing is asked of your level. Drafts of supervision letters and requests for more time appear here."),
)
LISTING = Listing(TABLE, "questions", _asked)
