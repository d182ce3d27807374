"""What matching remembers: of a demand all that it decides on, of a household what holds over all its demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from services.matching.domain.card import Card
from services.matching.domain.facts import Fact
from services.matching.domain.rules import FactValue

LIVE = frozenset({"open", "accepted", "contacted", "offered", "chosen", "granted"})
"""States of a referral in which its bank still has the demand."""
AT_BANKS = frozenset({"referred", "offered", "chosen", "granted"})
WAITING = frozenset({"consent_wanted", "obstructed", "standing"})
"""Labels of a demand that no bank has, and that a change of rules, facts or consent may bring to one."""
ENDED = frozenset({"closed", "funded", "dormant"})
"""Labels that need neither an owner nor a clock."""


class Submitter(NamedTuple):
    """Who handed the demand in, under which number of their own."""

    partner: str
    source_id: str
    channel: str = "partner"
    assisted_by: str | None = None


class CostLine(NamedTuple):
    """One line of what the household really pays, in basis points a year; negative where it saves."""

    item: str
    policy: str | None
    bp: int
    evidence_missing: tuple[str, ...] = ()


class Plan(NamedTuple):
    """A financing plan: what a bank offers."""

    amount_yuan: int
    term_months: int
    rate_bp: int
    instalment_yuan: int | None = None
    subsidies: tuple[str, ...] = ()


class Step(NamedTuple):
    """One thing to do. `days` are working days, or for an adjustment what it counts as."""

    kind: str
    fact: str
    target: FactValue | None = None
    obstacle: str | None = None
    acts: str = "household"
    days: int = 0
    on: date | None = None


class Remedy(NamedTuple):
    """条件处方: do these, in about so many working `days`, and `products` open; the best costs `best_rate_bp`."""

    steps: tuple[Step, ...]
    days: int
    products: int
    best_product: str | None = None
    best_rate_bp: int | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """An accepted version of the consent text, with the banks that one-tap answers added."""

    version: str
    boxes: tuple[str, ...]
    given_at: datetime
    expires_on: date
    added_banks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Referral:
    """推荐: one demand at one bank. `since` to `due_at` is its running clock; without `due_at` no clock runs.

    The cost is an estimate as of `estimated_on`. `warned` is the share of the clock of which the bank was told, `tries`
    its vain attempts to reach the household, and `asks_household` says that it cannot go on before the household has
    answered. `held_yuan` is what it holds of its unit's money quota, `added` what a later round brought in for it (the
    institution that guarantees, and its policies), `card` all that its bank sees before it accepts.
    """

    id: UUID
    bank: str
    unit: str
    product: str
    round: int
    state: str
    since: datetime
    due_at: datetime | None
    cost_bp: int
    cost_lines: tuple[CostLine, ...] = ()
    warned: int = 0
    tries: int = 0
    asks_household: bool = False
    plan: Plan | None = None
    decline_code: str | None = None
    estimated_on: date | None = None
    held_yuan: int = 0
    added: tuple[str, ...] = ()
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """融资需求 with its docking. `label` is the one word it is counted by, `owner` whose turn it is (`kind:id`).

    `barred`: banks not to be asked again, and until when: `final`, `household`, `not_chosen` (until the household
    leaves the offer that it chose), `lapsed` and `wait:<fact>` (forgiven at a review), `obstacle:<code>`,
    `adjust:<fact>`, `supply:<fact>`. `policy_steps`: by `bank/policy` how far it is.
    `turn_due` is the deadline of an owner that is no bank. `rounds_from` is the round after which rounds are counted:
    what changes the demand gives it all its rounds anew. `alone`: its household removes the obstacles by itself,
    because its consent lets no authority see them. `decided_by` is the event whose decision made it what it is: the
    journal knows when, and by which release.
    """

    id: UUID
    household: UUID
    submitter: Submitter
    county: str
    kind: str = "loan"
    industry: str | None = None
    amount_yuan: int | None = None
    facts: dict[str, Fact] = field(default_factory=dict)
    named_bank: str | None = None
    excluded_banks: tuple[str, ...] = ()
    simulated: bool = False
    label: str = ""
    owner: str | None = None
    turn_due: datetime | None = None
    reminders: int = 0
    round: int = 0
    rounds_from: int = 0
    referrals: tuple[Referral, ...] = ()
    barred: dict[str, str] = field(default_factory=dict)
    unremovable: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    obstacles: tuple[str, ...] = ()
    alone: bool = False
    asked: tuple[str, str] | None = None
    review_on: date | None = None
    reason: str | None = None
    granted_yuan: int = 0
    draws: tuple[str, ...] = ()
    disbursed_yuan: int = 0
    evidence: tuple[str, ...] = ()
    decided_by: UUID | None = None
    policy_steps: dict[str, str] = field(default_factory=dict)

    @property
    def live(self) -> tuple[Referral, ...]:
        """The referrals whose bank still has the demand; once it is funded or closed, none."""
        if self.label not in AT_BANKS:
            return ()
        return tuple(referral for referral in self.referrals if referral.state in LIVE)

    def referral(self, identifier: UUID) -> Referral | None:
        return next((referral for referral in self.referrals if referral.id == identifier), None)


@dataclass(frozen=True, slots=True)
class Household:
    """个体工商户: consent, limit, and which banks see it now, each through how many referrals of all its demands.

    `groups`: the groups of look-alikes on masked cards in which it has been counted, each once.
    """

    id: UUID
    consent: Consent | None = None
    bank_limit: int | None = None
    revoked: bool = False
    erased: bool = False
    seeing: dict[str, int] = field(default_factory=dict)
    demands: tuple[UUID, ...] = ()
    waiting: tuple[UUID, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        if self.erased:
            return "erased"
        return "without_consent" if self.consent is None or self.revoked else "consented"

    @property
    def owner(self) -> str | None:
        return None


_demand_values, _household_values = (attrgetter(*(each.name for each in fields(kind))) for kind in (Demand, Household))
_demand_place, _household_place = (
    {each.name: place for place, each in enumerate(fields(kind))} for kind in (Demand, Household)
)


def changed_demand(demand: Demand, changes: Mapping[str, Any]) -> Demand:
    """`dataclasses.replace` in half the time, by position: a demand changes several times in most events."""
    values = list(_demand_values(demand))
    for name, value in changes.items():
        values[_demand_place[name]] = value
    return Demand(*values)


def changed_household(household: Household, changes: Mapping[str, Any]) -> Household:
    """The same for a household."""
    values = list(_household_values(household))
    for name, value in changes.items():
        values[_household_place[name]] = value
    return Household(*values)
