"""Taking a table away: a reason is asked for, the file carries it, and the record of what people did keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.desk.domain.access import may
from services.desk.store import records
from services.desk.web.files.spreadsheets import Watermark, csv_bytes, xlsx_bytes
from services.desk.web.inbox.forms import Fields
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Listing
from services.desk.web.wording.words import CHINA
from shared.clock import wall

MOST_ROWS = 20_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WRITERS: dict[str, tuple[Callable[..., bytes], str]] = {
    "csv": (csv_bytes, "text/csv; charset=utf-8"),
    "xlsx": (xlsx_bytes, XLSX),
}
REASON = N_("Say in a few words what the list is for, at most 200 characters.")


def exporting(listings: Iterable[Listing]) -> Callable[[Visit], Awaitable[Response]]:
    """The address `POST /export/{name}`; the filters stand in its query as they do in the page's own."""
    known = {listing.table.name: listing for listing in listings}

    async def export(visit: Visit) -> Response:
        listing = known.get(visit.request.path_params["name"])
        if listing is None or not may(visit.signed_in.role, listing.address):
            raise HTTPException(404)
        fields = Fields(visit.form, visit.words)
        reason = fields.said("reason", REASON, 200)
        kind = fields.code("kind", _WRITERS, N_("Choose CSV or XLSX."))
        if fields.problems:
            return visit.page(
                "problem.html", 422, title=visit.words.language.text("Please check"), texts=fields.problems
            )
        rows = await listing.load(visit, MOST_ROWS)
        name = listing.table.name
        about = listing.demand(visit) if listing.demand else None
        watermark = await recorded(visit, "exported", f"{name}.{kind}, {len(rows)}: {reason}", reason, about)
        write, media = _WRITERS[kind]
        content = await asyncio.to_thread(write, listing.table, rows, visit.words, watermark)
        return attachment(content, f"{name}-{wall().astimezone(CHINA):%Y%m%d-%H%M}.{kind}", media)

    return export


async def recorded(visit: Visit, what: str, detail: str, reason: str, demand: UUID | None = None) -> Watermark:
    """Write down that something is taken away, of one demand or of many; returns what the file has to carry."""
    officer, text = visit.signed_in, visit.words.language.text
    record = records.line(officer, what, wall(), demand, detail)
    async with visit.office.connection() as connection:
        await records.add(connection, record)
    values = {
        "login": officer.login,
        "role": visit.words.label(officer.role, "role"),
        "when": f"{wall().astimezone(CHINA):%Y-%m-%d %H:%M}",
        "reason": reason,
        "number": str(record.record)[:8],
    }
    said = text("Taken away by %(login)s (%(role)s) on %(when)s for: %(reason)s. Record %(number)s.") % values
    return Watermark(said, str(record.record))


def attachment(content: bytes, name: str, media: str) -> Response:
    """A file to keep; the name is ours and plain ASCII."""
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media, headers=headers)
