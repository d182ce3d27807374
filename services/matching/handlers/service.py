"""Matching as the loop knows it: what it reads, which states it touches, what follows, what it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from services.matching import store
from services.matching.domain.alarms import alarm, opens_on
from services.matching.domain.demand import WAITING, Demand, Household, changed_demand
from services.matching.domain.docking import Docking, Moment, Said
from services.matching.domain.eligibility import Snapshot
from services.matching.domain.inputs import household_said
from services.matching.domain.refusals import Refusal
from services.matching.handlers import units
from services.matching.handlers.hearing import household_of, new_demand
from services.matching.handlers.table import CLOCK_KIND, FIRST_WORD, HANDLED, OF_A_DEMAND, RE_EVALUATE, WAIT
from services.matching.handlers.telling import emits
from services.matching.metrics import ENTERED, REFUSED, SAID, counted
from shared.contracts import capacity, clock, demands, households
from shared.contracts.ids import caused_id
from shared.database import Connection
from shared.decision import ClearDeadline, Deadline, Decision, Record, State, StateKey, Taken, World
from shared.reading import Reader

AddWorkdays = Callable[[datetime, int], datetime]
OLD_RELEASE_RETRY = timedelta(seconds=5)


class CompiledReleases(Protocol):
    """The release in use, and its rules."""

    @property
    def number(self) -> int: ...

    def snapshot(self, number: int) -> Snapshot: ...


class Matching:
    """Implements `shared.decision.Service`. `add_workdays` counts Chinese working days."""

    name = "matching"
    kinds: Mapping[str, type] = {"demand": Demand, "household": Household}

    def __init__(self, releases: CompiledReleases, add_workdays: AddWorkdays) -> None:
        self._releases, self._add_workdays = releases, add_workdays
        self._reader = Reader(self.name, HANDLED)
        self._look_alikes = units.LookAlikes()

    @property
    def release(self) -> int:
        return self._releases.number

    def read(self, record: Record) -> Taken | None:
        return self._reader.read(record)

    def keys(self, taken: Taken) -> Sequence[StateKey]:
        data = taken.event.data
        if isinstance(data, capacity.LimitDeclared):
            return ()
        demand: UUID | None
        if isinstance(data, demands.DemandData):
            household, demand = data.summary.household, data.summary.demand
        else:
            household, demand = UUID(taken.event.partitionkey), _demand_id(data)
        of_all = StateKey(household, household, "household")
        return (of_all,) if demand is None else (StateKey(household, demand, "demand"), of_all)

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        snapshot = self._releases.snapshot(world.release)
        called_up = await store.hold_release(connection)
        extra = units.Extra(snapshot, await store.load_units(connection), called_up)
        extra.look_alikes = await self._look_alikes.load(connection, taken, world)
        extra.waiting = await store.at_units(connection, units.declared_at(taken))
        world.extra = extra

    def decide(self, taken: Taken, world: World) -> Decision:
        data = taken.event.data
        if isinstance(data, capacity.LimitDeclared):
            return units.limit(data, world)
        if isinstance(data, households.HouseholdData):
            return self._household(taken, world)
        return self._demand(taken, world)

    def _household(self, taken: Taken, world: World) -> Decision:
        """The household as a whole; each of its open demands is looked at again in its own turn, at once."""
        (key,) = self.keys(taken)
        before = world.get(key) or Household(key.household)
        after, touched = household_said(before, household_of(taken.event.data))
        return Decision(
            states={} if after == before else {key: after}, deadlines=_at_once(key.household, touched, world)
        )

    def _demand(self, taken: Taken, world: World) -> Decision:
        data = taken.event.data
        key, of_all = self.keys(taken)
        before: Demand | None = world.get(key)
        if before is None and not isinstance(data, demands.DemandData):
            # A claim or a case of a demand that never came here: nothing to answer with.
            return Decision(outcome="ignored")
        start = before or new_demand(data.summary)
        docking = Docking(
            world.extra.snapshot,
            world.extra.units,
            self._moment(taken, world),
            start,
            world.get(of_all) or Household(of_all.household),
            groups=world.extra.look_alikes,
        )
        first = before is None and not isinstance(data, demands.Withdrawn)
        refused = (FIRST_WORD if first else OF_A_DEMAND[type(data)])(docking, taken)
        if refused is not None:
            return _refuse(refused, taken, start, world.revision(key))
        return _conclude(docking, taken, world, key, of_all, before)

    def _moment(self, taken: Taken, world: World) -> Moment:
        cause, now, add = taken.id, world.now, self._add_workdays
        known: dict[tuple[datetime, int], datetime] = world.extra.due

        def due(days: int) -> datetime:
            found = known.get((now, days))
            if found is None:
                found = add(now, days)
                known[now, days] = found
            return found

        return Moment(now, due, lambda place: caused_id(cause, place))

    def apply(self, decision: Decision, world: World) -> None:
        """Places taken and limits declared hold for the next event of the batch."""
        units.apply(decision.rows, world.extra)

    async def save(self, connection: Connection, rows: Sequence[Any], world: World) -> None:
        await store.save(connection, rows)
        await store.ask_for_limits(connection, [row.name for row in rows if isinstance(row, store.Raised)], world.now)

    def seal(self, letter: bytes) -> bytes:
        """Nothing that matching reads holds personal data in clear."""
        return letter


def _demand_id(data: Any) -> UUID | None:
    """Which demand an event is about; None where it is about the household as a whole."""
    if isinstance(data, households.HouseholdData):
        return None
    if isinstance(data, clock.DeadlinePassed):
        return data.subject
    found: UUID = data.summary.demand if hasattr(data, "summary") else data.demand
    return found


def _refuse(refused: Refusal, taken: Taken, demand: Demand, revision: int) -> Decision:
    """The claim is answered with the rule's name; nothing has changed."""
    counted(REFUSED, refused.rule)
    said = Said("refused", {"claim": taken.id, "partner": taken.event.data.partner, **refused._asdict()})
    return Decision(emits=emits((said,), demand, revision), outcome="refused")


