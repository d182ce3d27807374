"""The table: which type of event on which topic leads to which decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.matching.domain.claims import Claim, claim
from services.matching.domain.clocks import time_passed
from services.matching.domain.docking import Docking, close
from services.matching.domain.inputs import (
    case_cleared,
    case_moved,
    case_refused,
    demand_said,
    reconsider,
)
from services.matching.domain.refusals import Refusal
from services.matching.handlers.hearing import demand_of, facts_of, plan_of
from shared.contracts import actions, capacity, cases, clock, demands, households
from shared.contracts.envelope import Data
from shared.contracts.topics import ACTIONS, CAPACITY, CASES, CLOCK, DEMANDS, HOUSEHOLDS
from shared.decision import Taken

CLOCK_KIND = "clock"
"""The one deadline of a demand's own clocks."""
RE_EVALUATE = "re-evaluate"
"""Due at once: something around the demand has changed."""
WAIT = "wait"
"""A day on which time alone opens a product, while somebody else is at work on an obstacle."""

Decide = Callable[[Docking, Taken], Refusal | None]


def _demand_said(*, anew: bool = False, spoken: bool = True) -> Decide:
    def decide(docking: Docking, taken: Taken) -> None:
        data: demands.DemandData = taken.event.data
        # A first word is all news; later ones say what they are about, or nothing new (merged, revived, reopened).
        first = isinstance(data, demands.Accepted) or not docking.demand.label
        news = None if first else frozenset(getattr(data, "changed", ()))
        demand_said(docking, demand_of(data.summary, taken.event.time, news), anew=anew, spoken=spoken)

    return decide


def _withdrawn(docking: Docking, _: Taken) -> None:
    if docking.demand.label not in ("closed", "funded"):
        close(docking, "withdrawn")


def _evidence(docking: Docking, taken: Taken) -> None:
    """A paper has come in: the cost card no longer lists it as missing."""
    docking.change(evidence=tuple(dict.fromkeys((*docking.demand.evidence, taken.event.data.kind))))


def _cleared(docking: Docking, taken: Taken) -> None:
    data: cases.Cleared = taken.event.data
    case_cleared(docking, data.obstacle, facts_of(data.facts))


def _case_refused(docking: Docking, taken: Taken) -> None:
    case_refused(docking, taken.event.data.obstacle)


def _case_moved(docking: Docking, taken: Taken) -> None:
    data: cases.CaseData = taken.event.data
    obstacle = docking.snapshot.rules.obstacles.get(data.obstacle)
    case_moved(docking, data.obstacle, data.authority, obstacle.days if obstacle else 0)


def _time(docking: Docking, taken: Taken) -> None:
    data: clock.DeadlinePassed = taken.event.data
    if data.kind in (RE_EVALUATE, WAIT):
        reconsider(docking)
    else:
        # Never judged before it was due, whatever two processes' clocks say.
        time_passed(docking, max(docking.moment.now, data.due_at))


def _bank(what: str, details: Callable[[Any], Mapping[str, Any]] = lambda data: {}) -> Decide:
    def decide(docking: Docking, taken: Taken) -> Refusal | None:
        data: actions.ReferralClaim = taken.event.data
        return claim(docking, Claim(what, data.referral, tuple(data.speaks_for), details(data), taken.event.time))

    return decide


def _household(what: str, details: Callable[[Any], Mapping[str, Any]] = lambda data: {}) -> Decide:
    """What the gate lets a household say is its own word: it speaks for no bank."""

    def decide(docking: Docking, taken: Taken) -> Refusal | None:
        data: actions.ReferralClaim = taken.event.data
        return claim(docking, Claim(what, data.referral, None, details(data), taken.event.time))

    return decide


def _fields(*names: str) -> Callable[[Any], Mapping[str, Any]]:
    return lambda data: {name: getattr(data, name) for name in names}


def _plan(data: actions.BankOffers) -> Mapping[str, Any]:
    return {"plan": plan_of(data.plan)}


OF_A_DEMAND: Mapping[type[Data], Decide] = {
    demands.Accepted: _demand_said(),
    demands.Corrected: _demand_said(),
    demands.FactsSupplied: _demand_said(),
    demands.Adjusted: _demand_said(),
    demands.Merged: _demand_said(spoken=False),
    demands.Revived: _demand_said(anew=True),
    demands.Reopened: _demand_said(anew=True),
    demands.Withdrawn: _withdrawn,
    demands.EvidenceAttached: _evidence,
    actions.BankAccepts: _bank("accepts"),
    actions.BankTriedContact: _bank("tried_contact", _fields("outcome", "passed_to")),
    actions.BankOffers: _bank("offers", _plan),
    actions.BankDeclines: _bank("declines", _fields("code", "direction")),
    actions.BankGrants: _bank("grants", _fields("amount_yuan", "rate_bp")),
    actions.BankDisburses: _bank("disburses", _fields("amount_yuan", "number", "on")),
    actions.PolicyStep: _household("policy_step", _fields("policy", "step", "amount_yuan")),
    actions.HouseholdChooses: _household("chooses"),
    actions.HouseholdSwitches: _household("switches"),
    actions.HouseholdConfirmsContact: _household("confirms_contact", _fields("contacted")),
    cases.Cleared: _cleared,
    cases.Refused: _case_refused,
    cases.Opened: _case_moved,
    cases.Filed: _case_moved,
    cases.Transferred: _case_moved,
    clock.MatchingDeadlinePassed: _time,
}
FIRST_WORD = _demand_said()
"""What the gate says of a demand that never came here is its first word, whatever it was meant to be (but its end)."""
OF_A_HOUSEHOLD: Sequence[type[Data]] = (
    households.ContactConfirmed,
    households.ConsentGiven,
    households.ConsentRevoked,
    households.ConsentExpired,
    households.OperatorChanged,
    households.Erased,
)


def _on(events: Sequence[type[Data]]) -> tuple[type[Data], ...]:
    return tuple(data for data in events if data in OF_A_DEMAND)


HANDLED: Mapping[str, Sequence[type[Data]]] = {
    HOUSEHOLDS: OF_A_HOUSEHOLD,
    DEMANDS: _on(demands.EVENTS),
    ACTIONS: _on(actions.EVENTS),
    CASES: _on(cases.EVENTS),
    CLOCK: _on(clock.EVENTS),
    CAPACITY: (capacity.LimitDeclared,),
}
