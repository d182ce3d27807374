"""Notify as the loop knows it: each event to its decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.notify import store
from services.notify.domain.delivery import Delivery
from services.notify.domain.states import County, Demand, Household
from services.notify.domain.timing import SHANGHAI
from services.notify.handlers import onward, receipts
from services.notify.handlers.happenings import demand_of, household_of, week_of
from services.notify.handlers.identity import Encrypts, encrypted
from services.notify.handlers.memory import contact_rows, remembered, taken_back
from services.notify.handlers.rows import Moment
from services.notify.handlers.scene import Grounds, Scene
from services.notify.handlers.table import (
    ABOUT_A_DEMAND,
    HANDLED,
    MORNING,
    OF_A_COUNTY,
    ONWARD,
    RECEIPT,
    RETRY,
    TYPES_HEARD,
    UNHEARD,
    WITHOUT_STATE,
)
from services.notify.handlers.telling import NAME, Account, Teller
from services.notify.metrics import RECORDED
from shared.contracts import county
from shared.contracts.clock import NotifyDeadlinePassed
from shared.contracts.demands import Accepted
from shared.contracts.receipts import ReceiptCame
from shared.contracts.registry import read_event
from shared.database import Connection
from shared.decision import IGNORED, ClearDeadline, Deadline, Decision, Record, StateKey, Taken, World
from shared.reading import Reader, type_header

Known = tuple[Household, Demand | None]


class Notify:
    """The service as the loop knows it."""

    name = NAME
    kinds: Mapping[str, type] = {"household": Household, "demand": Demand, "county": County}

    def __init__(self, grounds: Grounds, encrypts: Encrypts | None = None) -> None:
        self._grounds, self._encrypts = grounds, encrypts
        self._reader = Reader(NAME, HANDLED)
        self._decisions: dict[type, Callable[[Taken, World], Decision]] = {
            ReceiptCame: lambda taken, world: receipts.came(taken.event.data, world),
            NotifyDeadlinePassed: self._time_passed,
        }

    @property
    def release(self) -> int:
        return self._grounds.number

    def read(self, record: Record) -> Taken | None:
        """What nobody is told of and nothing is remembered of is skipped by its header, unread."""
        return None if type_header(record) in self._grounds.skipped() else self._reader.read(record)

    def keys(self, taken: Taken) -> Sequence[StateKey]:
        data = taken.event.data
        if type(data) in WITHOUT_STATE:
            return ()
        household = household_of(taken.event)
        if type(data) in OF_A_COUNTY:
            return (StateKey(household, household, "county"),)
        demand = data.subject if type(data) is NotifyDeadlinePassed else demand_of(taken.event)
        return (StateKey(household, household, "household"), StateKey(household, demand, "demand"))

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        """The means; and the few rows that a demand, a receipt or a deadline of the batch may be about."""
        events = [each.event for each in taken]
        came = [event.data.number for event in events if type(event.data) is ReceiptCame]
        passed = [event.data for event in events if type(event.data) is NotifyDeadlinePassed]
        due = [data.subject for data in passed]
        mornings = [data.subject for data in passed if data.kind.startswith(MORNING)]
        accepted = [event.data.summary.demand for event in events if type(event.data) is Accepted]
        scene = world.extra = self._grounds.scene(world.release)
        if accepted or due:
            for row in await store.deferred(connection, [*accepted, *due]):
                scene.waiting.setdefault(row.demand, {})[row.cause] = row
        if due:
            scene.deliveries.update(await store.deliveries(connection, due))
            scene.sealed.update(await store.sealed_fields(connection, list(scene.deliveries.values())))
        if mornings:
            for delivery in await store.collected(connection, mornings):
                scene.collected.setdefault(delivery.household, {})[delivery.id] = delivery
        if self._encrypts is not None:
            scene.encrypted.update(await encrypted(connection, events, scene.means, self._encrypts))
        if came:
            for delivery in await store.numbered(connection, came):
                scene.numbered.setdefault(str(delivery.number), []).append(delivery)

    def decide(self, taken: Taken, world: World) -> Decision:
        return self._decisions.get(type(taken.event.data), self._happened)(taken, world)

    def _happened(self, taken: Taken, world: World) -> Decision:
        event, data, keys = taken.event, taken.event.data, self.keys(taken)
        if type(data) in OF_A_COUNTY:
            return self._of_a_county(taken, world)
        before: Known = (world.get(keys[0]) or Household(), world.get(keys[1])) if keys else (Household(), None)
        if before[1] is None and type(data) in ABOUT_A_DEMAND:
            return self._deferred(taken, world)
        after = remembered(event, *before)
        account = Account(rows=[*contact_rows(event, before[0], after[0]), *taken_back(data)])
        after = _tell(event, world, after, account)
        changes: Sequence[ClearDeadline] = ()
        if type(data) is Accepted and world.extra.waiting.get(keys[1].subject):
            after = _catch_up(keys[1].subject, world, after, account)
            changes = (ClearDeadline(keys[1].household, keys[1].subject, UNHEARD),)
        return _decision(account, _changed(keys, before, after), changes)

    def _of_a_county(self, taken: Taken, world: World) -> Decision:
        """Departments hear of a county; of what comes every day once a week."""
        (key,), week, scene = self.keys(taken), week_of(taken.event), world.extra
        before, account = world.get(key), Account()
        again = before is not None and before.told_in >= week
        at = Moment(world.now, scene.factor)
        Teller(scene.means, at, taken.event, Household(), None, again=again).tell(account)
        weekly = type(taken.event.data) is county.ObstacleAccount and not again
        return _decision(account, {key: County(week)} if weekly else {})

    def _deferred(self, taken: Taken, world: World) -> Decision:
        """The demand's own topic is behind: wait for it, but not for ever."""
        household, demand = UUID(taken.event.partitionkey), demand_of(taken.event)
        row = store.Deferred(taken.id, household, demand, taken.record.value or b"")
        due = world.now + world.extra.later
        return Decision(rows=(row,), deadlines=(Deadline(household, demand, UNHEARD, due),))

    def _time_passed(self, taken: Taken, world: World) -> Decision:
        data, keys = taken.event.data, self.keys(taken)
        before: Known = (world.get(keys[0]) or Household(), world.get(keys[1]))
        if data.kind.startswith(RECEIPT):
            return receipts.settled(data, world, before[0])
        if data.kind.startswith(MORNING):
            return onward.morning(taken, world, before[0])
        if data.kind == ONWARD:
            return onward.next_channel(data, world, before[0])
        if data.kind == RETRY:
            return onward.again(data, world)
        account = Account()
        after = _catch_up(data.subject, world, before, account)
        # Never ignored: an ignored deadline would stay in its table.
        return _decision(account, _changed(keys, before, after))._replace(outcome="decided")

    def apply(self, decision: Decision, world: World) -> None:
        """Later events of the batch see what waits, what was caught up with, and what a receipt has settled."""
        scene: Scene = world.extra
        for row in decision.rows:
            if type(row) is store.Deferred:
                scene.waiting.setdefault(row.demand, {})[row.cause] = row
            elif type(row) is store.CaughtUp:
                scene.waiting.get(row.demand, {}).pop(row.cause, None)
            elif type(row) is store.Settled:
                if known := scene.deliveries.get(row.delivery):
                    scene.deliveries[row.delivery] = known._replace(state=row.state)
                for collected in scene.collected.values():
                    collected.pop(row.delivery, None)

    async def save(self, connection: Connection, rows: Sequence[Any], world: World) -> None:
        await store.save(connection, rows)
        recorded = Counter((row.audience, row.channel, row.state) for row in rows if type(row) is Delivery)
        for labels, count in recorded.items():
            RECORDED.labels(*labels).inc(count)

    def seal(self, letter: bytes) -> bytes:
        """Nothing that comes here holds personal data in clear."""
        return letter


