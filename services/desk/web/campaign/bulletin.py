"""通报: the week in a page or two, to read, to print, and as a document to go on writing in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from services.desk.domain.board import Board, common_issues, within
from services.desk.store import plans
from services.desk.web.campaign.boards import Boards
from services.desk.web.campaign.plans import today
from services.desk.web.campaign.rows import Reach, commitment_rows, reach, standings
from services.desk.web.campaign.tables import ACTIVITIES, BRIEF_LEAGUE, COMMITMENTS, ISSUES
from services.desk.web.campaign.ways import activity_rows
from services.desk.web.files.documents import DOCX, docx_bytes
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Shown, Table, shown

_FEW = 10
_THINGS = {
    "visited": N_("Households visited"),
    "demanded": N_("Demands accepted"),
    "accepted": N_("Accepted by a bank"),
    "offered": N_("Offers made"),
    "declined": N_("Declined by a bank"),
    "lapsed": N_("Lapsed without an answer"),
    "granted": N_("Credit granted"),
    "disbursed": N_("Money drawn"),
}
_FIGURES = Table(
    "bulletin-figures",
    N_("The week in figures"),
    (
        Column(N_("Item"), lambda row, words: words.language.text(_THINGS[row[0]])),
        Column(N_("This week"), lambda row, _: row[1][0], "number"),
        Column(N_("Money this week"), lambda row, _: row[1][1] or None, "yuan"),
        Column(N_("So far"), lambda row, _: row[2][0], "number"),
        Column(N_("Money so far"), lambda row, _: row[2][1] or None, "yuan"),
    ),
    empty=N_("Nothing has happened yet."),
)


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One week, in one language."""

    title: str
    span: str
    first: date
    last: date
    sentences: list[str]
    tables: list[Shown]
    notes: list[str]


class Bulletins:
    """The page and the document, from the same words."""

    def __init__(self, boards: Boards) -> None:
        self._boards = boards

    async def page(self, visit: Visit) -> Response:
        """To read and to print; `week` is any day of it."""
        bulletin = await self._written(visit)
        before, after = bulletin.first - timedelta(7), bulletin.first + timedelta(7)
        return visit.page("campaign_bulletin.html", bulletin=bulletin, before=before, after=after, today=today(visit))

    async def document(self, visit: Visit) -> Response:
        """The same as a document."""
        bulletin = await self._written(visit)
        sentences = [bulletin.span, *bulletin.sentences]
        content = await asyncio.to_thread(docx_bytes, bulletin.title, sentences, bulletin.tables, bulletin.notes)
        name = f"bulletin-{bulletin.first:%Y%m%d}.docx"
        return Response(content, media_type=DOCX, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    def listing(self) -> Listing:
        """The week in figures; the other tables can be taken away where they stand whole."""

        async def load(visit: Visit, limit: int) -> Sequence[Any]:
            return _figures(await self._boards.current(), _monday(visit))[:limit]

        return Listing(_FIGURES, "campaign_bulletin", load)

    async def _written(self, visit: Visit) -> Bulletin:
        board, words, release = await self._boards.current(), visit.words, visit.office.catalogue()
        first = _monday(visit)
        last = first + timedelta(6)
        async with visit.office.connection() as connection:
            promised = await plans.commitments(connection, None, 200)
            activities = await plans.activities(connection, 50, (first, last))
        text, so_far = words.language.text, within(board.days, date.min, last)
        least = release.campaign.common_issue_households if release else 5
        # A bulletin is public inside the campaign: banks that are too few to be placed stand in the table without one.
        tables = [
            shown(_FIGURES, _figures(board, first), words),
            shown(BRIEF_LEAGUE, standings(board, release), words),
            shown(ISSUES, common_issues(board.obstacles, least)[:_FEW], words),
            shown(COMMITMENTS, commitment_rows(promised, board, min(last, today(visit))), words),
            shown(ACTIVITIES, activity_rows(board, activities), words),
        ]
        name = words.language.of(release.campaign.zh, release.campaign.en) if release else text("Campaign")
        title, span = text("Bulletin: %(name)s") % {"name": name}, f"{words.day(first)} – {words.day(last)}"
        told = _sentences(visit, min(last, today(visit)), so_far, reach(board, release))
        return Bulletin(title, span, first, last, told, tables, _notes(visit, board))


def _figures(board: Board, first: date) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
    """What happened in the week from this Monday on, and by its end: number and money of each thing."""
    last, nothing = first + timedelta(6), (0, 0)
    week, so_far = within(board.days, first, last), within(board.days, date.min, last)
    return [(what, week.get(what, nothing), so_far.get(what, nothing)) for what in _THINGS]


def _sentences(visit: Visit, day: date, so_far: Mapping[str, tuple[int, int]], reached: Reach) -> list[str]:
    words, text = visit.words, visit.words.language.text
    amounts = {what: words.money(so_far.get(what, (0, 0))[1]) for what in ("demanded", "granted", "disbursed")}
    return [
        text("By %(day)s households have asked for %(asked)s; %(granted)s were granted and %(drawn)s drawn.")
        % {
            "day": words.day(day),
            "asked": amounts["demanded"],
            "granted": amounts["granted"],
            "drawn": amounts["disbursed"],
        },
        text("The average rate of what was granted is %(rate)s; %(first)s went to first-time borrowers.")
        % {"rate": words.rate(reached.granted.rate_bp), "first": words.money(reached.first_time.yuan)},
    ]


def _notes(visit: Visit, board: Board) -> list[str]:
    words, release = visit.words, visit.office.catalogue()
    text = words.language.text
    notes = [
        text("League table and obstacles are as of %(moment)s.") % {"moment": words.when(board.at)},
        text("All figures are counted from what happened; what banks report of themselves is not in them."),
    ]
    if release and release.campaign.invented:
        notes.append(text("Demonstration: every institution, product and household here is invented or simulated."))
    return notes


def _monday(visit: Visit) -> date:
    """The Monday of the week that was asked for, or of this one."""
    asked = visit.request.query_params.get("week", "")
    try:
        day = date.fromisoformat(asked[:10])
    except ValueError:
        day = today(visit)
    return day - timedelta(day.weekday())
