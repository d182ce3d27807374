"""The list of demands and the page of one demand, each narrowed to what the officer may see."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from asyncpg import Record
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from services.desk.domain.card import KNOWN_TO, masked
from services.desk.store import demands as store
from services.desk.web.labels import DOCKING
from services.desk.web.remedies import in_words
from services.desk.web.rendering import Visit
from shared.contracts.demands import DemandSummary
from shared.contracts.values import Referral

LONGEST_NUMBER = 200


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _filters(visit: Visit) -> store.Filters:
    asked = visit.request.query_params
    household, _, demand = asked.get("before", "").partition(".")
    last = (_uuid(household), _uuid(demand))
    return store.Filters(
        docking=asked.get("state") if asked.get("state") in DOCKING else None,
        county=asked.get("county") or None,
        overdue_at=visit.office.clock.now() if asked.get("overdue") else None,
        before=last if last[0] and last[1] else None,  # type: ignore[arg-type]
    )


async def show_list(visit: Visit) -> Response:
    """Filters stand in the address, so that a list can be kept and sent; a number leads straight to its demand."""
    asked = visit.request.query_params
    number = asked.get("q", "").strip()[:LONGEST_NUMBER].replace("\x00", "")
    filters = _filters(visit)
    async with visit.office.connection() as connection:
        found = await store.by_number(connection, visit.signed_in, number, _uuid(number)) if number else []
        if len(found) == 1:
            return RedirectResponse(f"/demands/{found[0]['demand']}", 303)
        rows = [] if number else await store.listed(connection, visit.signed_in, filters)
        counties = await store.counties(connection) if visit.signed_in.oversees else []
    return visit.page(
        "demands.html",
        rows=[_masked(visit, row) for row in rows[: store.PAGE]],
        found=found,
        number=number,
        filters=filters,
        states=list(DOCKING),
        counties=counties,
        next=_next(visit, rows),
    )


def _next(visit: Visit, rows: list[Record]) -> str | None:
    if len(rows) <= store.PAGE:
        return None
    last = rows[store.PAGE - 1]
    kept = [(name, value) for name, value in visit.request.query_params.multi_items() if name != "before"]
    return "/demands?" + urlencode([*kept, ("before", f"{last['household']}.{last['demand']}")])


def _masked(visit: Visit, row: Record) -> dict[str, Any]:
    card = masked(row["county"], row["industry"], row["purpose"], row["term_months"], row["amount_yuan"])
    return {"row": row, "card": card, "open": visit.signed_in.oversees}


async def show_one(visit: Visit) -> Response:
    """One demand: what it asks, whose turn it is, what has happened, what would help, who was told."""
    identifier, officer = _uuid(visit.request.path_params["id"]), visit.signed_in
    if identifier is None:
        raise HTTPException(404)
    async with visit.office.connection() as connection:
        found = await store.one(connection, officer, identifier)
    if found is None:
        raise HTTPException(404)
    row = found.row
    known = officer.oversees or any(each["state"] in KNOWN_TO for each in found.referrals)
    summary = DemandSummary.model_validate_json(row["summary"]) if row["summary"] else None
    return visit.page(
        "demand.html",
        found=found,
        row=row,
        known=known,
        summary=summary if known else None,
        card=masked(row["county"], row["industry"], row["purpose"], row["term_months"], row["amount_yuan"]),
        referrals=[(each, Referral.model_validate_json(each["body"])) for each in found.referrals],
        remedies=in_words(row["remedies"], visit.words) if officer.oversees else [],
        timeline=[(line, msgspec.json.decode(line["params"] or b"{}")) for line in found.timeline],
    )
