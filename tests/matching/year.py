"""A whole year of docking in memory: households, banks and offices with chance from a seed, and time that jumps."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.matching.domain.capacity import Capacity, is_over, limit_of_unit, seat_at
from services.matching.domain.demand import AT_BANKS, ENDED, LIVE, Demand, Household
from services.matching.domain.rules import Unit
from services.matching.store import Moved
from shared.contracts import actions, capacity, cases, demands, households, values
from shared.contracts.clock import MatchingDeadlinePassed
from shared.contracts.envelope import Data
from shared.contracts.ids import timed_id
from shared.decision import StateKey
from tests.matching.room import CONSENT, RELEASE, SNAPSHOT, SUBMITTER, Room, facts, summary

COUNTIES = ("620102", "620103", "620111", "620123")
TROUBLES: list[dict[str, Any]] = [
    *({} for _ in range(6)), {"licence_state": "expired"}, {"annual_report_filed": False}, {"food_permit": False},
    {"overdue_now": True}, {"operating_months": 3}, {"licence_state": None}, {"flow_months": None, "debt_ratio": None},
]  # fmt: skip
AMOUNTS = (30_000, 100_000, 180_000, 400_000)
TRADES = ("H62", "F52", "O80", "G54", "C14", "A01")
UNITS = [(bank.id, unit.id) for bank in RELEASE.institutions.values() for unit in bank.units]
BANKS = SNAPSHOT.rules.institutions


@dataclass(order=True)
class Coming:
    """Something that will be said."""

    at: datetime
    place: int
    data: Data = field(compare=False)
    key: Any = field(compare=False)


class Year:
    """`run` lets a year pass. Every place taken is checked when it is taken, everything else at the end."""

    def __init__(self, seed: int, demands_in_all: int) -> None:
        self.room, self.chance = Room(), random.Random(seed)
        self.coming: list[Coming] = []
        self.ringing: list[tuple[datetime, int, tuple[UUID, UUID, str]]] = []
        self.count, self.versions = 0, Counter[str]()
        self.said: Counter[str] = Counter()
        self.opened: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.lent = 0
        self.begin = self.room.now
        for number in range(demands_in_all):
            self._later(timedelta(days=self.chance.uniform(0, 330)), self._demand(number), self.household(number))
        for month in range(12):
            for bank, unit in UNITS:
                self._later(timedelta(days=30 * month + self.chance.uniform(0, 30)), self._limit(bank, unit), unit)

    @staticmethod
    def household(number: int) -> UUID:
        """Every third household has two demands."""
        return timed_id(1_790_000_000_000 + number - (number % 3 == 1), f"h{number - (number % 3 == 1)}")

    def _demand(self, number: int) -> Data:
        told = {
            "household": self.household(number), "county": self.chance.choice(COUNTIES),
            "industry": self.chance.choice(TRADES), "amount_yuan": self.chance.choice(AMOUNTS),
            "facts": facts(**self.chance.choice(TROUBLES)),
            "named_bank": self.chance.choice([None, None, None, "jingxiu", "xinxiu"]),
        }  # fmt: skip
        return demands.Accepted(summary=summary(number, **told))

    def _limit(self, bank: str, unit: str) -> Data:
        self.versions[unit] += 1
        return capacity.LimitDeclared(
            bank=bank, unit=unit, version=self.versions[unit], open_limit=self.chance.choice([0, 2, 5, 20, 60]),
            quota_yuan=self.chance.choice([None, None, 3_000_000]),
        )  # fmt: skip

    def _later(self, after: timedelta, data: Data, key: Any) -> None:
        self.count += 1
        heapq.heappush(self.coming, Coming(self.room.now + after, self.count, data, key))

    def _in_hours(self, low: float, high: float, data: Data, key: Any) -> None:
        self._later(timedelta(hours=self.chance.uniform(low, high)), data, key)

    def run(self) -> None:
        end = self.begin + timedelta(days=365)
        while True:
            due = self.ringing[0][0] if self.ringing else end
            said = self.coming[0].at if self.coming else end
            if min(due, said) >= end:
                break
            if said < due:
                coming = heapq.heappop(self.coming)
                self._tell(coming.at, coming.data, coming.key)
            else:
                self._ring()

    def _ring(self) -> None:
        due, _, place = heapq.heappop(self.ringing)
        if self.room.deadlines.get(place) == due:
            household, subject, kind = place
            data = MatchingDeadlinePassed(subject=subject, kind=kind, generation=UUID(int=0), due_at=due)
            self._tell(due, data, household)

    def _tell(self, now: datetime, data: Data, key: Any) -> None:
        room = self.room
        room.now = max(room.now, now)
        room.tell(data, key)
        for change in room.last.deadlines:
            place = (change.household, change.subject, change.kind)
            if place in room.deadlines:
                self.count += 1
                heapq.heappush(self.ringing, (room.deadlines[place], self.count, place))
        self._check_places()
        told, room.told = room.told, []
        for each in told:
            name = each.TYPE.split(".")[3]
            self.said[name] += 1
            self._answer(name, each)

    def _check_places(self) -> None:
        for row in self.room.last.rows:
            if isinstance(row, Moved) and (row.change.places > 0 or row.change.held_yuan > 0):
                known: Capacity = self.room.world.extra.units[row.unit]
                bank = BANKS[row.unit.partition("-")[0]]
                assert known.open <= limit_of_unit(bank.open_limit, known) or row.change.places <= 0, row
                seat = seat_at(bank, Unit(row.unit), {row.unit: known})
                assert seat.left_yuan is None or seat.left_yuan >= 0, row

    def _answer(self, name: str, told: Any) -> None:
        """What everybody concerned does about it."""
        demand: Demand = self.room.world.states[StateKey(told.summary.household, told.summary.demand, "demand")]
        if name == "round-opened":
            for identifier in told.opened:
                self.opened["opened"] += 1
                self._opened(demand, identifier)
        elif name in ("declined", "lapsed", "recalled", "not-chosen", "switched"):
            self.ended[name] += 1
        elif name == "disbursed":
            self.lent += told.amount_yuan
        act = getattr(self, f"_on_{name.replace('-', '_')}", None)
        if act is not None:
            act(demand, told)

    def _claim(self, kind: type[Any], demand: Demand, referral: UUID, low: float, high: float, **details: Any) -> None:
        bank = next(each.bank for each in demand.referrals if each.id == referral)
        about = {"demand": demand.id, "partner": bank, "role": "bank", "speaks_for": [bank], "referral": referral}
        self._in_hours(low, high, kind(**about, **details), demand.household)

    def _opened(self, demand: Demand, referral: UUID) -> None:
        lot = self.chance.random()
        if lot < 0.03:
            self._claim(actions.BankTriedContact, demand, referral, 0, 3, outcome="wrong_branch")
        if lot < 0.8:
            self._claim(actions.BankAccepts, demand, referral, 1, 30)
        elif lot < 0.9:
            self._claim(actions.BankDeclines, demand, referral, 1, 10, code="INDUSTRY_POLICY")

    def _on_accepted(self, demand: Demand, told: Any) -> None:
        lot = self.chance.random()
        if lot < 0.1:
            for _ in range(3):
                self._claim(actions.BankTriedContact, demand, told.referral, 1, 40, outcome="not_reached")
            return
        if lot < 0.95:
            self._claim(actions.BankTriedContact, demand, told.referral, 1, 60, outcome="reached")

    def _on_contacted(self, demand: Demand, told: Any) -> None:
        if told.outcome in ("reached", "confirmed"):
            lot = self.chance.random()
            if lot < 0.6:
                plan = values.Plan(amount_yuan=min(demand.amount_yuan or 1, 180_000), term_months=12, rate_bp=400)
                self._claim(actions.BankOffers, demand, told.referral, 5, 150, plan=plan)
            elif lot < 0.9:
                code = self.chance.choice(list(RELEASE.decline_codes.values()))
                direction = code.directions[0] if code.directions else None
                self._claim(actions.BankDeclines, demand, told.referral, 5, 100, code=code.id, direction=direction)
        elif told.outcome == "not_reached" and self.chance.random() < 0.5:
            said = self.chance.random() < 0.8
            self._claim(actions.HouseholdConfirmsContact, demand, told.referral, 40, 90, contacted=said)

    def _on_offered(self, demand: Demand, told: Any) -> None:
        if self.chance.random() < 0.8:
            self._claim(actions.HouseholdChooses, demand, told.referral, 1, 200)

    def _on_chosen(self, demand: Demand, told: Any) -> None:
        plan = next(each.plan for each in demand.referrals if each.id == told.referral)
        assert plan is not None
        if self.chance.random() < 0.05:
            self._claim(actions.HouseholdSwitches, demand, told.referral, 1, 20)
        self._claim(
            actions.BankGrants, demand, told.referral, 5, 100, amount_yuan=plan.amount_yuan, rate_bp=plan.rate_bp
        )

    def _on_granted(self, demand: Demand, told: Any) -> None:
        for number in range(self.chance.choice([0, 1, 1, 1, 3])):
            self._claim(
                actions.BankDisburses, demand, told.referral, 5, 300,
                amount_yuan=told.amount_yuan, number=f"L{number}", on=date(2026, 12, 1),
            )  # fmt: skip

    def _on_obstructed(self, demand: Demand, told: Any) -> None:
        for code in told.obstacles:
            lot = self.chance.random()
            about = cases.CaseSummary(
                demand=demand.id, household=demand.household, submitter=SUBMITTER, county=demand.county
            )
            case = {"summary": about, "case": UUID(int=6), "obstacle": code, "authority": f"market-{demand.county}"}
            obstacle = RELEASE.obstacles[code]
            fact = values.Fact(
                value=obstacle.cleared_value, source="office", as_of=date(2026, 11, 25), assurance="register"
            )
            if lot < 0.7:
                cleared = cases.Cleared(**case, facts={obstacle.fact: fact}, evidence="seen")
                self._in_hours(20, 400, cleared, demand.household)
            elif lot < 0.8:
                self._in_hours(20, 400, cases.Refused(**case, reason="no office can"), demand.household)

    def _on_facts_requested(self, demand: Demand, told: Any) -> None:
        if self.chance.random() < 0.7:
            self._in_hours(1, 200, demands.FactsSupplied(
                summary=self._again(demand), changed=["licence_state", "flow_months", "debt_ratio"],
            ), demand.household)  # fmt: skip

    def _on_dormant(self, demand: Demand, told: Any) -> None:
        if self.chance.random() < 0.2:
            self._in_hours(100, 900, demands.Revived(summary=self._again(demand)), demand.household)

    def _on_consent_requested(self, demand: Demand, told: Any) -> None:
        if self.chance.random() < 0.6:
            more = CONSENT.model_copy(update={"added_banks": ["xinxiu", "kuixiu"], "given_at": self.room.now})
            about = households.HouseholdSummary(household=demand.household, consent=more, bank_limit=3)
            self._in_hours(1, 100, households.ConsentGiven(summary=about, banks=["xinxiu"]), demand.household)

    def _again(self, demand: Demand) -> demands.DemandSummary:
        return summary(1, demand=demand.id, household=demand.household, county=demand.county,
                       industry=demand.industry, amount_yuan=demand.amount_yuan)  # fmt: skip

    def balance(self) -> dict[str, int]:
        """The books at the end: raises AssertionError where they do not balance."""
        states, room = self.room.world.states, self.room
        live: list[tuple[Demand, Any]] = []
        seeing: dict[UUID, Counter[str]] = {}
        for key, state in states.items():
            if key.kind == "demand":
                self._check(state)
                live += [(state, each) for each in state.live]
                seeing.setdefault(key.household, Counter()).update(each.bank for each in state.live)
        for key, state in states.items():
            if isinstance(state, Household):
                assert state.seeing == seeing.get(key.household, {}), "seen by others than have it"
                assert len(state.seeing) <= (state.bank_limit or 3), "more banks see it than it allows"
        held = Counter(each.unit for _, each in live)
        money: Counter[str] = Counter()
        for _, each in live:
            money[each.unit] += each.held_yuan
        units: dict[str, Capacity] = room.world.extra.units
        for unit, known in units.items():
            assert (known.open, known.held_yuan) == (held[unit], money[unit]), unit
        over = [u for u, k in units.items() if is_over(seat_at(BANKS[u.partition("-")[0]], Unit(u), {u: k}))]
        for unit in over:
            # Lowered below what is there: nothing that could still be given back is left.
            assert not any(each.unit == unit and each.state == "open" for _, each in live), unit
        funded = sum(isinstance(state, Demand) and state.label == "funded" for state in states.values())
        closed = self.opened["opened"] - sum(self.ended.values()) - len(live)
        assert closed == self.said["funded"], "every referral ended in one way, is open, or led to money"
        assert self.lent == sum(state.disbursed_yuan for state in states.values() if isinstance(state, Demand))
        return {"demands": sum(key.kind == "demand" for key in states), "funded": funded, "live": len(live),
                "opened": self.opened["opened"], "over": len(over)}  # fmt: skip

    def _check(self, demand: Demand) -> None:
        """Whose turn it is, under which clock; no clock of a bank that has run out."""
        clocks = [due for place, due in self._clocks().get(demand.id, [])]
        assert bool(demand.owner) != (demand.label in ENDED), demand.label
        assert bool(clocks) != (demand.label in ENDED), demand.label
        assert (demand.label in AT_BANKS) == bool(demand.live)
        for each in demand.live:
            assert each.state in LIVE
            assert each.due_at is None or each.due_at >= self.room.now, "silent beyond its clock"

    def _clocks(self) -> dict[UUID, list[tuple[str, datetime]]]:
        if not hasattr(self, "_by_demand"):
            self._by_demand: dict[UUID, list[tuple[str, datetime]]] = {}
            for (_, subject, kind), due in self.room.deadlines.items():
                if kind == "clock":
                    self._by_demand.setdefault(subject, []).append((kind, due))
        return self._by_demand
