"""The service without its loop: events in, decisions kept in memory, deadlines fired in their order.

After every decision it checks what must always hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.escalation.domain.account import Group
from services.escalation.domain.clocks import day_of
from services.escalation.domain.county import County, Listed, Ruling
from services.escalation.domain.demand import DemandCases
from services.escalation.handlers import Escalation
from services.escalation.handlers.counties import Ground, key_of
from services.escalation.store import CaseRow
from shared.catalogue import Release, load_directory
from shared.contracts import cases
from shared.contracts.clock import EscalationDeadlinePassed
from shared.contracts.county import CountyData
from shared.contracts.envelope import Data, Event
from shared.contracts.ids import caused_id, county_id, demand_id, timed_id
from shared.contracts.referrals import ReferralSummary
from shared.contracts.values import Remedy, Step, Submitter
from shared.decision import ClearDeadline, Deadline, Decision, Record, StateKey, Taken, World
from shared.workdays import national
from tests.escalation.places import START

RELEASE = load_directory("catalogue", 1)
COUNTY = "620102"
HOUSEHOLD = timed_id(1_790_000_000_000, "a household")
DEMANDS = tuple(demand_id("hotline", f"A-{number}") for number in range(2))
NOWHERE = Record("test", 0, 0, 0, None, None, ())


class Catalogue:
    """One release, always at hand."""

    number = 1

    def release(self, number: int) -> Release | None:
        return RELEASE if number == 1 else None


SERVICE = Escalation(Catalogue(), national())
"""It keeps nothing but the release: one for all rooms."""


def summary(demand: UUID, state: Any = "obstructed", remedies: Sequence[str] = (), **more: Any) -> ReferralSummary:
    """Matching's view of a demand; `remedies` are obstacles that it would still like to see removed."""
    steps = [Step(kind="clear", fact="licence_state", obstacle=each, acts="authority") for each in remedies]
    return ReferralSummary(
        demand=demand,
        household=HOUSEHOLD,
        submitter=Submitter(partner="hotline", source_id=f"A-{DEMANDS.index(demand)}"),
        county="620102",
        industry="H62",
        amount_yuan=100_000,
        state=state,
        remedies=[Remedy(steps=[step], products=1) for step in steps],
        **more,
    )


