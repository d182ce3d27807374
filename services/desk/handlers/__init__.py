"""The table: class of an event -> the rows that follow. The desk decides nothing outward: no states, no outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.desk.domain.ledger import Noted, line_hash
from services.desk.domain.rows import Happened, Row
from services.desk.handlers import measured, translate
from services.desk.handlers.letters import Held, read_letter
from services.desk.handlers.timeline import line, uuid_or_none
from services.desk.store.ledger import note
from services.desk.store.projection import project
from shared.contracts import actions, capacity, cases, county, demands, feedback, households, referrals, topics
from shared.contracts.envelope import Data
from shared.contracts.registry import CONTEXTS
from shared.database import Connection
from shared.decision import Decision, Record, StateKey, Taken, World
from shared.reading import Reader

LETTERS = tuple(topics.dead_letters(service) for service in topics.SERVICES)
_CONTEXTS = {
    topics.HOUSEHOLDS: "households",
    topics.DEMANDS: "demands",
    topics.ACTIONS: "actions",
    topics.REFERRALS: "referrals",
    topics.CASES: "cases",
    topics.CAPACITY: "capacity",
    topics.FEEDBACK: "feedback",
}
HANDLED: dict[str, tuple[type[Data], ...]] = {topic: tuple(CONTEXTS[context]) for topic, context in _CONTEXTS.items()}
TOPICS = (*HANDLED, topics.retry("desk"), *LETTERS)

# The first class that fits. A claim, a visit or a disclosure is a line of the timeline and nothing more.
_BY_CLASS: tuple[tuple[type[Data], Callable[[Any], Iterator[Row]]], ...] = (
    (demands.Rejected, translate.rejected_rows),
    (demands.InputRefused, translate.refused_rows),
    (demands.Merged, translate.merged_rows),
    (demands.DemandData, translate.demand_rows),
    (households.HouseholdData, translate.household_rows),
    (referrals.ReferralData, translate.referral_rows),
    (cases.CaseData, translate.case_rows),
    (cases.ActionRefused, translate.case_rows),
    (feedback.Noticed, translate.noticed_rows),
    (feedback.DeliveryData, translate.delivery_rows),
    (capacity.LimitDeclared, translate.capacity_rows),
    (households.Visited, measured.visited_rows),
    (actions.HouseholdRates, measured.rated_rows),
    (county.ConsultationRefused, translate.no_rows),
    (county.CountyData, translate.county_rows),
    (Data, translate.no_rows),
)
TABLE: Mapping[type[Data], Callable[[Any], Iterator[Row]]] = {
    data: next(rows for base, rows in _BY_CLASS if issubclass(data, base))
    for listed in HANDLED.values()
    for data in listed
}
NOBODY = UUID(int=0)
# Deliveries have a table of their own, a limit is no household's, and a county's account comes every day.
_WITHOUT_LINE = (feedback.OfCause, capacity.LimitDeclared, county.ObstacleAccount)


def rows_of(event: Any) -> list[Row]:
    """All rows that follow from one event."""
    rows = list(TABLE[type(event.data)](event))
    if not isinstance(event.data, _WITHOUT_LINE):
        rows.append(line(event))
    return rows


def noted(taken: Taken, rows: Sequence[Row]) -> Noted:
    """One event for the ledger: as it stood on Kafka, and its line of the timeline where it has one."""
    record, event = taken.record, taken.event
    told = next((line_hash(row) for row in rows if type(row) is Happened), None)
    # A unit's limit is keyed by the unit: it is about no household.
    household = uuid_or_none(event.partitionkey) or NOBODY
    return Noted(record.partition, household, event.id, sha256(record.value or b"").digest(), told)


class Desk:
    """The service as the loop knows it."""

    name = "desk"
    kinds: Mapping[str, type] = {}

    def __init__(self, release: Callable[[], int]) -> None:
        self._release = release
        self._reader = Reader(self.name, HANDLED)

    @property
    def release(self) -> int:
        return self._release()

    def read(self, record: Record) -> Taken | None:
        return read_letter(record) if record.topic in LETTERS else self._reader.read(record)

    def keys(self, taken: Taken) -> Sequence[StateKey]:
        return ()

    async def load(self, connection: Connection, taken: Sequence[Taken], world: World) -> None:
        """Nothing: what a row becomes is decided by the guards of the tables."""

    def decide(self, taken: Taken, world: World) -> Decision:
        if isinstance(taken.event, Held):
            return Decision(rows=[taken.event.data])
        rows = rows_of(taken.event)
        return Decision(rows=[*rows, noted(taken, rows)])

    def apply(self, decision: Decision, world: World) -> None:
        """Nothing: no decision looks at another's rows."""

    async def save(self, connection: Connection, rows: Sequence[Any], world: World) -> None:
        await project(connection, [row for row in rows if type(row) is not Noted])
        await note(connection, [row for row in rows if type(row) is Noted], world.now)

    def seal(self, letter: bytes) -> bytes:
        """As it is: the inner topics hold no personal data in clear."""
        return letter
