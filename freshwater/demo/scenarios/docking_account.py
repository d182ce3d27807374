"""What a month of docking came to, read from the referrals' own topic: by bank, by clock, by unit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from freshwater.places import CHECKOUT
from shared.catalogue import Release
from shared.contracts.topics import REFERRALS

LIVE = frozenset({"open", "accepted", "contacted", "offered", "chosen", "granted"})
AT_BANKS = frozenset({"referred", "offered", "chosen", "granted"})
ACTS = frozenset({"accepted", "contacted", "offered", "declined", "granted"})
"""What a bank does while its clock runs."""
REACTION = timedelta(hours=6)
"""Simulated time in which the machine itself must have acted on a clock that ran out: as long as a word may take."""
COLUMNS = ("referred", "on_time", "lapsed", "offered", "declined", "given_back", "funded")


class _Referral(msgspec.Struct):
    id: UUID
    bank: str
    unit: str
    state: str
    due_at: datetime | None = None


class _Summary(msgspec.Struct):
    demand: UUID
    state: str
    referrals: list[_Referral] = []
    disbursed_yuan: int = 0


class _Data(msgspec.Struct):
    summary: _Summary
    referral: UUID | None = None
    bank: str | None = None
    code: str | None = None
    direction: str | None = None
    reason: str | None = None
    rule: str | None = None
    amount_yuan: int | None = None
    opened: list[UUID] = []


class _Event(msgspec.Struct):
    id: UUID
    type: str
    time: datetime
    data: _Data

    @property
    def name(self) -> str:
        return self.type.split(".")[3]


_decode = msgspec.json.Decoder(_Event).decode


@dataclass(slots=True)
class Bank:
    """One bank's month. `kept` and `missed` are clocks."""

    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    directions: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    missed: int = 0
    funded_yuan: int = 0

    def figures(self) -> dict[str, Any]:
        ended, declines = self.kept + self.missed, sum(self.codes.values())
        return {
            **{name: self.counts[name] for name in COLUMNS if name != "on_time"},
            "on_time": round(self.kept / ended, 3) if ended else None,
            "clocks": ended,
            "declined_by_code": dict(self.codes.most_common()),
            "score_share": round(self.codes["SCORE"] / declines, 3) if declines else None,
            "score_directions": dict(self.directions.most_common()),
            "funded_yuan": self.funded_yuan,
        }


@dataclass(slots=True)
class _Clock:
    """A clock that runs at a bank."""

    bank: str
    unit: str
    state: str
    due_at: datetime | None


