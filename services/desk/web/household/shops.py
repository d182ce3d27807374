"""One telephone, several shops: a son's for those of both parents, a clerk's for owners without one of their own.

Whoever has shown the telephone's code chooses which shop to look at; a newer device signs this one out of that shop
alone.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record
from starlette.responses import RedirectResponse, Response

from services.desk.domain.household import Seen, where
from services.desk.store import household as store
from services.desk.web.household.device import claimed, go_over
from services.desk.web.household.wording import SENTENCES, TURNS
from services.desk.web.language import N_
from services.desk.web.rendering import Visit

GONE = N_("This shop was opened on another device. Ask for a new code to open it here.")


_BELOW = frozenset({"asked", "obstructed_you"})
"""What these say stands below them, on the shop's own page."""


class Standing(NamedTuple):
    """A demand, and in a sentence where it stands."""

    row: Record
    says: str


async def choose(visit: Visit) -> Response:
    """The shops of the telephone whose code this device has shown."""
    return await _page(visit, []) if claimed(visit, visit.request).shops else RedirectResponse("/track", 303)


async def chosen(visit: Visit) -> Response:
    try:
        household = UUID(str(visit.form.get("shop", "")))
    except ValueError:
        return RedirectResponse("/track/shops", 303)
    inside = await go_over(visit, RedirectResponse("/mine", 303), household)
    return inside or await _page(visit, [visit.words.language.text(GONE)])


async def _page(visit: Visit, problems: list[str]) -> Response:
    said = claimed(visit, visit.request).shops
    async with visit.office.connection() as connection:
        rows = await store.several(connection, [demand for each in said.values() for demand in each])
    shops = [(household, list(map(_standing, found))) for household, found in groupby(rows, itemgetter("household"))]
    known = {household for household, _ in shops}
    unread = [household for household in said if household not in known]
    return visit.page("household/shops.html", 409 if problems else 200, shops=shops, unread=unread, problems=problems)


def _standing(row: Record) -> Standing:
    consented = bool(row["consent_version"])
    seen = Seen(row["state"], row["docking"], row["owner"], row["due_at"], (), consented, row["confirmed"])
    found = where(seen)
    return Standing(row, TURNS[found.turn] if found.sentence in _BELOW else SENTENCES[found.sentence])
