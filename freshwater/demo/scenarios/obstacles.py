"""`--scenario obstacles`: demands that no bank takes before an office or the household itself has acted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median_low
from typing import Any
from uuid import UUID

import msgspec

from freshwater.demo.figures import spread
from freshwater.demo.plan import Plan
from freshwater.demo.scenarios.scenario import Scenario
from freshwater.demo.watching import FINAL
from shared.contracts.topics import CASES, REFERRALS
from shared.workdays import national

OPEN = frozenset({"guided", "filed", "opened", "signed", "planned", "parked", "waiting", "overdue"})
COUNTED = {
    "guided": "guided", "opened": "opened", "household-asked": "asked", "cleared": "cleared", "refused": "refused",
    "consultation-decided": "consulted",
}  # fmt: skip
COLUMNS = ("guided", "opened", "asked", "cleared", "refused", "raised", "consulted")


class _Case(msgspec.Struct):
    id: UUID
    obstacle: str
    state: str
    authority: str = ""
    due_at: datetime | None = None
    net_days: int | None = None


class _Summary(msgspec.Struct):
    demand: UUID
    cases: list[_Case] = []
    state: str = ""
    owner: dict[str, str] | None = None
    disbursed_yuan: int = 0


class _Data(msgspec.Struct):
    summary: _Summary | None = None
    obstacle: str | None = None
    case: UUID | None = None
    draft: bool = False


class _Event(msgspec.Struct):
    type: str
    time: datetime
    data: _Data

    @property
    def name(self) -> str:
        """org.freshwater.case.cleared.v1 -> cleared."""
        return self.type.split(".")[3]


_decode = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class Account:
    """What one obstacle came to."""

    counts: Counter[str] = field(default_factory=Counter)
    net_days: list[int] = field(default_factory=list)
    released: dict[UUID, int] = field(default_factory=dict)
    again: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        days = {"median_net_days": median_low(self.net_days)} if self.net_days else {}
        again = {"seconds_to_referral": spread(self.again)} if self.again else {}
        return {
            **{name: self.counts[name] for name in COLUMNS},
            **days,
            "released": sum(self.released.values()),
            **again,
        }


class Obstacles:
    """Follows cases and referrals; what was told twice counts once where it changes a figure."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.of_counties: Counter[str] = Counter()
        self._late = 0
        self._now: datetime | None = None
        self._cleared: dict[UUID, dict[str, int]] = {}
        self._waiting: dict[UUID, dict[str, int]] = {}
        self._without_owner: dict[UUID, datetime] = {}

    def take(self, topic: str, value: bytes, at: int) -> None:
        if topic == CASES:
            self._case(_decode(value), at)
        elif topic == REFERRALS:
            self._referral(_decode(value), at)

    def _of(self, obstacle: str) -> Account:
        return self.accounts.setdefault(obstacle, Account())

    def _case(self, event: _Event, at: int) -> None:
        data, name = event.data, event.name
        if data.summary is None:
            self.of_counties[name] += 1
            return
        for case in data.summary.cases:
            self._owned(case.id, case.state in OPEN, bool(case.authority and case.due_at), event.time)
        if data.obstacle is None:
            return
        account = self._of(data.obstacle)
        if name in COUNTED:
            account.counts[COUNTED[name]] += 1
        if name == "raised" and not data.draft:
            account.counts["raised"] += 1
        if name == "cleared":
            demand = data.summary.demand
            self._cleared.setdefault(demand, {})[data.obstacle] = at
            self._waiting.setdefault(demand, {})[data.obstacle] = at
            account.net_days += [c.net_days for c in data.summary.cases if c.id == data.case and c.net_days is not None]

    def _owned(self, thing: UUID, is_open: bool, owned: bool, now: datetime) -> None:
        """An open case names who has it and until when, a demand whose turn it is; counted once where not."""
        self._now = max(self._now or now, now)
        if is_open and not owned:
            self._without_owner.setdefault(thing, now)
        elif since := self._without_owner.pop(thing, None):
            self._late += _more_than_a_day(since, now)

    @property
    def unowned(self) -> int:
        """Cases and demands that nobody had for more than one working day, those that still are so included."""
        now = self._now
        return self._late + sum(_more_than_a_day(since, now) for since in self._without_owner.values() if now)

    def _referral(self, event: _Event, at: int) -> None:
        summary = event.data.summary
        if summary is None:
            return
        self._owned(summary.demand, summary.state not in FINAL, summary.owner is not None, event.time)
        waiting = self._waiting.pop(summary.demand, {})
        if event.name == "round-opened":
            for obstacle, since in waiting.items():
                self._of(obstacle).again.append(max(at - since, 0))
        if summary.disbursed_yuan:
            for obstacle in self._cleared.get(summary.demand, {}):
                self._of(obstacle).released[summary.demand] = summary.disbursed_yuan

    def figures(self) -> dict[str, Any]:
        obstacles: Mapping[str, Any] = {name: account.figures() for name, account in sorted(self.accounts.items())}
        return {
            "obstacles": obstacles,
            "counties": dict(self.of_counties),
            "unowned_for_more_than_one_working_day": self.unowned,
        }

    def lines(self) -> list[str]:
        head = "  ".join(f"{name:>9}" for name in COLUMNS)
        found = [f"{'obstacle':18}{head}  {'net days':>9}  {'released':>11}  {'p50 s':>6}  {'p99 s':>6}"]
        for obstacle, account in sorted(self.accounts.items()):
            told = account.figures()
            again = told.get("seconds_to_referral", {})
            row = "  ".join(f"{told[name]:9}" for name in COLUMNS)
            money = f"{told['released']:>11,}"
            last = f"{again.get('p50', '-')!s:>6}  {again.get('p99', '-')!s:>6}"
            found.append(f"{obstacle:18}{row}  {told.get('median_net_days', '-')!s:>9}  {money}  {last}")
        sessions = self.of_counties
        found.append(
            f"joint consultations: {sessions['session-opened']} sessions, {sessions['item-decided']} items decided, "
            f"{sessions['session-closed']} closed; common issues: {sessions['common-issue-formed']} formed, "
            f"{sessions['common-issue-closed']} closed; policies wanted: {sessions['policy-wanted']}"
        )
        found.append(
            "net days: working days at authorities, of what was cleared; released: what has reached these households "
            "in yuan, with each obstacle of theirs; s: from cleared to a new round at banks, in real seconds"
        )
        return [*found, f"unowned for more than one working day: {self.unowned}"]


def _more_than_a_day(since: datetime, now: datetime) -> bool:
    return national().workdays_between(since, now) > 1


def _plan(plan: Plan) -> Plan:
    return replace(plan, ends=True, obstructed=True)


SCENARIO = Scenario(
    "obstacles",
    "200 demands that meet obstacles: no bank takes them before an office or the household has acted",
    plan=_plan,
    observer=lambda plan: Obstacles(),
)
