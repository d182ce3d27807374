"""Intake as the loop knows it: one table from what was said to the decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Protocol

from services.intake import store
from services.intake.domain.demand import Demand, Household
from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker, may_say
from services.intake.handlers import (
    claims,
    contacts,
    evidence,
    following,
    households,
    named,
    notices,
    shops,
    submissions,
)
from services.intake.handlers.checking import without_memory
from services.intake.handlers.following import ENDS, FOLLOWED, Followed, read_followed
from services.intake.handlers.ground import Ground, ground_of
from services.intake.handlers.loading import Loader
from services.intake.handlers.reading import UNKNOWN, Input, read_door
from services.intake.handlers.sayings import said_before, saying
from services.intake.handlers.telling import DEMAND, HOUSEHOLD, demand_key, household_key, refused
from services.intake.handlers.terms import LatestTerms
from shared.catalogue import Release
from shared.contracts.clock import IntakeDeadlinePassed
from shared.contracts.registry import UnreadableEvent, type_of
from shared.contracts.topics import ACTIONS, CAPACITY, CLOCK, DEMANDS, HOUSEHOLDS, RECEIPTS, partner_of
from shared.contracts.topics import retry as retry_topic
from shared.database import Connection
from shared.dead_letters import header, place_id
from shared.decision import Decision, Record, StateKey, Taken, World
from shared.reading import Reader
from shared.states import States
from shared.vault import SealBroken, Vault

NAME = "intake"
WRITES = (DEMANDS, HOUSEHOLDS, ACTIONS, RECEIPTS, CAPACITY)
"""The topics of what the loop decides; partners and the gate's own have other publishers."""

OF_THE_VAULT = (store.Erase, store.ShopReleased, store.FileRefused)
Decide = Callable[[Taken, World, Speaker], Decision]

TABLE: Mapping[str, Decide] = MappingProxyType(
    {
        "demand-submitted": submissions.submit,
        "gate-demand": submissions.submit,
        "facts-supplied": named.supply_facts,
        "demand-adjusted": named.adjust_demand,
        "demand-withdrawn": named.withdraw_demand,
        "demand-revived": named.revive_demand,
        "consent-given": households.give_consent,
        "consent-revoked": households.revoke_consent,
        "erase-asked": households.erase_household,
        "evidence-attached": evidence.attach,
        "evidence-read": evidence.read,
        "contact-code-asked": contacts.ask_code,
        "contact-confirmed": contacts.confirm,
        "operator-changed": shops.change_operator,
        "households-linked": shops.link,
        "visit-logged": notices.visit,
        "limit-declared": notices.limit,
        "receipt-came": notices.receipt,
        "claim-made": claims.claim_made,
    }
)
"""By the last part of a door event's type."""


class Catalogue(Protocol):
    """Where the release comes from."""

    @property
    def current(self) -> Release: ...

    @property
    def number(self) -> int: ...


