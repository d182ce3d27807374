"""A bank says what one of its units can take; shown as sent until the read model has heard it back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import uuid4

from asyncpg import Record
from starlette.responses import RedirectResponse, Response

from services.desk.store import inbox as store
from services.desk.store.sent import Act
from services.desk.web.inbox.acting import LOOK_SECONDS, WAIT_SECONDS
from services.desk.web.inbox.forms import MOST_YUAN, Fields
from services.desk.web.inbox.inboxes import units_of
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table
from shared.contracts.ids import caused_id

MOST_OPEN = 100_000


async def declare(visit: Visit) -> Response:
    """How many a unit can have open, and a quota of money where it has one."""
    officer, office, fields = visit.signed_in, visit.office, Fields(visit.form, visit.words)
    known = {unit.id: unit for unit in units_of(office.catalogue(), officer)}
    unit = fields.code("unit", known, N_("Choose one of your units."))
    most = fields.whole("open_limit", 0, MOST_OPEN, N_("The limit is a whole number from 0 to 100,000."))
    quota = None
    if str(visit.form.get("quota_yuan", "")).strip():
        quota = fields.whole("quota_yuan", 0, MOST_YUAN, N_("The quota is a whole number of yuan, or empty."))
    if fields.problems:
        return _problems(visit, fields.problems)
    version = await _version(visit, unit) + 1
    about = caused_id(officer.account, f"{unit}/{version}")
    act = Act(uuid4(), officer.account, about, about, about, "limit-declared", office.clock.now())
    said = await office.gate.limit(act, officer, {"unit": unit, "version": version, "open_limit": most}, quota)
    if said.outcome != "sent":
        return _problems(visit, [visit.words.language.of(said.reason_zh or "", said.reason_en or "")])
    give_up = time.monotonic() + WAIT_SECONDS
    while await _version(visit, unit) < version and time.monotonic() < give_up:  # noqa: ASYNC110 - another process does it
        await asyncio.sleep(LOOK_SECONDS)
    return RedirectResponse(f"/bank?limit={unit}.{version}#limits", 303)


async def _declared(visit: Visit, limit: int) -> Sequence[Record]:
    async with visit.office.connection() as connection:
        return (await store.capacity(connection, visit.signed_in))[:limit]


async def _version(visit: Visit, unit: str) -> int:
    async with visit.office.connection() as connection:
        rows = await store.capacity(connection, visit.signed_in)
    return next((row["version"] for row in rows if row["unit"] == unit), 0)


def _problems(visit: Visit, texts: list[str]) -> Response:
    return visit.page("problem.html", 422, title=visit.words.language.text("Please check"), texts=texts)


TABLE = Table(
    "limits",
    N_("Declared limits"),
    (
        Column(N_("Unit"), lambda row, words: words.unit(row["unit"], row["bank"], "institutions")),
        Column(N_("Open at most"), lambda row, _: row["open_limit"], "number"),
        Column(N_("Quota"), lambda row, _: row["quota_yuan"], "yuan"),
    ),
    empty=N_("No unit has declared a limit: each is given its share by its record."),
)
LISTING = Listing(TABLE, "bank", _declared)
