"""The worklist round trip (台账): my open items as XLSX, filled, handed in; an answer to every row.

Good rows are taken, whatever is wrong with others. A row handed in twice is the same act; one whose item has moved
since is named and not sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from asyncpg import Record
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.desk.domain.worklist import Filled, uuid_of
from services.desk.store import records
from services.desk.store import worklists as store
from services.desk.store.worklists import Answered
from services.desk.web.files.exporting import REASON, XLSX, attachment, recorded
from services.desk.web.inbox.acting import look
from services.desk.web.inbox.forms import Fields
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table, shown
from services.desk.web.wording.words import CHINA
from services.desk.web.worklist.file import LARGEST_FILE, Unreadable, read, written
from services.desk.web.worklist.reading import Reading
from services.desk.web.worklist.sheet import items, sheet_of
from shared.catalogue import Release
from shared.clock import wall

_AT_ONCE = 8
_NOTHING_FILLED = N_("No row has a result: choose one in each row that you want to send.")
_UNREADABLE = {
    "too_large": N_("The file is larger than 2 MB, or unpacks to more than a worklist can be. Nothing was sent."),
    "not_xlsx": N_("This is no XLSX file that can be read. Save it as XLSX and hand it in again. Nothing was sent."),
    "not_ours": N_("This is not a worklist from here: its row of keys is missing. Take a new one away and fill it."),
    "too_many": N_("A worklist has at most 2,000 rows. Nothing was sent."),
}


async def form(visit: Visit) -> Response:
    """How it works, and the two forms."""
    async with visit.office.connection() as connection:
        before = await store.latest(connection, visit.signed_in)
    return visit.page("worklist.html", before=before)


async def take(visit: Visit) -> Response:
    """My open items by the inbox's filters, as XLSX."""
    fields = Fields(visit.form, visit.words)
    reason = fields.said("reason", REASON, 200)
    if fields.problems:
        return _problems(visit, fields.problems)
    rows = await items(visit)
    watermark = await recorded(visit, "worklist_sent", f"{len(rows)}: {reason}", reason)
    sheet = sheet_of(visit, rows)
    content = await asyncio.to_thread(written, sheet, watermark, watermark.number)
    return attachment(content, f"worklist-{wall().astimezone(CHINA):%Y%m%d-%H%M}.xlsx", XLSX)


async def hand_in(visit: Visit) -> Response:
    """Read a filled worklist, send what can be sent, keep an answer to every row."""
    upload, release = visit.form.get("file"), visit.office.catalogue()
    if release is None:
        return visit.problem(503, N_("Just a moment"), N_("There is no catalogue yet. Please try again soon."))
    if not isinstance(upload, UploadFile):
        return _problems(visit, [visit.words.language.text(N_("Choose the filled worklist."))])
    try:
        rows = await asyncio.to_thread(read, await upload.read(LARGEST_FILE + 1))
    except Unreadable as error:
        return _problems(visit, [visit.words.language.text(_UNREADABLE[error.reason])])
    if not rows:
        return _problems(visit, [visit.words.language.text(_NOTHING_FILLED)])
    answers = await _answered(visit, release, rows)
    worklist = uuid4()
    async with visit.office.connection() as connection:
        await store.add(connection, worklist, visit.signed_in, wall(), answers)
        detail = ", ".join(f"{verdict} {n}" for verdict, n in _counted(answers).items())
        await records.add(connection, records.line(visit.signed_in, "worklist_read", wall(), detail=detail))
    return RedirectResponse(f"/worklist/{worklist}", 303)


def _counted(answers: Sequence[Answered]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for answer in answers:
        counts[answer.verdict] = counts.get(answer.verdict, 0) + 1
    return counts


async def _answered(visit: Visit, release: Release, rows: Sequence[Filled]) -> list[Answered]:
    """Several at once, for each is a request of its own."""
    ids = [identifier for row in rows if (identifier := uuid_of(row.about)) is not None]
    async with visit.office.connection() as connection:
        known = await store.items(connection, visit.signed_in, ids)
    reading, places = Reading(visit, release, known), asyncio.Semaphore(_AT_ONCE)

    async def one(row: Filled) -> Answered:
        async with places:
            return await reading.answer(row)

    return list(await asyncio.gather(*(one(row) for row in rows)))


TABLE = Table(
    "worklist",
    N_("Answers to a worklist"),
    (
        Column(N_("Line"), lambda row, _: row["line"], "number"),
        Column(
            N_("Item"),
            lambda row, _: str(row["about"])[:8],
            "code",
            link=lambda row: f"/demands/{row['demand']}" if row["demand"] else None,
        ),
        Column(N_("Act"), lambda row, words: words.label(row["action"], "act")),
        Column(N_("Answer"), lambda row, _: row["outcome"], "state", label="answer"),
        Column(N_("Why"), lambda row, words: words.language.of(row["reason_zh"] or "", row["reason_en"] or "") or None),
    ),
    empty=N_("This worklist had no filled row."),
)


async def load(visit: Visit, limit: int) -> Sequence[Record]:
    """The answers as they stand now; those that have come since are looked for first."""
    worklist = uuid_of(visit.request.query_params.get("of") or visit.request.path_params.get("id", ""))
    if worklist is None:
        raise HTTPException(404)
    async with visit.office.connection() as connection:
        rows = await store.listed(connection, visit.signed_in, worklist)
    waiting = [row["act"] for row in rows if row["outcome"] == "sent" and row["act"]]
    for act in waiting[:200]:
        await look(visit.office, act)
    async with visit.office.connection() as connection:
        return (await store.listed(connection, visit.signed_in, worklist) if waiting else rows)[:limit]


async def show(visit: Visit) -> Response:
    """An answer to every row of one worklist."""
    rows = await load(visit, 2_000)
    if not rows:
        raise HTTPException(404)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["outcome"]] = counts.get(row["outcome"], 0) + 1
    return visit.page(
        "worklist_answers.html",
        table=shown(TABLE, rows, visit.words),
        counts=counts,
        worklist=visit.request.path_params["id"],
    )


LISTING = Listing(TABLE, "worklist", load)


def _problems(visit: Visit, texts: list[str]) -> Response:
    return visit.page("problem.html", 422, title=visit.words.language.text("Please check"), texts=texts)