class Intake:
    """The gate's part of the loop; `patience` says how long a claim may wait for its referral, in the clock's time;
    `pace`, how many seconds of it pass in a real one."""

    name = NAME
    kinds: Mapping[str, type] = MappingProxyType({DEMAND: Demand, HOUSEHOLD: Household})

    def __init__(
        self,
        catalogue: Catalogue,
        vault: Vault,
        patience: Callable[[], timedelta],
        pace: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._catalogue, self._vault, self._patience = catalogue, vault, patience
        self._pace, self._terms = pace, LatestTerms()
        self._reader = Reader(NAME, {CLOCK: [IntakeDeadlinePassed]})
        self._loader = Loader(vault, States(self.kinds))

    @property
    def release(self) -> int:
        return self._catalogue.number

    def read(self, record: Record) -> Taken | None:
        """A door's record by its place, an inner one by its event's id. Raises UnreadableEvent."""
        topic = record.topic
        if topic == retry_topic(NAME):
            topic = header(record, "dlq-topic") or ""
            record = record._replace(value=self._unsealed(record.value))
        partner = partner_of(topic)
        if partner is not None:
            return Taken(record, place_id(record), _read_door(partner, record.value))
        if topic in FOLLOWED:
            return _read_followed(record, topic)
        return self._reader.read(record._replace(topic=topic))

    def _unsealed(self, value: bytes | None) -> bytes | None:
        """A letter comes back as it was set aside: sealed."""
        try:
            return None if value is None else self._vault.open_letter(value)
        except SealBroken:
            return value

    def keys(self, taken: Taken) -> Sequence[StateKey]:
        """Those that an event names by itself; those of doors are found in `load`."""
        event = taken.event
        if isinstance(event, Followed):
            summary = event.data.summary
            return [demand_key(summary.household, summary.demand)] if summary and event.type in ENDS else ()
        if isinstance(event, Input):
            return ()
        return [household_key(event.data.subject)]

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        """Raises NoRelease before the first release: the batch comes again."""
        release = self._catalogue.current
        world.release, world.extra = release.number, Ground(self._terms.of(release), self._patience(), self._pace())
        await self._loader.load(connection, taken, world)

    def decide(self, taken: Taken, world: World) -> Decision:
        event = taken.event
        if isinstance(event, Followed):
            return following.follow(taken, world)
        if not isinstance(event, Input):
            return following.clock(taken, world)
        speaker = ground_of(world).speakers[taken.id]
        if speaker is None:
            return refused(taken, [*event.problems, problem("partner-unknown", "")], None)
        partner = ground_of(world).partners.get(event.partner)
        if event.speech is None and partner is not None and partner.disabled:
            return refused(taken, [problem("partner-disabled", "")], speaker)
        return _answer(taken, world, speaker)

    def apply(self, decision: Decision, world: World) -> None:
        ground_of(world).apply(decision.rows)

    async def save(self, connection: Connection, rows: Sequence[Any], world: World) -> None:
        """The vault forgets last: should the transaction fail after it, the batch comes again and erases again."""
        await store.save(connection, [row for row in rows if not isinstance(row, OF_THE_VAULT)])
        for row in rows:
            match row:
                case store.Erase():
                    await self._vault.erase(row.household)
                case store.ShopReleased():
                    await self._vault.release_shop(row.household)
                case store.FileRefused():
                    await self._vault.forget_files([row.file])

    def seal(self, letter: bytes) -> bytes:
        return self._vault.seal_letter(letter)


def _read_door(partner: str, value: bytes | None) -> Input:
    """Whatever stands on a door: a fault of ours in reading it must cost that record only, never the batch."""
    try:
        return read_door(partner, value)
    except UnreadableEvent:
        raise
    except Exception as error:
        raise UnreadableEvent("undecidable", type(error).__name__) from error


def _read_followed(record: Record, topic: str) -> Taken | None:
    """A referral's or case's event, unread where its header says that it is another."""
    if record.value is None:
        raise UnreadableEvent("null_value", "the record has no value")
    named = next((value for key, value in record.headers if key == "ce_type"), None)
    kind = type_of(record.value) if named is None else named.decode("utf-8", "replace")
    if kind not in FOLLOWED[topic]:
        return None
    event = read_followed(record.value)
    return Taken(record, event.id, event)


def _answer(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Every door event in order: may this role say it, is its form right; what follows, or was it said before."""
    event: Input = taken.event
    problems = list(event.problems)
    if event.what != UNKNOWN and (forbidden := may_say(speaker.role, event.what, "/type")):
        problems.insert(0, forbidden)
    elif event.demand is not None and event.data is not None:
        return TABLE[event.what](taken, world, speaker)
    if problems:
        return refused(taken, problems, speaker)
    return said_before(taken, world, speaker) or _first_time(taken, world, speaker)


def _first_time(taken: Taken, world: World, speaker: Speaker) -> Decision:
    """Whatever is not refused is remembered, so that the same again changes nothing."""
    problems = without_memory(taken.event, speaker, ground_of(world).terms, world.now)
    if problems:
        return refused(taken, problems, speaker)
    decision = TABLE[taken.event.what](taken, world, speaker)
    if decision.outcome == "refused":
        return decision
    return decision._replace(rows=[saying(taken.event), *decision.rows])
