"""对接: one event's work on one demand. It starts from the states as they are and collects what follows from it.

Nothing that is given is changed: states are replaced, units are only read. What follows is the two new states, what is
said outward, how many places were taken or freed at which unit, and which other demands of the household are to be
looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from services.matching.domain.capacity import Capacity, Change
from services.matching.domain.card import Card, cards, masked
from services.matching.domain.demand import Demand, Household, Referral, changed_demand, changed_household
from services.matching.domain.eligibility import Snapshot
from services.matching.domain.ranking import Candidate
from services.matching.domain.rules import Clocks

KEPT_REFERRALS = 24
"""How many referrals a demand remembers, the last ones: dormant demands may be revived for years."""


class Said(NamedTuple):
    """What is said outward: the event's name, and what it says beside the summary."""

    name: str
    fields: dict[str, Any]


LOCAL = timedelta(hours=8)
"""Asia/Shanghai: no summer time since 1992."""
MORNING = time(9, 0)


def local_day(moment: datetime) -> date:
    """The day that it is in Shanghai."""
    return (moment.astimezone(UTC) + LOCAL).date()


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and what depends on it: `due(n)` is the close of business n working days on, `name(place)` a new id.

    `now` is aware; days are local ones.
    """

    now: datetime
    due: Callable[[int], datetime]
    name: Callable[[str], UUID]

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        """The local day of a moment."""
        return local_day(moment)

    def morning_of(self, day: date) -> datetime:
        """When offices open on a day."""
        return datetime.combine(day, MORNING, UTC) - LOCAL


@dataclass(slots=True)
class Docking:
    """The work in progress."""

    snapshot: Snapshot
    units: Mapping[str, Capacity]
    moment: Moment
    _demand: Demand
    _household: Household
    said: list[Said] = field(default_factory=list)
    groups: Mapping[str, int] = field(default_factory=dict)
    moves: dict[str, Change] = field(default_factory=dict)
    counted: list[str] = field(default_factory=list)
    woken: list[UUID] = field(default_factory=list)
    _changes: dict[str, Any] = field(default_factory=dict)
    _household_changes: dict[str, Any] = field(default_factory=dict)

    @property
    def demand(self) -> Demand:
        """The demand as it is now. Changes gather until somebody looks: making a new one costs microseconds."""
        if self._changes:
            self._demand = changed_demand(self._demand, self._changes)
            self._changes = {}
        return self._demand

    @property
    def household(self) -> Household:
        """The household as it is now; its changes gather too."""
        if self._household_changes:
            self._household = changed_household(self._household, self._household_changes)
            self._household_changes = {}
        return self._household

    def count(self) -> None:
        """Count the household among those that look like it, once in each group however many demands it has."""
        demand, known = self.demand, self.household.groups
        told = [each.group for each in cards(demand.county, demand.industry, demand.amount_yuan)]
        new = [group for group in told if group not in known]
        if new:
            self.counted += new
            self.change_household(groups=(*known, *new))

    def card(self) -> Card:
        """What a bank sees of the demand before it accepts."""
        demand, least = self.demand, self.snapshot.rules.campaign.card_households
        return masked(demand.county, demand.industry, demand.amount_yuan, self._look_alikes, least)

    def _look_alikes(self, group: str) -> int:
        return self.groups.get(group, 0) + (group in self.counted)

    def change_household(self, **fields: Any) -> None:
        self._household_changes.update(fields)

    def restore(self, demand: Demand) -> None:
        """Back to what it was, whatever was changed since."""
        self._demand, self._changes = demand, {}

    def change(self, **fields: Any) -> None:
        self._changes.update(fields)

    def say(self, name: str, **fields: Any) -> None:
        self.said.append(Said(name, fields))

    def say_of(self, referral: Referral, name: str, **fields: Any) -> None:
        self.say(name, referral=referral.id, bank=referral.bank, unit=referral.unit, **fields)

    def put(self, referral: Referral) -> None:
        """Replace a referral by what became of it."""
        kept = tuple(referral if each.id == referral.id else each for each in self.demand.referrals)
        self.change(referrals=kept)

    def clocks_of(self, product: str) -> Clocks:
        """The product's own clocks, or the campaign's; a product that is gone leaves the campaign's."""
        rules = self.snapshot.rules
        found = self.snapshot.product(product)
        return found.clocks if found and found.clocks else rules.campaign.clocks

    def bar(self, bank: str, until: str) -> None:
        self.change(barred={**self.demand.barred, bank: until})

    def forgive(self, *bars: str) -> None:
        """Banks that were left out for one of these reasons may be asked again."""
        barred = self.demand.barred
        if any(until in bars for until in barred.values()):
            self.change(barred={bank: until for bank, until in barred.items() if until not in bars})

    def move(self, unit: str, *, places: int = 0, held_yuan: int = 0, lent_yuan: int = 0) -> None:
        """Places and money taken at a unit, or given back."""
        self._at(unit, Change(places, held_yuan, lent_yuan))

    def record(self, unit: str, *, answered: int = 0, lapsed: int = 0) -> None:
        """A clock of the unit that was kept, or was not."""
        self._at(unit, Change(answered=answered, lapsed=lapsed))

    def _at(self, unit: str, change: Change) -> None:
        self.moves[unit] = self.moves.get(unit, Change()).plus(change)

    def hold(self, referral: Referral, amount_yuan: int) -> Referral:
        """The referral, holding this much of its unit's money from now on."""
        self.move(referral.unit, held_yuan=amount_yuan - referral.held_yuan)
        held = replace(referral, held_yuan=amount_yuan)
        self.put(held)
        return held


