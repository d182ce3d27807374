"""The agendas of 联合会诊 as far as an officer may see them: what was decided on each item, and both as tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from asyncpg import Record
from starlette.exceptions import HTTPException

from services.desk.store import counties as store
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.tables import Column, Listing, Table
from services.desk.web.wording.words import Words
from shared.contracts.county import AgendaItem, ItemDecided, SessionClosed, SessionOpened


@dataclass(frozen=True, slots=True)
class Sitting:
    """One session: its agenda, what was decided on each item (the newest word counts), and how it ended."""

    opened: SessionOpened
    decided: dict[UUID, ItemDecided] = field(default_factory=dict)
    closed: list[SessionClosed] = field(default_factory=list)

    @property
    def ended(self) -> SessionClosed | None:
        return self.closed[-1] if self.closed else None

    @property
    def blocked_yuan(self) -> int:
        return sum(item.blocked_yuan for item in self.opened.items)

    @property
    def left(self) -> int:
        """Items without a decision; one whose cases have all ended meanwhile needs none."""
        return sum(item.id not in self.decided for item in self.opened.items)


class Line(NamedTuple):
    """One item of an agenda, and the decision on it if there is one."""

    item: AgendaItem
    decided: ItemDecided | None


def sittings(agendas: Iterable[Record], words: Iterable[Record]) -> list[Sitting]:
    """Agendas with what came after each, in the order of the agendas."""
    found = {row["about"]: Sitting(SessionOpened.model_validate_json(row["told"])) for row in agendas}
    for word in words:
        sitting = found[word["about"]]
        if word["type"] == "case.item-decided":
            decided = ItemDecided.model_validate_json(word["told"])
            sitting.decided[decided.item] = decided
        else:
            sitting.closed.append(SessionClosed.model_validate_json(word["told"]))
    return list(found.values())


async def sessions(visit: Visit, limit: int = store.SESSIONS) -> list[Sitting]:
    """The newest sessions that the officer may see, those that still sit first."""
    async with visit.office.connection() as connection:
        agendas = await store.sessions(connection, visit.signed_in)
        after = await store.after(connection, [row["about"] for row in agendas])
    return sorted(sittings(agendas, after), key=lambda sitting: sitting.ended is not None)[:limit]


async def sitting_of(visit: Visit) -> Sitting:
    """The session of the address, if it is the officer's to see; another's is not there. Raises 404."""
    async with visit.office.connection() as connection:
        row = await store.session(connection, visit.signed_in, id_of(visit))
        after = await store.after(connection, [row["about"]]) if row else []
    if row is None:
        raise HTTPException(404)
    return sittings([row], after)[0]


def id_of(visit: Visit) -> UUID:
    """What the address names, an export in its query. Raises 404 where it names nothing."""
    try:
        return UUID(visit.request.path_params.get("id") or visit.request.query_params.get("of", ""))
    except ValueError:
        raise HTTPException(404) from None


async def _items(visit: Visit, limit: int) -> list[Line]:
    sitting = await sitting_of(visit)
    return [Line(item, sitting.decided.get(item.id)) for item in sitting.opened.items][:limit]


def _names(line: Line, words: Words) -> str:
    return " · ".join(words.name(each, "authorities") for each in line.item.authorities)


def _reasons(line: Line, words: Words) -> str:
    return " · ".join(words.label(each, "agenda") for each in line.item.reasons)


def _to(line: Line, words: Words) -> str | None:
    return words.name(line.decided.to, "authorities") if line.decided and line.decided.to else None


SESSIONS = Table(
    "consultations",
    N_("Joint consultations"),
    (
        Column(
            N_("County"),
            lambda row, words: words.place(row.opened.county),
            link=lambda row: f"/consultations/{row.opened.session}",
        ),
        Column(N_("Session"), lambda row, _: row.opened.session_on, "day"),
        Column(N_("State"), lambda row, _: "closed" if row.ended else "held", "state", label="session"),
        Column(N_("Items"), lambda row, _: len(row.opened.items), "number"),
        Column(N_("Undecided"), lambda row, _: row.ended.carried if row.ended else row.left, "number"),
        Column(N_("Money blocked"), lambda row, _: row.blocked_yuan, "yuan"),
    ),
    empty=N_("No session yet: nothing has breached twice, and no obstacle stops many households."),
)
ITEMS = Table(
    "consultation-items",
    N_("Joint consultation"),
    (
        Column(N_("Obstacle"), lambda line, words: words.name(line.item.obstacle, "obstacles")),
        Column(N_("Why on the agenda"), _reasons),
        Column(N_("Households"), lambda line, _: line.item.households, "number"),
        Column(N_("Demands"), lambda line, _: line.item.demands, "number"),
        Column(N_("Money blocked"), lambda line, _: line.item.blocked_yuan, "yuan"),
        Column(N_("Authority"), _names),
        Column(N_("Decision"), lambda line, _: line.decided and line.decided.decision, "state", label="verdict"),
        Column(N_("Number"), lambda line, _: line.decided and line.decided.number, "code"),
        Column(N_("Reason"), lambda line, _: line.decided and line.decided.reason),
        Column(N_("Who gets it"), _to),
        Column(N_("Looked at again on"), lambda line, _: line.decided and line.decided.until, "day"),
        Column(N_("Demands that heard it"), lambda line, _: line.decided and line.decided.demands, "number"),
    ),
    empty=N_("No item stands on this agenda."),
)
LISTINGS = (Listing(SESSIONS, "consultation", sessions), Listing(ITEMS, "consultation", _items))