class DockingAccount:
    """Follows every referral from its opening to its end; a copy of an event is taken once."""

    def __init__(self) -> None:
        self.banks: dict[str, Bank] = {}
        self.refused: Counter[str] = Counter()
        self.silent = 0
        self.latest = timedelta()
        self._seen: set[UUID] = set()
        self._running: dict[UUID, dict[UUID, _Clock]] = {}
        self._moves: list[tuple[datetime, int, str]] = []
        self._limits: dict[str, list[tuple[datetime, int]]] = {}
        self._standards: dict[str, int] = {}
        self._environment: Mapping[str, str] = {}
        self._now: datetime | None = None
        self._found: dict[str, Any] | None = None

    def begin(self, release: Release, environment: Mapping[str, str]) -> None:
        """What units stand for where they declare nothing, and how matching is asked at the end."""
        self._environment = environment
        self._standards = {
            unit.id: bank.default_open_limit for bank in release.institutions.values() for unit in bank.units
        }

    def declared(self, unit: str, limit: int, at: datetime) -> None:
        """A unit says what it can take."""
        self._limits.setdefault(unit, []).append((at, limit))

    def take(self, topic: str, value: bytes, at: int) -> None:
        if topic != REFERRALS:
            return
        event = _decode(value)
        if event.id in self._seen:
            return
        self._seen.add(event.id)
        self._now = max(self._now or event.time, event.time)
        self._count(event)
        self._follow(event)

    def _of(self, bank: str) -> Bank:
        return self.banks.setdefault(bank, Bank())

    def _count(self, event: _Event) -> None:
        data, name = event.data, event.name
        if name == "action-refused":
            self.refused[data.rule or "-"] += 1
        elif name == "round-opened":
            for referral in data.summary.referrals:
                self._of(referral.bank).counts["referred"] += referral.id in data.opened
        elif data.bank is not None and data.referral is not None:
            self._of_bank(event, self._of(data.bank))

    def _of_bank(self, event: _Event, bank: Bank) -> None:
        data, name = event.data, event.name
        if name in ("lapsed", "offered", "declined"):
            bank.counts[name] += 1
        if name == "recalled" and data.reason == "unit_full":
            bank.counts["given_back"] += 1
        if name == "declined" and data.code:
            bank.codes[data.code] += 1
            if data.direction and data.code == "SCORE":
                bank.directions[data.direction] += 1
        if name == "disbursed":
            bank.funded_yuan += data.amount_yuan or 0
            bank.counts["funded"] += data.summary.disbursed_yuan == data.amount_yuan

    def _follow(self, event: _Event) -> None:
        """Clocks that ended or began with this event, and places that were taken or freed."""
        summary = event.data.summary
        before = self._running.get(summary.demand, {})
        at_banks = summary.state in AT_BANKS
        now = {
            each.id: _Clock(each.bank, each.unit, each.state, each.due_at)
            for each in summary.referrals
            if at_banks and each.state in LIVE
        }
        for identifier, clock in before.items():
            after = now.get(identifier)
            if after is None or (after.state, after.due_at) != (clock.state, clock.due_at):
                self._ended(clock, event, identifier)
            if after is None or after.unit != clock.unit:
                self._moves.append((event.time, -1, clock.unit))
        for identifier, clock in now.items():
            if identifier not in before or before[identifier].unit != clock.unit:
                self._moves.append((event.time, 1, clock.unit))
        self._running[summary.demand] = now

    def _ended(self, clock: _Clock, event: _Event, referral: UUID) -> None:
        if clock.due_at is None:
            return
        late = event.time - clock.due_at
        self.latest = max(self.latest, late)
        self.silent += late > REACTION
        if event.data.referral == referral and event.name in ACTS:
            # Taken by the machine after its end, it was said before it: what came too late is refused.
            self._of(clock.bank).kept += 1
        elif event.name == "lapsed" or late > timedelta():
            self._of(clock.bank).missed += 1

    @property
    def still_silent(self) -> int:
        """Clocks that ran out and on which nothing has followed until the end."""
        now = self._now
        return sum(
            now is not None and clock.due_at is not None and now - clock.due_at > REACTION
            for clocks in self._running.values()
            for clock in clocks.values()
        )

    def _allowed(self, unit: str, at: datetime) -> int:
        """The limit in force at a moment; one that was just said may not have arrived, and what was there stays."""
        said = self._limits.get(unit, [])
        before = [limit for since, limit in said if since + REACTION <= at]
        fresh = [limit for since, limit in said if since <= at < since + REACTION]
        return max([before[-1] if before else self._standards.get(unit, 0), *fresh])

    def over_limit(self) -> list[str]:
        """Units at which a place was taken while as many were open as it had said; after the order of time."""
        held: Counter[str] = Counter()
        over: dict[str, None] = {}
        for moment, moves in _by_time(self._moves):
            for _, places, unit in moves:
                held[unit] += places
            for unit in {unit for _, places, unit in moves if places > 0}:
                if held[unit] > self._allowed(unit, moment) and sum(p for _, p, u in moves if u == unit) > 0:
                    over[unit] = None
        return list(over)

    def figures(self) -> dict[str, Any]:
        if self._found is None:
            self._found = self._reckon()
        return self._found

    def _reckon(self) -> dict[str, Any]:
        over, units = self.over_limit(), self._units()
        reduced = {each["unit"]: round(each["reduced_hours"], 1) for each in units if each["reduced_hours"]}
        return {
            "banks": {name: bank.figures() for name, bank in sorted(self.banks.items())},
            "refused_by_rule": dict(self.refused.most_common()),
            "hours_at_reduced_intake": reduced,
            "over_limit": len(over),
            "silent_beyond_the_clock": self.silent + self.still_silent,
            "latest_reaction_hours": round(self.latest / timedelta(hours=1), 2),
        }

    def _units(self) -> list[dict[str, Any]]:
        """What matching itself recorded of its units."""
        if not self._environment:
            return []
        done = subprocess.run(
            [sys.executable, "-P", "-m", "services.matching", "units"],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **self._environment},
            stdout=subprocess.PIPE,
            check=True,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def lines(self) -> list[str]:
        """The same as a table."""
        told = self.figures()
        found = [
            "  ".join([f"{'bank':12}", *(f"{name.replace('_', ' '):>10}" for name in COLUMNS), "declined by code"])
        ]
        for name, bank in told["banks"].items():
            shares = {**bank, "on_time": "-" if bank["on_time"] is None else f"{bank['on_time']:.1%}"}
            codes = ", ".join(f"{code} {count}" for code, count in bank["declined_by_code"].items())
            score = f" (score {bank['score_share']:.0%})" if bank["score_share"] else ""
            found.append("  ".join([f"{name:12}", *(f"{shares[each]!s:>10}" for each in COLUMNS), codes + score]))
        refused = ", ".join(f"{rule} {count}" for rule, count in told["refused_by_rule"].items())
        hours = told["hours_at_reduced_intake"]
        return [
            *found,
            f"claims refused: {refused or 'none'}",
            f"at reduced intake: {len(hours)} units, {sum(hours.values()):,.0f} hours together",
            f"the machine's latest reaction to a clock: {told['latest_reaction_hours']} simulated hours",
            f"over limit: {told['over_limit']}",
            f"silent beyond the clock: {told['silent_beyond_the_clock']}",
        ]


def _by_time(moves: list[tuple[datetime, int, str]]) -> Iterator[tuple[datetime, list[tuple[datetime, int, str]]]]:
    """Partitions are read one after another: in the order of time, what happened at one moment together."""
    together: list[tuple[datetime, int, str]] = []
    for move in sorted(moves):
        if together and move[0] != together[0][0]:
            yield together[0][0], together
            together = []
        together.append(move)
    if together:
        yield together[0][0], together
