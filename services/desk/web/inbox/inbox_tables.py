"""An inbox as a table to take away: what its page shows of each item, as far as the officer may know it."""

from __future__ import annotations

from dataclasses import replace

from services.desk.store import inbox as store
from services.desk.web.inbox.inboxes import Item, desk_of, item_of, narrowed
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table, Value
from services.desk.web.wording.words import Words


async def load(visit: Visit, limit: int) -> list[Item]:
    """The items by the filters of the address, from the first page on."""
    wanted = replace(narrowed(visit, desk_of(visit)[1]), page=0)
    now = visit.office.clock.now()
    async with visit.office.connection() as connection:
        return [item_of(row, now) for row in await store.listed(connection, visit.signed_in, wanted, limit)]


def _amount(item: Item, words: Words) -> Value:
    """The yuan once the bank has accepted; before, the band on the card."""
    amount: int | None = item.row["amount_yuan"]
    return amount if item.known else words.band(item.card)


def _unit(house: str, section: str) -> Column:
    def named(item: Item, words: Words) -> str | None:
        row = item.row
        return words.unit(row["unit"], row[house], section) if row["unit"] else None

    return Column(N_("Unit"), named)


_DEMAND = Column(
    N_("Demand"),
    lambda item, _: str(item.row["demand"])[:8],
    "code",
    link=lambda item: f"/demands/{item.row['demand']}",
)
_DUE = Column(N_("Due"), lambda item, _: item.row["due_at"], "due")
_PLACE = (
    Column(N_("Industry"), lambda item, words: words.industry(item.card.industry)),
    Column(N_("County"), lambda item, words: words.place(item.card.county)),
)
_LOOKED_AFTER = Column(N_("Looked after by"), lambda item, _: item.row["assignee"])
REFERRALS = Table(
    "inbox-referrals",
    N_("Inbox"),
    (
        _DEMAND,
        Column(N_("State"), lambda item, _: item.row["state"], "state", label="referral"),
        _DUE,
        Column(N_("Amount"), _amount, "yuan"),
        Column(N_("Term (months)"), lambda item, _: item.row["term_months"], "number"),
        Column(N_("Purpose"), lambda item, words: words.choice(item.card.purpose, "purpose")),
        *_PLACE,
        Column(N_("Product"), lambda item, words: words.name(item.row["product"], "products")),
        _unit("bank", "institutions"),
        Column(N_("Costs the household a year"), lambda item, _: item.row["cost_bp"], "rate"),
        Column(N_("Round"), lambda item, _: item.row["round"], "number"),
        _LOOKED_AFTER,
    ),
    empty=N_("Nothing to do: no referral waits for your bank."),
)
CASES = Table(
    "inbox-cases",
    N_("Inbox"),
    (
        _DEMAND,
        Column(N_("Obstacle"), lambda item, words: words.name(item.row["obstacle"], "obstacles")),
        Column(N_("State"), lambda item, _: item.row["state"], "state", label="case"),
        _DUE,
        Column(N_("Promised"), lambda item, _: item.row["promised_on"], "day"),
        Column(N_("Blocked loan"), lambda item, words: words.band(item.card)),
        *_PLACE,
        _unit("authority", "authorities"),
        Column(N_("Times transferred"), lambda item, _: item.row["transfers"], "number"),
        Column(N_("Times raised"), lambda item, _: item.row["raised"], "number"),
        _LOOKED_AFTER,
    ),
    empty=N_("Nothing to do: no case waits for your authority."),
)
LISTINGS = (Listing(REFERRALS, "bank", load), Listing(CASES, "authority", load))
