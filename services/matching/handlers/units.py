"""From what a decision changes of units and groups to rows, and from a unit's new limit to who gives back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from services.matching import store
from services.matching.domain.capacity import NONE_OPEN, Capacity, changed, fits, is_over, limit_of_unit, seat_at
from services.matching.domain.card import cards
from services.matching.domain.demand import Demand
from services.matching.domain.docking import Docking
from services.matching.domain.eligibility import Snapshot
from services.matching.domain.rules import Unit
from services.matching.handlers.hearing import card_of
from services.matching.handlers.table import RE_EVALUATE
from services.matching.store import LooksAlike, Raised, Waiting, waiting_at
from shared.contracts import capacity, demands
from shared.database import Connection
from shared.decision import Deadline, Decision, Taken, World

MOST_COUNTED = 50
"""No card asks for more look-alikes: a group that has so many is not counted on."""
APART = timedelta(milliseconds=1)
"""Between two demands of one unit: each sees what the one before gave back."""
_pack = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class Extra:
    """What a batch is decided on beside the states: the rules of its release, the units, the last call-up.

    `look_alikes`: households by group; `waiting`: by unit that has just declared a limit, who waits there.
    """

    snapshot: Snapshot
    units: dict[str, Capacity]
    called_up: int
    due: dict[tuple[datetime, int], datetime] = field(default_factory=dict)
    look_alikes: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, list[Waiting]] = field(default_factory=dict)


class LookAlikes:
    """Households by group. What was counted to the full in an earlier batch needs no question: it only grows."""

    def __init__(self) -> None:
        self._full: dict[str, int] = {}

    async def load(self, connection: Connection, taken: Iterable[Taken], world: World) -> dict[str, int]:
        """Of every group that a demand of this batch may belong to."""
        groups = {card.group for each in _demands(taken, world) for card in cards(*each)}
        found = await store.load_look_alikes(connection, groups - self._full.keys())
        self._full.update({name: count for name, count in found.items() if count >= MOST_COUNTED})
        return {**found, **dict.fromkeys(groups & self._full.keys(), MOST_COUNTED)}


def _demands(taken: Iterable[Taken], world: World) -> Iterator[tuple[str, str | None, int | None]]:
    """County, industry and amount, as they stand and as they come in."""
    for each in taken:
        if isinstance(each.event.data, demands.DemandData):
            yield card_of(each.event.data.summary)
    for state in world.states.values():
        if isinstance(state, Demand):
            yield state.county, state.industry, state.amount_yuan


def declared_at(taken: Iterable[Taken]) -> set[str]:
    """The units that say something of themselves in this batch."""
    return {each.event.data.unit for each in taken if isinstance(each.event.data, capacity.LimitDeclared)}


def limit(data: capacity.LimitDeclared, world: World) -> Decision:
    """What a unit says it can take; an older word is ignored. Who is to give back is looked at in its own turn."""
    extra: Extra = world.extra
    known = extra.units.get(data.unit, NONE_OPEN)
    if data.version <= known.version:
        return Decision(outcome="ignored")
    institution = extra.snapshot.rules.institutions.get(data.bank)
    stands_for = institution.open_limit if institution else data.open_limit
    row = store.Declared(
        data.unit, data.open_limit, data.quota_yuan, data.version, known.open, data.open_limit < stands_for, world.now
    )
    unit = Unit(data.unit)
    after = known._replace(limit=data.open_limit, quota_yuan=data.quota_yuan)
    if institution is None:
        return Decision(rows=(row,))
    was, now = (seat_at(institution, unit, {data.unit: each}) for each in (known, after))
    if is_over(now):
        return Decision(rows=(row,), deadlines=_giving_back(data.unit, world))
    richer = was.left_yuan is not None and (now.left_yuan is None or now.left_yuan > was.left_yuan)
    if fits(now, 1) and (known.limit is None or not fits(was, 1) or richer):
        # Who could not go there for want of a place, or of money, is looked at again at once.
        return Decision(rows=(row, Raised(f"{data.bank}/{data.unit}/{data.version}")))
    return Decision(rows=(row,))


def _giving_back(unit: str, world: World) -> tuple[Deadline, ...]:
    """Everybody whom the unit has not accepted, the newest first: as many of them as are too much go back."""
    here = waiting_at((state for state in world.states.values() if isinstance(state, Demand)), (unit,))
    waiting = sorted({*world.extra.waiting.get(unit, ()), *here.get(unit, ())}, key=lambda each: each.demand)
    waiting.sort(key=lambda each: each.since, reverse=True)
    return tuple(
        Deadline(each.household, each.demand, RE_EVALUATE, world.now + place * APART)
        for place, each in enumerate(waiting)
    )


def rows_of(docking: Docking) -> tuple[Any, ...]:
    """What was taken and given back, kept and missed, and in which groups the household is counted now."""
    banks = {referral.unit: referral.bank for referral in docking.demand.referrals}
    rows: list[Any] = []
    for unit, change in docking.moves.items():
        if any(change):
            institution = docking.snapshot.rules.institutions.get(banks.get(unit, "") or unit.partition("-")[0])
            known = docking.units.get(unit, NONE_OPEN)
            rows.append(store.Moved(unit, limit_of_unit(institution.open_limit, known) if institution else 0, change))
    rows += [LooksAlike(group) for group in docking.counted if docking.groups.get(group, 0) < MOST_COUNTED]
    return tuple(rows)


def counters_of(docking: Docking) -> bytes | None:
    """How full the units were that were chosen or left: with the journal's release and moment, the decision's input."""
    if not docking.moves:
        return None
    return _pack({unit: docking.units.get(unit, NONE_OPEN) for unit in docking.moves})


def apply(rows: Iterable[Any], extra: Extra) -> None:
    """Places taken and limits declared hold for the next event of the batch."""
    for row in rows:
        if isinstance(row, LooksAlike):
            extra.look_alikes[row.name] = extra.look_alikes.get(row.name, 0) + 1
        if isinstance(row, LooksAlike | Raised):
            continue
        known = extra.units.get(row.unit, NONE_OPEN)
        if isinstance(row, store.Moved):
            extra.units[row.unit] = changed(known, row.change)
        else:
            extra.units[row.unit] = known._replace(limit=row.open_limit, version=row.version, quota_yuan=row.quota_yuan)
