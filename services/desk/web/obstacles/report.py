"""百业堵点月报: a month's obstacles by department and county; as a page that prints, as DOCX and as XLSX."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncpg import Record
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.desk.domain.obstacle_report import Account, Line, Row, heaviest, rows, total
from services.desk.store import counties as store
from services.desk.web.files.documents import DOCX, docx_bytes
from services.desk.web.files.exporting import XLSX, attachment, recorded
from services.desk.web.files.spreadsheets import book_bytes
from services.desk.web.language import N_
from services.desk.web.obstacles.scope import Scope, month_of, months_before, scope_of
from services.desk.web.obstacles.tables import DECIDED, FREED, ISSUES, OBSTACLES, WHOLE, Issue
from services.desk.web.rendering import Visit
from services.desk.web.tables import Shown, Table, shown
from services.desk.web.what_if.rules import Freed, freed
from shared.contracts.county import ItemDecided, ObstacleAccount

MONTHS = 12
ON_A_PAGE, WEIGHED = 40, 5
"""So many lines are printed, all stand in the files; of so many obstacles it is asked what one rule less would do."""
PATIENCE_SECONDS = 20.0
"""A report does not wait longer for matching: what was answered by then stands in it, the rest the next time."""


@dataclass(frozen=True, slots=True)
class Report:
    """One month of one department or county, in the reader's language, with the rows behind its tables."""

    title: str
    scope: Scope
    sentences: list[str]
    notes: list[str]
    lines: list[Row]
    listed: list[tuple[Table, Sequence[Any]]]

    def shown(self, visit: Visit) -> list[Shown]:
        """Its tables for a page or a document: the heaviest lines of the first one."""
        first = shown(OBSTACLES, self.lines[:ON_A_PAGE], visit.words)
        return [first, *(shown(table, found, visit.words) for table, found in self.listed)]


async def page(visit: Visit) -> Response:
    """To read and to print on A4."""
    report, release = await _written(visit), visit.office.catalogue()
    this = month_of(visit.office.clock.now())
    return visit.page(
        "obstacle_report.html",
        report=report,
        tables=report.shown(visit),
        months=months_before(this, MONTHS),
        departments=report.scope.departments(release, visit.words.language),
        counties=report.scope.counties(release),
        query=visit.request.url.query,
    )


async def file(visit: Visit) -> Response:
    """The same as a document or a workbook."""
    kind = visit.request.path_params["name"]
    if kind not in ("docx", "xlsx"):
        raise HTTPException(404)
    report, words = await _written(visit), visit.words
    name = f"obstacles-{report.scope.month}.{kind}"
    mark = await recorded(visit, "exported", f"{name}, {len(report.lines)}", words.language.text(_REASON))
    if kind == "docx":
        notes = [*report.notes, mark.text]
        said = (report.title, report.sentences, report.shown(visit), notes)
        content = await asyncio.to_thread(docx_bytes, *said, wide=True)
        return attachment(content, name, DOCX)
    tables = [(WHOLE, report.lines), *report.listed]
    return attachment(await asyncio.to_thread(book_bytes, tables, words, mark), name, XLSX)


_DEPARTMENTS, _COUNTIES = N_("all departments"), N_("all counties")
_OWN_COUNTIES = N_("all counties of the office")
_REASON = N_("monthly obstacle report")


async def _written(visit: Visit) -> Report:
    scope = scope_of(visit)
    lines = await lines_of(visit, scope)
    listed: list[tuple[Table, Sequence[Any]]] = [
        (FREED, await freed_of(visit, scope, lines)),
        (ISSUES, await issues_of(visit, scope)),
        (DECIDED, await decided_of(visit, scope)),
    ]
    return Report(_title(visit, scope), scope, _sentences(visit, lines), _notes(visit), lines, listed)


async def lines_of(visit: Visit, scope: Scope) -> list[Row]:
    """By obstacle and authority, what blocks most money first."""
    async with visit.office.connection() as connection:
        now = _accounts(await store.accounts(connection, scope.begin, scope.end))
        before = _accounts(await store.accounts(connection, scope.before, scope.begin))
        first = _accounts(await store.accounts(connection, scope.first, scope.before))
    return rows(now, before, scope.keeps, first)