@dataclass
class Room:
    now: datetime = START
    told: list[Any] = field(default_factory=list)
    deadlines: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    rows: dict[UUID, CaseRow] = field(default_factory=dict)
    rulings: dict[tuple[str, str], Ruling] = field(default_factory=dict)
    of_county: dict[str, datetime] = field(default_factory=dict)
    service: Escalation = SERVICE
    world: World = field(default_factory=lambda: World(START, 1))
    docking: int = 0
    said: int = 0

    def hear(
        self, data: Data, actor: str = "authority:test:p-1", at: datetime | None = None, key: UUID = HOUSEHOLD
    ) -> Decision:
        """One event for the household, or a county's; referral events count their revision by themselves."""
        self.said += 1
        self.docking += hasattr(data, "summary")
        event: Any = Event[Any](
            id=caused_id(HOUSEHOLD, f"event {self.said}"),
            source="/test",
            type=data.TYPE,
            subject=str(HOUSEHOLD),
            time=at or self.now,
            partitionkey=str(key),
            correlationid="c",
            causationid="c",
            sequence=f"{self.docking:010d}",
            actor=actor,
            data=data,
        )
        taken = Taken(NOWHERE, event.id, event)
        for state_key in self.service.keys(taken):
            self.world.states.setdefault(state_key, None)
        self.world.now, self.world.extra = self.now, self.ground()
        decision = self.service.decide(taken, self.world)
        self._keep(decision)
        self.check(decision)
        return decision

    def _keep(self, decision: Decision) -> None:
        for key, state in decision.states.items():
            kept: Any = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=self.service.kinds[key.kind])
            assert kept == state, "a state is not what it was after it has been stored"
            self.world.states[key] = state
            self.world.revisions[key] = self.world.revision(key) + 1
        for change in decision.deadlines:
            if change.subject == change.household:
                assert isinstance(change, Deadline)
                self.of_county[change.kind] = change.due_at
            elif isinstance(change, ClearDeadline):
                self.deadlines.pop((change.subject, change.kind), None)
            else:
                self.deadlines[change.subject, change.kind] = change.due_at
        self.rows |= {row.id: row for row in decision.rows if isinstance(row, CaseRow)}
        self.rulings |= {(row.county, row.obstacle): row for row in decision.rows if isinstance(row, Ruling)}
        self.told += [emit.data for emit in decision.emits]

    def pass_time(self, end: datetime) -> None:
        """Fire what is due, the earliest first, as the sweeper would."""
        while self.deadlines:
            (subject, kind), due = min(self.deadlines.items(), key=lambda item: (item[1], item[0]))
            if due > end:
                break
            self.now = max(self.now, due)
            del self.deadlines[subject, kind]
            self.hear(EscalationDeadlinePassed(subject=subject, kind=kind, generation=subject, due_at=due))
        self.now = max(self.now, end)

    def ground(self) -> Ground:
        """What the service would read from its tables."""
        rows = [row for row in self.rows.values() if row.ended_at is None]
        cases = [
            Listed(
                r.id,
                r.household,
                r.demand,
                r.obstacle,
                r.authority,
                r.yuan,
                r.session_on is not None,
                r.exhausted,
                r.simulated,
            )
            for r in rows
        ]
        groups = [
            Group(r.obstacle, r.authority, r.state, r.opened_at and day_of(r.opened_at), r.net_days, r.paused_days, 1,
                  r.yuan, r.released_yuan)
            for r in self.rows.values()
        ]  # fmt: skip
        return Ground({COUNTY: cases}, {COUNTY: groups}, self.rulings)

    def county_time(self, kind: str) -> Decision:
        """One of the county's own deadlines comes."""
        found = next(each for each in self.of_county if each.startswith(kind))
        self.now = max(self.now, due := self.of_county.pop(found))
        key = county_id(COUNTY)
        return self.hear(EscalationDeadlinePassed(subject=key, kind=found, generation=key, due_at=due), key=key)

    def county(self) -> County:
        found: County = self.world.states[key_of(COUNTY)]
        return found

    def demand(self, number: int = 0) -> DemandCases:
        found: DemandCases = self.world.states[StateKey(HOUSEHOLD, DEMANDS[number], "demand")]
        return found

    def names(self) -> list[str]:
        return [data.TYPE.split(".")[3] for data in self.told]

    def check(self, decision: Decision) -> None:
        """What holds after every decision, whatever came before."""
        assert decision.outcome != "refused" or not decision.states, "a refused claim changed something"
        demands = [state for state in self.world.states.values() if isinstance(state, DemandCases)]
        for demand in demands:
            obstacles = [case.obstacle for case in demand.cases]
            assert len(obstacles) == len(set(obstacles)), "two cases about one obstacle of one demand"
            assert (demand.owner is None) == (demand.label == "settled"), "an open case without an owner"
            for case in demand.cases:
                due = self.deadlines.get((demand.demand, case.obstacle))
                if not case.is_open:
                    assert (case.clock, case.next_at) == (None, None), "an ended case still has a clock"
                    # Its matter may have ended elsewhere just now: that look at it comes, finds nothing and goes.
                    assert due is None or due <= self.now, "an ended case still has a deadline"
                    continue
                assert case.next_at is not None, "an open case that no time will ever move"
                assert due is not None, "an open case without a deadline"
                assert due in (case.next_at, self.now), "a deadline that is not the case's next moment"
                assert self.rows[case.id].due_at == demand_due(case), "the table of cases says something else"
        for emit in decision.emits:
            if isinstance(emit.data, CountyData):
                assert (emit.key, emit.subject) == (county_id(COUNTY), COUNTY)
                continue
            assert isinstance(emit.data, cases.CaseData | cases.ActionRefused)
            assert emit.key == HOUSEHOLD
            assert emit.data.summary.demand == emit.subject
            key = StateKey(HOUSEHOLD, emit.data.summary.demand, "demand")
            assert emit.revision == self.world.revision(key), "the summary is not of the revision that it names"


def demand_due(case: Any) -> datetime | None:
    due: datetime | None = case.clock.due_at if case.clock else None
    return due
