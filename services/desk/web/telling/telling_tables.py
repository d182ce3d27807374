"""The call list, what is held and what was given up, as tables to take away: numbers of deliveries, never of people."""

from __future__ import annotations

from asyncpg import Record

from services.desk.store import unsettled as store
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table
from services.desk.web.wording.words import Words


def kind_of(visit: Visit) -> store.Kind:
    """What the address of /deliveries asks for: what is held, or what was given up."""
    return "failed" if visit.request.query_params.get("show") == "failed" else "held"


def _recipient(row: Record, words: Words) -> str | None:
    """A house or a partner by name; a household has no name here."""
    return words.house(row["recipient"]) if row["audience"] != "household" else None


def _simulated(row: Record, words: Words) -> str | None:
    return words.language.text("simulated") if row["simulated"] else None


_ABOUT = (
    Column(N_("Demand"), lambda row, _: str(row["demand"])[:8], "code"),
    Column(N_("About"), lambda row, words: words.label(row["cause_type"], "cause")),
    Column(N_("County"), lambda row, words: words.place(row["county"])),
    Column(N_("Industry"), lambda row, words: words.industry((row["industry"] or "")[:3])),
    Column(N_("Remark"), _simulated),
)
_TRIED = (
    Column(N_("Tried"), lambda row, _: row["attempt"], "number"),
    Column(N_("Since"), lambda row, _: row["at"], "moment"),
)
CALLS = Table("calls", N_("Call list"), (*_ABOUT, *_TRIED), empty=N_("Nobody has to be telephoned."))
DELIVERIES = Table(
    "deliveries",
    N_("Deliveries"),
    (
        *_ABOUT,
        Column(N_("Told to"), lambda row, words: words.label(row["audience"], "audience")),
        Column(N_("Recipient"), _recipient),
        Column(N_("By"), lambda row, words: words.label(row["channel"], "channel")),
        Column(N_("Outcome"), lambda row, _: row["outcome"], "state", label="delivery"),
        *_TRIED,
        Column(N_("Reason"), lambda row, words: words.label(row["reason"], "failure")),
        Column(N_("Number of the delivery"), lambda row, _: str(row["delivery"]), "code"),
    ),
    empty=N_("Nothing is held: of every message it is known whether it came."),
)


async def _calls(visit: Visit, limit: int) -> list[Record]:
    async with visit.office.connection() as connection:
        return await store.listed(connection, "calls", 0, limit)


async def _deliveries(visit: Visit, limit: int) -> list[Record]:
    async with visit.office.connection() as connection:
        return await store.listed(connection, kind_of(visit), 0, limit)


LISTINGS = (Listing(CALLS, "calls", _calls), Listing(DELIVERIES, "deliveries", _deliveries))
