"""The list of demands and the page of one demand, each narrowed to what the officer may see."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from asyncpg import Record
from starlette.responses import RedirectResponse, Response

from services.desk.domain.card import KNOWN_TO, Card, masked, told
from services.desk.store import demands as store
from services.desk.store import records
from services.desk.web.demand import demand_tables as parts
from services.desk.web.demand.papers import mine_of
from services.desk.web.demand.remedies import in_words
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table, Value, shown
from services.desk.web.wording.labels import DOCKING
from services.desk.web.wording.words import Words
from shared.clock import wall
from shared.contracts.values import Referral

LONGEST_NUMBER = 200
LOOKS = 20
"""So many of those who looked stand on a demand's page, the latest; all are in the table that can be taken away."""


class Listed(NamedTuple):
    """A demand in a list; `open`: the officer may know all of it, else what stands on the card."""

    row: Record
    card: Card
    open: bool


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


async def load(visit: Visit, limit: int) -> list[Listed]:
    """Demands by the filters of the address, each as far as the officer may know it."""
    async with visit.office.connection() as connection:
        rows = await store.listed(connection, visit.signed_in, _filters(visit), limit)
    return [_listed(visit, row) for row in rows]


async def show_list(visit: Visit) -> Response:
    """Filters stand in the address, so that a list can be kept and sent; a number leads straight to its demand."""
    asked = visit.request.query_params
    number = asked.get("q", "").strip()[:LONGEST_NUMBER].replace("\x00", "")
    async with visit.office.connection() as connection:
        found = await store.by_number(connection, visit.signed_in, number, _uuid(number)) if number else []
        if len(found) == 1:
            return RedirectResponse(f"/demands/{found[0]['demand']}", 303)
        counties = await store.counties(connection) if visit.signed_in.oversees else []
    rows = [] if number else await load(visit, store.PAGE + 1)
    return visit.page(
        "demands.html",
        table=shown(TABLE if visit.signed_in.oversees else OF_A_HOUSE, rows[: store.PAGE], visit.words),
        found=found,
        number=number,
        filters=_filters(visit),
        states=list(DOCKING),
        counties=counties,
        next=_next(visit, rows),
    )


def _next(visit: Visit, rows: list[Listed]) -> str | None:
    if len(rows) <= store.PAGE:
        return None
    last = rows[store.PAGE - 1].row
    kept = [(name, value) for name, value in visit.request.query_params.multi_items() if name != "before"]
    return "/demands?" + urlencode([*kept, ("before", f"{last['household']}.{last['demand']}")])


def _card(row: Record, known: bool, body: bytes | str | None) -> Card:
    """The demand as a card; to a bank that has not accepted it as coarse as matching made it: it names nobody."""
    card = masked(row["county"], row["industry"], row["purpose"], row["term_months"], row["amount_yuan"])
    return card if known else told(card, body)


def _listed(visit: Visit, row: Record) -> Listed:
    body = row.get("body")
    state = json.loads(body)["state"] if body else None
    known = visit.signed_in.oversees or state in KNOWN_TO
    return Listed(row, _card(row, known, body), visit.signed_in.oversees)


def _state(each: Listed, words: Words) -> str:
    """Where intake has ended it, that; else where its docking stands."""
    ended: str | None = each.row["state"] if each.row["state"] != "open" else None
    return ended or each.row["docking"] or "open"


def _amount(each: Listed, words: Words) -> Value:
    """The yuan, or a band in words."""
    amount: int | None = each.row["amount_yuan"]
    return amount if each.open else words.band(each.card)


def _open_cases(each: Listed, words: Words) -> str:
    return words.language.text("%(n)d open cases") % {"n": each.row["open_cases"]} if each.row["open_cases"] else ""


TABLE = Table(
    "demands",
    N_("Demands"),
    (
        Column(
            N_("Number"),
            lambda each, _: (each.row["source_id"] if each.open else None) or str(each.row["demand"])[:8],
            "code",
            link=lambda each: f"/demands/{each.row['demand']}",
            note=lambda each, words: words.partner(each.row["partner"]) if each.open and each.row["partner"] else "",
        ),
        Column(
            N_("State"),
            _state,
            "state",
            label="standing",
            note=_open_cases,
        ),
        Column(N_("Amount"), _amount, "yuan"),
        Column(N_("Purpose"), lambda each, words: words.choice(each.row["purpose"], "purpose")),
        Column(N_("Industry"), lambda each, words: words.industry(each.card.industry)),
        Column(N_("County"), lambda each, words: words.place(each.card.county)),
        Column(N_("Whose turn"), lambda each, words: words.owner(each.row["owner"]) if each.open else None),
        Column(N_("Due"), lambda each, _: each.row["due_at"] if each.open else None, "due"),
        Column(N_("Received"), lambda each, _: each.row["received_at"], "moment"),
    ),
    empty=N_("No demand fits. Take a filter away, or wait for the first one to come."),
)

OF_A_HOUSE = replace(
    TABLE, empty=N_("Nothing has come to this house yet. What does is in the inbox first, and stays here.")
)


LISTING = Listing(TABLE, "demands", load)


async def show_one(visit: Visit) -> Response:
    """One demand: what it asks, whose turn it is, what has happened, what would help, who was told."""
    officer, words, found = visit.signed_in, visit.words, await parts.found_of(visit)
    row, oversees = found.row, visit.signed_in.oversees
    async with visit.office.connection() as connection:
        await records.add(connection, records.line(officer, "saw_demand", wall(), row["demand"]))
        seen = await records.of_demand(connection, row["demand"], LOOKS + 1) if oversees else []
    known, summary = parts.known_to(visit, found), parts.summary_of(visit, found)
    return visit.page(
        "demand.html",
        found=found,
        row=row,
        known=known,
        summary=summary,
        card=_card(row, known, next((each["body"] for each in found.referrals), None)),
        referrals=[(each, Referral.model_validate_json(each["body"])) for each in found.referrals],
        remedies=in_words(row["remedies"], words) if oversees else [],
        facts=shown(parts.FACTS, parts.facts_of(visit, summary), words),
        cases=shown(parts.CASES, found.cases, words),
        deliveries=shown(parts.DELIVERIES, found.deliveries, words),
        photos=await _photos(visit, found),
        seen=shown(parts.SEEN, seen[:LOOKS], words),
        more_seen=len(seen) > LOOKS,
        timeline=[(line, msgspec.json.decode(line["params"] or b"{}")) for line in found.timeline],
    )


async def _photos(visit: Visit, found: store.Demand) -> dict[UUID, int]:
    """Of each referral or case by which this house may open photos, how many of them nobody has read."""
    own = {"bank": found.referrals, "authority": found.cases}.get(visit.signed_in.house, [])
    key = "referral" if visit.signed_in.house == "bank" else "case"
    photos = {each[key]: await mine_of(visit, each) for each in own}
    return {about: sum(each.outcome is None for each in some) for about, some in photos.items() if some}
