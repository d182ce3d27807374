"""Matching on the shipped catalogue without a broker or a database: a room in which events are told and answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args
from uuid import UUID

from services.matching.domain.alarms import alarm
from services.matching.domain.demand import AT_BANKS, ENDED, Demand, Household
from services.matching.domain.eligibility import Snapshot
from services.matching.handlers.catalogue import rules_of
from services.matching.handlers.service import Matching
from services.matching.handlers.units import Extra
from shared.catalogue import Release, load_directory
from shared.contracts import values
from shared.contracts.clock import MatchingDeadlinePassed
from shared.contracts.demands import Accepted, DemandSummary
from shared.contracts.envelope import Data
from shared.contracts.ids import caused_id, demand_id, timed_id
from shared.contracts.referrals import DockingState
from shared.contracts.values import Fact, FactValue
from shared.decision import Deadline, Decision, Record, StateKey, Taken, World
from shared.workdays import national

CATALOGUE = Path(__file__).parents[2] / "catalogue"
RELEASE: Release = load_directory(CATALOGUE, 1)
SNAPSHOT = Snapshot(rules_of(RELEASE))
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
HOUSEHOLD = timed_id(int(START.timestamp() * 1000), "household")
DEMAND = demand_id("platform", "1")
SUBMITTER = values.Submitter(partner="platform", source_id="1")
CONSENT = values.Consent(
    version="v1",
    boxes=["banks", "authorities", "messages"],
    given_at=START,
    expires_on=date(2027, 11, 24),
    evidence="tapped",
)
SOUND: dict[str, FactValue] = {
    "operating_months": 30,
    "licence_state": "valid",
    "abnormal_mark": False,
    "overdue_now": False,
    "annual_report_filed": True,
    "food_permit": True,
    "premises": "leased_registered",
    "operator_age": 40,
    "monthly_flow_yuan": 40_000,
    "flow_months": 12,
    "settlement_account": True,
    "tax_state": "regular",
    "enquiries_3m": 1,
    "debt_ratio": 40,
}
"""A noodle shop that several banks would take."""


def facts(
    assurance: Literal["self", "partner", "register"] = "partner", **changes: FactValue | None
) -> dict[str, Fact]:
    """The sound shop's facts with these changes; None leaves a fact out."""
    known = {**SOUND, **changes}
    return {
        name: Fact(value=value, source="platform", as_of=TODAY, assurance=assurance)
        for name, value in known.items()
        if value is not None
    }


def summary(number: int = 1, **changes: Any) -> DemandSummary:
    """A demand of the household as the gate tells it."""
    fields: dict[str, Any] = {
        "demand": demand_id("platform", str(number)),
        "household": HOUSEHOLD,
        "state": "open",
        "purpose": "stock",
        "county": "620102",
        "amount_yuan": 200_000,
        "term_months": 12,
        "industry": "H62",
        "facts": facts(),
        "consent": CONSENT,
        "submitter": SUBMITTER,
        "received_at": START,
    }
    return DemandSummary(**{**fields, **changes})


class OneRelease:
    """The releases at hand: one."""

    def __init__(self, snapshot: Snapshot = SNAPSHOT) -> None:
        self._snapshot = snapshot

    @property
    def number(self) -> int:
        return self._snapshot.rules.number

    def snapshot(self, number: int) -> Snapshot:
        return self._snapshot