def _catch_up(demand: UUID, world: World, known: Known, account: Account) -> Known:
    """Tell now what had to wait for the demand, in the order in which it happened."""
    scene: Scene = world.extra
    waiting = [(read_event(row.value, TYPES_HEARD), row) for row in scene.waiting.get(demand, {}).values()]
    for event, row in sorted(waiting, key=lambda each: (each[0].time, each[0].sequence)):
        known = remembered(event, *known)
        account.rows += [*taken_back(event.data), store.CaughtUp(row.cause, row.demand)]
        known = _tell(event, world, known, account)
    return known


def _tell(event: Any, world: World, known: Known, account: Account) -> Known:
    """Tell one event; the messages that go to the household now are counted in what is known of it."""
    scene: Scene = world.extra
    account.disturbed = 0
    encrypted = scene.encrypted.get(event.id, {})
    Teller(scene.means, Moment(world.now, scene.factor), event, *known, encrypted=encrypted).tell(account)
    if not account.disturbed:
        return known
    today = world.now.astimezone(SHANGHAI).date()
    return known[0].disturbed_again(today, account.disturbed), known[1]


def _changed(keys: Sequence[StateKey], before: Known, after: Known) -> dict[StateKey, Household | Demand]:
    pairs = zip(keys, before, after, strict=False)
    return {key: new for key, old, new in pairs if new is not None and new != old}


def _decision(
    account: Account, states: Mapping[StateKey, Household | Demand | County], changes: Sequence[ClearDeadline] = ()
) -> Decision:
    """`counters` keep how many notices there had to be: the books compare them with the rows that there are."""
    deadlines: list[Deadline | ClearDeadline] = [*changes, *account.deadlines]
    if not (account.rows or account.emits or states or deadlines):
        return IGNORED
    expected = str(account.notices).encode() if account.notices else None
    return Decision(account.emits, states, deadlines, account.rows, counters=expected)
