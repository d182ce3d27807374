"""The record of what people did (操作记录), for the audit administrator: to read and to take away, never to change."""

from __future__ import annotations

from collections.abc import Sequence

from asyncpg import Record
from starlette.responses import Response

from services.desk.store import records as store
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table, shown
from services.desk.web.wording.office_labels import RECORD

PAGE = 100
TABLE = Table(
    "records",
    N_("Records"),
    (
        Column(N_("When"), lambda row, _: row["at"], "moment"),
        Column(N_("Who"), lambda row, _: row["login"], "code"),
        Column(N_("Role"), lambda row, words: words.label(row["role"], "role")),
        Column(N_("House"), lambda row, words: words.house(row["house"]) if row["house"] else None),
        Column(N_("What"), lambda row, _: row["what"], "state", label="record"),
        Column(N_("Demand"), lambda row, _: str(row["demand"]) if row["demand"] else None, "code"),
        Column(N_("Detail"), lambda row, _: row["detail"]),
    ),
    empty=N_("No record fits. Take a filter away."),
)


async def load(visit: Visit, limit: int) -> Sequence[Record]:
    """The newest lines first, narrowed by what was done and by whom."""
    asked = visit.request.query_params
    what = asked.get("what") if asked.get("what") in RECORD else None
    page = asked.get("page", "0")
    offset = PAGE * int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 0
    async with visit.office.connection() as connection:
        return await store.listed(connection, what, asked.get("login") or None, limit, offset if limit <= PAGE else 0)


async def show(visit: Visit) -> Response:
    """A page of records."""
    asked = visit.request.query_params
    rows = await load(visit, PAGE)
    return visit.page(
        "records.html", table=shown(TABLE, rows, visit.words), what=asked.get("what"), login=asked.get("login") or ""
    )


LISTING = Listing(TABLE, "records", load)