@dataclass
class Room:
    """Tells events to the service as the loop would, one by one, and keeps what follows."""

    now: datetime = START
    service: Matching = field(default_factory=lambda: Matching(OneRelease(), national().add_workdays))
    world: World = field(default_factory=lambda: World(START, 1))
    deadlines: dict[tuple[UUID, UUID, str], datetime] = field(default_factory=dict)
    told: list[Any] = field(default_factory=list)
    last: Decision = field(default_factory=Decision)
    count: int = 0

    def __post_init__(self) -> None:
        self.world.extra = Extra(self.service._releases.snapshot(1), {}, 0)

    def tell(self, data: Data, key: UUID | str = HOUSEHOLD) -> list[str]:
        """One event; returns the names of what was told outward."""
        self.count += 1
        self.world.now = self.now
        identifier = caused_id(HOUSEHOLD, f"event {self.count}")
        event = SimpleNamespace(data=data, partitionkey=str(key), time=self.now, type=data.TYPE, id=identifier)
        taken = Taken(Record("", 0, 0, 0, None, None, ()), identifier, event)
        self.last = self.service.decide(taken, self.world)
        if isinstance(data, MatchingDeadlinePassed) and self.last.outcome != "ignored":
            del self.deadlines[UUID(str(key)), data.subject, data.kind]
        self._keep(self.last)
        return self.names()

    def _keep(self, decision: Decision) -> None:
        for key, state in decision.states.items():
            self.world.states[key] = state
            self.world.revisions[key] = self.world.revision(key) + 1
        for change in decision.deadlines:
            place = (change.household, change.subject, change.kind)
            if isinstance(change, Deadline):
                self.deadlines[place] = change.due_at
            else:
                self.deadlines.pop(place, None)
        self.service.apply(decision, self.world)
        self.told += [emit.data for emit in decision.emits]

    def names(self) -> list[str]:
        """What the last event led to."""
        return [emit.data.TYPE.split(".")[3] for emit in self.last.emits]

    def accept(self, number: int = 1, **changes: Any) -> list[str]:
        return self.tell(Accepted(summary=summary(number, **changes)))

    def ring(self, kind: str | None = None) -> list[str]:
        """The next deadline of the household passes, and time with it."""
        due, place = min((due, place) for place, due in self.deadlines.items() if kind in (None, place[2]))
        self.now = max(self.now, due)
        household, subject, which = place
        return self.tell(
            MatchingDeadlinePassed(subject=subject, kind=which, generation=UUID(int=0), due_at=due), household
        )

    def ring_all_due(self) -> None:
        """Everything that is due by now."""
        while any(due <= self.now for due in self.deadlines.values()):
            self.ring()

    def later(self, **delta: int) -> None:
        self.now += timedelta(**delta)

    def demand(self, number: int = 1) -> Demand:
        identifier = demand_id("platform", str(number))
        found: Demand = self.world.states[StateKey(HOUSEHOLD, identifier, "demand")]
        return found

    @property
    def household(self) -> Household:
        found: Household = self.world.states[StateKey(HOUSEHOLD, HOUSEHOLD, "household")]
        return found

    def check(self) -> None:
        """What must hold after every event, whatever it was."""
        held: dict[str, int] = {}
        seeing: dict[str, int] = {}
        for key, state in self.world.states.items():
            if key.kind == "demand":
                self._check_demand(key, state)
                for referral in state.live:
                    held[referral.unit] = held.get(referral.unit, 0) + 1
                    seeing[referral.bank] = seeing.get(referral.bank, 0) + 1
        open_places = {unit: known.open for unit, known in self.world.extra.units.items() if known.open}
        assert open_places == held, "the units hold other places than the referrals that are live"
        for key, state in self.world.states.items():
            if key.kind == "household":
                assert state.seeing == seeing, "the household is seen by other banks than have it"

    def _check_demand(self, key: StateKey, demand: Demand) -> None:
        waits = [due for (_, subject, kind), due in self.deadlines.items() if subject == demand.id and kind == "clock"]
        if demand.label in ENDED:
            assert demand.owner is None, "an ended demand is nobody's turn"
            assert not waits, "an ended demand has no clock"
        else:
            assert demand.owner, f"{demand.label} without an owner"
            assert waits == [alarm(demand)], f"{demand.label} has another clock than its deadline"
        assert (demand.label in AT_BANKS) == bool(demand.live), f"{demand.label} with {len(demand.live)} banks"
        assert demand.label in get_args(DockingState), demand.label