def _accounts(found: Iterable[Record]) -> list[Account]:
    told = [ObstacleAccount.model_validate_json(row["told"]) for row in found]
    return [
        Account(each.county, each.households, tuple(Line(**line.model_dump()) for line in each.lines)) for each in told
    ]


async def freed_of(visit: Visit, scope: Scope, lines: Sequence[Row]) -> list[Freed]:
    """What one rule less would set free, for the obstacles that block most."""
    release = visit.office.catalogue()
    if release is None:
        return []
    found = []
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            for obstacle, _ in heaviest(lines, WEIGHED):
                found.append(await freed(visit.office, release, obstacle, scope.county))
    return [each for each in found if each is not None]


async def issues_of(visit: Visit, scope: Scope) -> list[Issue]:
    """Common issues that stood in the month, and the policies that sessions asked for, the newest first."""
    async with visit.office.connection() as connection:
        told = await store.issues(connection, None, scope.end)
    found: dict[str, Issue] = {}
    for row in told:
        said: dict[str, Any] = scope.read(row["told"])
        if not scope.holds(row["county"], said["obstacle"]):
            continue
        key, kind = str(said.get("issue") or said.get("number")), row["type"].removeprefix("case.")
        if kind in ("common-issue-formed", "policy-wanted"):
            found[key] = Issue.begun(row["county"], kind, row["at"], said)
        elif key in found:
            found[key] = found[key].over(row["at"], said)
    standing = [each for each in found.values() if each.until is None or each.until >= scope.begin]
    return sorted(standing, key=lambda each: (each.since, each.county), reverse=True)


async def decided_of(visit: Visit, scope: Scope) -> list[tuple[datetime, ItemDecided]]:
    """What sessions decided in the month."""
    async with visit.office.connection() as connection:
        found = await store.decisions(connection, scope.end)
    decided = [(row["at"], ItemDecided.model_validate_json(row["told"])) for row in found if row["at"] >= scope.begin]
    return [each for each in decided if scope.holds(each[1].county, each[1].obstacle)]


def _title(visit: Visit, scope: Scope) -> str:
    words, text = visit.words, visit.words.language.text
    department = scope.department and scope.name_of(visit.office.catalogue(), words.language)
    place = words.place(scope.county) if scope.county else text(_COUNTIES if scope.area is None else _OWN_COUNTIES)
    return " · ".join([text("Monthly obstacle report"), scope.month, department or text(_DEPARTMENTS), place])


def _sentences(visit: Visit, lines: Sequence[Row]) -> list[str]:
    words, text, sums = visit.words, visit.words.language.text, total(lines)
    said = {
        "households": words.number(sums.households),
        "waited": words.number(sums.households_before),
        "open": words.number(sums.open),
        "overdue": words.number(sums.overdue),
        "blocked": words.money(sums.blocked_yuan),
        "before": words.money(sums.blocked_before),
        "released": words.money(sums.released_yuan),
        "earlier": words.money(sums.released_before),
    }
    return [
        text("Households that wait: %(households)s; a month earlier: %(waited)s.") % said,
        text("Open cases: %(open)s; past their time: %(overdue)s.") % said,
        text("They block %(blocked)s; a month earlier it was %(before)s.") % said,
        text(
            "%(released)s has reached households this month after their obstacle was cleared; the month before:"
            " %(earlier)s."
        )
        % said,
    ]


def _notes(visit: Visit) -> list[str]:
    text, release = visit.words.language.text, visit.office.catalogue()
    notes = [
        N_("A household with two obstacles waits in both lines, and its money with it."),
        N_("Medians are net working days at the authority since the campaign began; open cases count as they stand."),
        N_("One rule less: the recorded demands matched again as if no product asked for it. The bank decides."),
    ]
    if release and release.campaign.invented:
        notes.append(N_("Demonstration: every institution, product and household here is invented or simulated."))
    return [text(note) for note in notes]
