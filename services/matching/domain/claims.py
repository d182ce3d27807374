"""Claims (主张): what a bank or household says it did about a referral. Each is taken, or refused by a named rule.

A function returns the refusal, or None where it has changed the docking. Whether the referral exists, belongs to the
speaker and is still live has been looked at before (`claim`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.matching.domain import money
from services.matching.domain.course import go_on
from services.matching.domain.declining import bar_of
from services.matching.domain.demand import AT_BANKS, LIVE, Plan, Referral
from services.matching.domain.docking import Docking, end, settle, wind
from services.matching.domain.passing_on import passes_on
from services.matching.domain.quota import holds
from services.matching.domain.refusals import Refusal, has_ended, refusal

TRIES = 3
"""Vain attempts to reach a household before it is asked itself."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who said what about which referral, and when: the gate's moment, however late it is taken here.

    `speaks_for`: institutions, or "all"; None for a household's own word.
    """

    what: str
    referral: UUID
    speaks_for: tuple[str, ...] | None
    details: Mapping[str, Any]
    at: datetime


Taking = Callable[[Docking, Referral, Mapping[str, Any]], Refusal | None]


def claim(docking: Docking, said: Claim) -> Refusal | None:
    """Take a claim or refuse it; where it is refused, what the docking holds is to be thrown away."""
    referral = docking.demand.referral(said.referral)
    if referral is None:
        return refusal("no_such_referral")
    if said.speaks_for is not None and not {referral.bank, "all"} & set(said.speaks_for):
        return refusal("not_your_referral")
    label = docking.demand.label
    drawing = said.what in AFTER_FUNDING and label == "funded" and referral.state == "granted"
    if not drawing and (label not in AT_BANKS or referral.state not in LIVE):
        return has_ended(referral.state)
    if said.speaks_for is not None and referral.due_at is not None and said.at > referral.due_at:
        # The clock decides, and not which of claim and lapse happened to be taken first.
        return refusal("clock_ran_out", due=f"{referral.due_at:%Y-%m-%d %H:%M} UTC")
    return CLAIMS[said.what](docking, referral, said.details)


def _accepts(docking: Docking, referral: Referral, _: Mapping[str, Any]) -> Refusal | None:
    if referral.state != "open":
        return refusal("already_accepted")
    wind(docking, referral, "accepted", docking.clocks_of(referral.product).contact)
    docking.record(referral.unit, answered=1)
    docking.say_of(referral, "accepted")
    settle(docking)
    return None


def _tried_contact(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """Reached: the bank's time to decide begins. Three times not, or in doubt: the household is asked itself."""
    outcome = details["outcome"]
    if outcome == "wrong_branch":
        return passes_on(docking, referral, details.get("passed_to"))
    if referral.state == "open":
        return refusal("accept_first")
    if referral.state not in ("accepted", "contacted"):
        return refusal("already_offered")
    if outcome in ("reached", "already_customer"):
        if referral.state == "accepted":
            wind(docking, referral, "contacted", docking.clocks_of(referral.product).decide)
    else:
        tries = referral.tries + 1
        asks = tries >= TRIES or outcome in ("wrong_number", "no_real_demand")
        # A clock stops while we wait for the household.
        docking.put(replace(referral, tries=tries, asks_household=asks, due_at=None if asks else referral.due_at))
    docking.say_of(referral, "contacted", outcome=outcome)
    settle(docking)
    return None


def _confirms_contact(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """The household's word on a contact: the bank goes on to decide, or begins anew to reach it.

    Also unasked: that they have spoken, or that they have not where the bank says so.
    """
    states = ("accepted",) if details["contacted"] else ("contacted",)
    asked = referral.asks_household and referral.state in ("accepted", "contacted")
    if not asked and referral.state not in states:
        return refusal("nothing_to_confirm")
    clocks = docking.clocks_of(referral.product)
    if details["contacted"]:
        wind(docking, referral, "contacted", clocks.decide)
    else:
        wind(docking, referral, "accepted", clocks.contact)
    docking.say_of(referral, "contacted", outcome="confirmed" if details["contacted"] else "denied")
    settle(docking)
    return None


def _offers(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    plan: Plan = details["plan"]
    if referral.state == "open":
        return refusal("accept_first")
    if referral.state not in ("accepted", "contacted"):
        return refusal("already_offered")
    found = money.outside(docking, referral, plan) or holds(docking, referral, plan.amount_yuan)
    if found is not None:
        return found
    referral = docking.hold(referral, plan.amount_yuan)
    docking.put(replace(referral, state="offered", due_at=None, asks_household=False, plan=plan))
    docking.say_of(referral, "offered", plan=plan)
    settle(docking)
    return None


def _declines(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """Only with a code, and the code says whether and when this bank may be asked again."""
    codes = docking.snapshot.rules.decline_codes
    code = codes.get(details["code"])
    if code is None:
        return refusal("unknown_decline_code", codes=", ".join(sorted(codes)))
    direction = details.get("direction")
    if code.needs_direction and (not direction or (code.directions and direction not in code.directions)):
        return refusal("direction_needed", directions=", ".join(code.directions) or "-")
    if referral.state == "granted":
        return refusal("already_granted")
    if referral.state == "open":
        docking.record(referral.unit, answered=1)
    until = bar_of(docking.snapshot.rules, code, direction)
    end(docking, referral, "declined", code.id)
    docking.bar(referral.bank, until)
    docking.say_of(referral, "declined", code=code.id, final=until == "final", direction=direction)
    go_on(docking)
    return None


CLAIMS: Mapping[str, Taking] = {
    "accepts": _accepts,
    "tried_contact": _tried_contact,
    "confirms_contact": _confirms_contact,
    "offers": _offers,
    "declines": _declines,
    "chooses": money.chooses,
    "switches": money.switches,
    "grants": money.grants,
    "disburses": money.disburses,
    "policy_step": money.policy_step,
}
AFTER_FUNDING = ("disburses", "policy_step")