def _conclude(
    docking: Docking, taken: Taken, world: World, key: StateKey, of_all: StateKey, before: Demand | None
) -> Decision:
    """From what the docking collected to what the loop writes and publishes."""
    demand = docking.demand
    states: dict[StateKey, State] = {}
    if docking.said or demand is not before:
        states[key] = changed_demand(demand, {"decided_by": taken.id})
    if docking.household is not world.get(of_all):
        states[of_all] = docking.household
    for said in docking.said:
        counted(SAID, said.name)
    if before is None or demand.label != before.label:
        counted(ENTERED, demand.label)
    return Decision(
        emits=emits(docking.said, demand, world.revision(key) + 1),
        states=states,
        deadlines=_deadlines(docking, taken, world, before),
        rows=units.rows_of(docking),
        counters=units.counters_of(docking),
    )


def _deadlines(
    docking: Docking, taken: Taken, world: World, before: Demand | None
) -> tuple[Deadline | ClearDeadline, ...]:
    """The demand's one clock where it changed or has just rung, and the other demands that are due at once."""
    demand, data = docking.demand, taken.event.data
    rang = isinstance(data, clock.DeadlinePassed) and data.kind == CLOCK_KIND
    due, due_before = alarm(demand), alarm(before) if before else None
    found: list[Deadline | ClearDeadline] = []
    if due is None:
        if due_before is not None:
            found.append(ClearDeadline(demand.household, demand.id, CLOCK_KIND))
    elif due != due_before or rang:
        found.append(Deadline(demand.household, demand.id, CLOCK_KIND, due))
    if world.release < world.extra.called_up and demand.label in WAITING:
        # Another member has a newer release and has called up who waited: this one came to wait under the old rules.
        found.append(Deadline(demand.household, demand.id, RE_EVALUATE, world.now + OLD_RELEASE_RETRY))
    return (*found, *_wait(docking, taken, before), *_at_once(demand.household, docking.woken, world))


def _wait(docking: Docking, taken: Taken, before: Demand | None) -> Iterator[Deadline | ClearDeadline]:
    """The day on which time alone opens a product comes due by itself, whatever else is worked on until then."""
    demand, data = docking.demand, taken.event.data
    rang = isinstance(data, clock.DeadlinePassed) and data.kind == WAIT
    opens, was = opens_on(demand), opens_on(before) if before else None
    if opens == was and not rang:
        return
    due = docking.moment.morning_of(opens) if opens else None
    if due is not None and due > docking.moment.now:
        yield Deadline(demand.household, demand.id, WAIT, due)
    elif was is not None and not rang:
        yield ClearDeadline(demand.household, demand.id, WAIT)


def _at_once(household: UUID, woken: Sequence[UUID], world: World) -> tuple[Deadline, ...]:
    """Effects on other demands are never decided in place: each is due now, and comes back in its own turn."""
    return tuple(Deadline(household, each, RE_EVALUATE, world.now) for each in dict.fromkeys(woken))
