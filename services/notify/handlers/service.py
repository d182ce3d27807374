"""Notify as the loop knows it: each event to its decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from services.notify import store
from services.notify.domain.delivery import Delivery, after_receipt, facts_of
from services.notify.domain.hearing import Reach
from services.notify.domain.links import Links
from services.notify.domain.states import Demand, Household
from services.notify.domain.wording import Words
from services.notify.handlers.ground import Ground, names_of, registry_of, table_of
from services.notify.handlers.happenings import demand_of
from services.notify.handlers.memory import contact_rows, remembered, taken_back
from services.notify.handlers.table import ABOUT_A_DEMAND, ALWAYS_READ, HANDLED, RECEIPT, TYPES_HEARD, UNHEARD, name_of
from services.notify.handlers.telling import NAME, Account, Means, Teller
from services.notify.metrics import RECORDED
from services.notify.settings import NotifySettings
from shared.catalogue.release import Release
from shared.clock import Clock
from shared.contracts import demands, feedback
from shared.contracts.clock import NotifyDeadlinePassed
from shared.contracts.partners import PartnerRegistered
from shared.contracts.receipts import ReceiptCame
from shared.contracts.registry import read_event
from shared.contracts.topics import FEEDBACK
from shared.database import Connection
from shared.decision import IGNORED, ClearDeadline, Deadline, Decision, Emit, Record, StateKey, Taken, World
from shared.reading import Reader


class Catalogue(Protocol):
    """Where the releases come from; the newest few are kept, so that a batch decides on the one it began with."""

    @property
    def number(self) -> int: ...

    def release(self, number: int) -> Release | None: ...


class Partners(Protocol):
    """Who the partners are now; `changes` counts the replacements."""

    partners: Mapping[str, PartnerRegistered]
    open_doors: frozenset[str]
    changes: int


@dataclass(frozen=True, slots=True)
class Manner:
    """What settings and the clock say: whether mail can be sent, how long a link lives and a demand is waited for."""

    links: Links
    mail: bool
    link_life: timedelta
    unheard_after: timedelta
    language: str = "zh-CN"

    @classmethod
    def of(cls, settings: NotifySettings, clock: Clock, links: Links) -> Manner:
        """How long a demand is waited for is a matter of the machine: a fast clock must not make it shorter."""
        return cls(
            links,
            settings.notify_smtp_host is not None,
            timedelta(hours=settings.notify_link_hours),
            timedelta(seconds=settings.notify_unheard_seconds * clock.factor),
            settings.notify_language,
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """What a batch sees beside its states."""

    means: Means
    waiting: dict[UUID, dict[UUID, store.Deferred]] = field(default_factory=dict)
    deliveries: dict[UUID, Delivery] = field(default_factory=dict)
    numbered: dict[str, list[Delivery]] = field(default_factory=dict)


class Notify:
    """The service as the loop knows it."""

    name = NAME
    kinds: Mapping[str, type] = {"household": Household, "demand": Demand}

    def __init__(
        self,
        catalogue: Catalogue,
        partners: Partners,
        words: Callable[[Release], Words],
        closed_webhooks: set[str],
        manner: Manner,
    ) -> None:
        self._catalogue, self._partners, self._words = catalogue, partners, words
        self._closed, self._manner = closed_webhooks, manner
        self._reader = Reader(NAME, HANDLED)
        self._means: tuple[tuple[int, int, int], Means] | None = None
        self._untold: tuple[int, frozenset[bytes]] = (0, frozenset())
        self._decisions: dict[type, Callable[[Taken, World], Decision]] = {
            ReceiptCame: self._receipt_came,
            NotifyDeadlinePassed: self._time_passed,
        }

    @property
    def release(self) -> int:
        return self._catalogue.number

    def read(self, record: Record) -> Taken | None:
        """What nobody is told of and nothing is remembered of is skipped by its header, unread."""
        named = next((value for key, value in record.headers if key == "ce_type"), None)
        return None if named in self._skipped() else self._reader.read(record)

    def _skipped(self) -> frozenset[bytes]:
        number, skipped = self._untold
        release = self._catalogue.release(self._catalogue.number)
        if release is not None and number != release.number:
            types = [data for topic in HANDLED.values() for data in topic if data.TYPE not in ALWAYS_READ]
            skipped = frozenset(data.TYPE.encode() for data in types if name_of(data) not in release.feedback)
            self._untold = (release.number, skipped)
        return skipped

    def keys(self, taken: Taken) -> Sequence[StateKey]:
        data = taken.event.data
        if isinstance(data, ReceiptCame | demands.Rejected | demands.InputRefused):
            return ()
        household = UUID(taken.event.partitionkey)
        own = StateKey(household, household, "household")
        if isinstance(data, NotifyDeadlinePassed):
            return (own, StateKey(household, data.subject, "demand"))
        return (own, StateKey(household, demand_of(taken.event), "demand"))

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        """The ground; and the few rows that a demand, a receipt or a deadline of the batch may be about."""
        events = [each.event for each in taken]
        came = [event.data.number for event in events if isinstance(event.data, ReceiptCame)]
        due = [event.data.subject for event in events if isinstance(event.data, NotifyDeadlinePassed)]
        accepted = [event.data.summary.demand for event in events if isinstance(event.data, demands.Accepted)]
        scene = Scene(self._means_for(world.release))
        if accepted or due:
            for row in await store.deferred(connection, [*accepted, *due]):
                scene.waiting.setdefault(row.demand, {})[row.cause] = row
        if due:
            scene.deliveries.update(await store.deliveries(connection, due))
        if came:
            for delivery in await store.numbered(connection, came):
                scene.numbered.setdefault(str(delivery.number), []).append(delivery)
        world.extra = scene

    def _means_for(self, number: int) -> Means:
        """Made anew only when the release, the partners or the closed webhooks changed."""
        mark = (number, self._partners.changes, len(self._closed))
        if self._means is None or self._means[0] != mark:
            release = self._catalogue.release(number)
            if release is None:
                raise LookupError(f"release {number} of the catalogue is not at hand")
            names, manner = names_of(release), self._manner
            registry = registry_of(self._partners.partners.values(), self._partners.open_doors, self._closed)
            reach = Reach(registry, names.mailboxes.keys(), manner.mail, manner.language)
            means = Means(Ground(table_of(release), names, reach), self._words(release), manner.links, manner.link_life)
            self._means = (mark, means)
        return self._means[1]

    def words(self) -> Words:
        """The words of the release in use, for what is sent now."""
        return self._means_for(self.release).words

    def mailbox(self, recipient: str) -> str | None:
        """Where mail to a partner goes, or to a unit or holder for which no partner speaks."""
        partner = self._partners.partners.get(recipient)
        if partner is not None:
            return None if partner.disabled else partner.email
        return self._means_for(self.release).ground.names.mailboxes.get(recipient)

    def decide(self, taken: Taken, world: World) -> Decision:
        return self._decisions.get(type(taken.event.data), self._happened)(taken, world)

    def _happened(self, taken: Taken, world: World) -> Decision:
        event, data, keys = taken.event, taken.event.data, self.keys(taken)
        before: tuple[Household, Demand | None] = (Household(), None)
        if keys:
            before = (world.get(keys[0]) or Household(), world.get(keys[1]))
        if before[1] is None and isinstance(data, ABOUT_A_DEMAND):
            return self._deferred(taken, world)
        after = remembered(event, *before)
        account = Account(rows=[*contact_rows(event, before[0], after[0]), *taken_back(data)])
        Teller(world.extra.means, world.now, event, *after).tell(account)
        changes: list[ClearDeadline] = []
        if isinstance(data, demands.Accepted):
            after, changes = self._catch_up(keys[1], world, after, account)
        states = {
            key: new for key, old, new in zip(keys, before, after, strict=False) if new is not None and new != old
        }
        return _decision(account, states, changes)

    def _deferred(self, taken: Taken, world: World) -> Decision:
        """The demand's own topic is behind: wait for it, but not for ever."""
        household, demand = UUID(taken.event.partitionkey), demand_of(taken.event)
        row = store.Deferred(taken.id, household, demand, taken.record.value or b"")
        due = world.now + self._manner.unheard_after
        return Decision(rows=(row,), deadlines=(Deadline(household, demand, UNHEARD, due),))

    def _catch_up(
        self, key: StateKey, world: World, known: tuple[Household, Demand | None], account: Account
    ) -> tuple[tuple[Household, Demand | None], list[ClearDeadline]]:
        """Tell now what had to wait for the demand, in the order in which it happened."""
        waiting: dict[UUID, store.Deferred] = world.extra.waiting.get(key.subject, {})
        for row in sorted(waiting.values(), key=lambda each: each.cause):
            event = read_event(row.value, TYPES_HEARD)
            known = remembered(event, *known)
            account.rows += [*taken_back(event.data), store.CaughtUp(row.cause, row.demand)]
            Teller(world.extra.means, world.now, event, *known).tell(account)
        return known, [ClearDeadline(key.household, key.subject, UNHEARD)] if waiting else []

    def _receipt_came(self, taken: Taken, world: World) -> Decision:
        """The owner of the delivery settles it, in the order of its own events: by a deadline that is due now."""
        data = taken.event.data
        found: Iterable[Delivery] = world.extra.numbered.get(data.number, ())
        due = [Deadline(each.household, each.id, RECEIPT + data.outcome, world.now) for each in found]
        return Decision(deadlines=due) if due else IGNORED

    def _time_passed(self, taken: Taken, world: World) -> Decision:
        """Always decided, never ignored: an ignored deadline would stay in its table."""
        data, keys = taken.event.data, self.keys(taken)
        if data.kind != UNHEARD:
            return self._settled(taken, world)
        known: tuple[Household, Demand | None] = (world.get(keys[0]) or Household(), world.get(keys[1]))
        account = Account()
        after, _ = self._catch_up(keys[1], world, known, account)
        states = {key: new for key, old, new in zip(keys, known, after, strict=True) if new is not None and new != old}
        return _decision(account, states, (), always=True)

    def _settled(self, taken: Taken, world: World) -> Decision:
        data = taken.event.data
        delivery: Delivery | None = world.extra.deliveries.get(data.subject)
        if delivery is None:
            return Decision()
        if delivery.state == "pending":
            # The receipt was faster than the row of the attempt that it is for.
            later = world.now + self._manner.unheard_after
            return Decision(deadlines=(Deadline(delivery.household, delivery.id, data.kind, later),))
        follows = after_receipt(delivery.state, data.kind.removeprefix(RECEIPT))
        if follows is None:
            return Decision()
        facts = facts_of(delivery)
        told = (
            feedback.Sent(**facts)
            if follows.state == "sent"
            else feedback.Failed(**facts, reason=follows.reason or "bounced")
        )
        emit = Emit(FEEDBACK, told, delivery.household, delivery.demand, simulated=delivery.simulated)
        return Decision(
            emits=(emit,), rows=(store.Settled(delivery.id, delivery.state, follows.state, follows.reason),)
        )

    def apply(self, decision: Decision, world: World) -> None:
        """Later events of the batch see what waits, what was caught up with, and what a receipt has settled."""
        scene: Scene = world.extra
        for row in decision.rows:
            if isinstance(row, store.Deferred):
                scene.waiting.setdefault(row.demand, {})[row.cause] = row
            elif isinstance(row, store.CaughtUp):
                scene.waiting.get(row.demand, {}).pop(row.cause, None)
            elif isinstance(row, store.Settled):
                scene.deliveries[row.delivery] = scene.deliveries[row.delivery]._replace(state=row.state)

    async def save(self, connection: Connection, rows: Sequence[Any], world: World) -> None:
        await store.save(connection, rows)
        for row in rows:
            if isinstance(row, Delivery):
                RECORDED.labels(row.audience, row.channel, row.state).inc()

    def seal(self, letter: bytes) -> bytes:
        """Nothing that comes here holds personal data in clear."""
        return letter


def _decision(
    account: Account,
    states: Mapping[StateKey, Household | Demand],
    deadlines: Sequence[ClearDeadline],
    always: bool = False,
) -> Decision:
    """`counters` keep how many notices there had to be: the books compare them with the rows that there are."""
    if not (account.rows or account.emits or states or deadlines or always):
        return IGNORED
    expected = str(account.notices).encode() if account.notices else None
    return Decision(account.emits, states, deadlines, account.rows, counters=expected)