def start(docking: Docking, candidate: Candidate, number: int, card: Card) -> Referral:
    """Open one referral: a place at the unit, and a clock; until it accepts the bank sees the card."""
    found, moment = candidate.match, docking.moment
    product = found.product
    held_yuan = docking.demand.amount_yuan or 0
    docking.move(candidate.seat.unit, places=1, held_yuan=held_yuan)
    return Referral(
        id=moment.name(f"{product.bank}/{product.id}"),
        bank=product.bank,
        unit=candidate.seat.unit,
        product=product.id,
        round=number,
        state="open",
        since=moment.now,
        due_at=moment.due(docking.clocks_of(product.id).accept),
        cost_bp=found.cost_bp,
        cost_lines=found.lines,
        estimated_on=moment.today,
        held_yuan=held_yuan,
        added=found.added,
        card=card,
    )


def wind(docking: Docking, referral: Referral, state: str, days: int) -> None:
    """The referral is in this state now, with a new clock of so many working days."""
    fresh = replace(referral, state=state, since=docking.moment.now, due_at=docking.moment.due(days), warned=0, tries=0)
    docking.put(replace(fresh, asks_household=False))


def let_see(docking: Docking, banks: Iterable[str]) -> None:
    """These banks see the household now, each through one referral more."""
    seeing = dict(docking.household.seeing)
    for bank in banks:
        seeing[bank] = seeing.get(bank, 0) + 1
    docking.change_household(seeing=seeing)


def end(docking: Docking, referral: Referral, state: str, decline_code: str | None = None) -> None:
    """A bank no longer has the demand: its place is free, and it no longer sees the household."""
    ended = replace(referral, state=state, due_at=None, asks_household=False, decline_code=decline_code, held_yuan=0)
    docking.put(ended)
    release(docking, referral)


def release(docking: Docking, referral: Referral) -> None:
    """Give the unit's place back, and the household's: its demands that wait for one are looked at again."""
    docking.move(referral.unit, places=-1, held_yuan=-referral.held_yuan)
    household, bank = docking.household, referral.bank
    seeing = {name: count - (name == bank) for name, count in household.seeing.items()}
    woken = [each for each in household.waiting if each != docking.demand.id]
    docking.woken += woken
    docking.change_household(seeing={name: count for name, count in seeing.items() if count > 0}, waiting=())


def recall(docking: Docking, reason: str, *, but: UUID | None = None) -> None:
    """Take the demand back from every bank that has it."""
    for referral in docking.demand.live:
        if referral.id != but:
            end(docking, referral, "recalled")
            docking.say_of(referral, "recalled", reason=reason)


def close(docking: Docking, reason: str) -> None:
    """The end of a demand, for a reason that is said."""
    recall(docking, {"erased": "erased", "funded": "funded_elsewhere"}.get(reason, "withdrawn"))
    leave(docking, "closed")
    docking.change(reason=reason, remedies=(), obstacles=(), asked=None)
    docking.say("closed", reason=reason)


def sleep(docking: Docking, reason: str = "withdrawn") -> None:
    """Nothing more is done before the household says something: one tap revives."""
    recall(docking, reason)
    leave(docking, "dormant")
    docking.say("dormant")


def leave(docking: Docking, label: str) -> None:
    """Into a state that is nobody's turn; closed and funded demands are no longer among the household's open ones."""
    docking.change(label=label, owner=None, turn_due=None, reminders=0, review_on=None)
    household, gone = docking.household, docking.demand.id
    if label != "dormant" and gone in household.demands:
        docking.change_household(
            demands=tuple(each for each in household.demands if each != gone),
            waiting=tuple(each for each in household.waiting if each != gone),
        )


def turn(docking: Docking, label: str, owner: str, due: datetime) -> None:
    """Whose turn it is now, and until when. The same turn goes on under the deadline that it has."""
    before = docking.demand
    if (before.label, before.owner) == (label, owner) and before.turn_due is not None:
        return
    docking.change(label=label, owner=owner, turn_due=due, reminders=0)


def settle(docking: Docking) -> None:
    """Label, owner and deadline of a demand that banks have: the furthest referral says where it stands."""
    live = docking.demand.live
    by_state = {referral.state: referral for referral in reversed(live)}
    rules, moment, household = docking.snapshot.rules, docking.moment, f"household:{docking.demand.household}"
    if granted := by_state.get("granted"):
        if docking.demand.label == "granted":
            return
        turn(docking, "granted", f"bank:{granted.bank}", moment.due(docking.clocks_of(granted.product).decide))
    elif chosen := by_state.get("chosen"):
        docking.change(label="chosen", owner=f"bank:{chosen.bank}", turn_due=None, reminders=0)
    elif "offered" in by_state:
        turn(docking, "offered", household, moment.due(rules.campaign.household_days))
    elif any(referral.asks_household for referral in live):
        turn(docking, "referred", household, moment.due(rules.campaign.household_days))
    else:
        first = min(live, key=lambda each: (each.due_at or moment.now, each.bank))
        docking.change(label="referred", owner=f"bank:{first.bank}", turn_due=None, reminders=0)
