"""Claims (主张): what a bank or household says it did about a referral. Each is taken, or refused by a named rule.

A function returns the refusal, or None where it has changed the docking. Whether the referral exists, belongs to the
speaker and is still live has been looked at before (`claim`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.matching.domain.course import evaluate
from services.matching.domain.demand import AT_BANKS, LIVE, Plan, Referral
from services.matching.domain.docking import Docking, end, leave, recall, release, settle
from services.matching.domain.refusals import Refusal, refusal

TRIES = 3
"""Vain attempts to reach a household before it is asked itself."""
DRAWS_REMEMBERED = 50


@dataclass(frozen=True, slots=True)
class Claim:
    """Who says what about which referral. `speaks_for`: institutions, or "all"; None for a household's own word."""

    what: str
    referral: UUID
    speaks_for: tuple[str, ...] | None
    details: Mapping[str, Any]


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
        return refusal("referral_ended", state=referral.state)
    return CLAIMS[said.what](docking, referral, said.details)


def _accepts(docking: Docking, referral: Referral, _: Mapping[str, Any]) -> Refusal | None:
    if referral.state != "open":
        return refusal("already_accepted")
    _clock(docking, referral, "accepted", docking.clocks_of(referral.product).contact)
    docking.say_of(referral, "accepted")
    settle(docking)
    return None


def _tried_contact(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """Reached: the bank's time to decide begins. Three times not, or in doubt: the household is asked itself."""
    outcome = details["outcome"]
    if referral.state == "open":
        return refusal("accept_first")
    if referral.state not in ("accepted", "contacted"):
        return refusal("already_offered")
    if outcome in ("reached", "already_customer"):
        if referral.state == "accepted":
            _clock(docking, referral, "contacted", docking.clocks_of(referral.product).decide)
    elif outcome != "wrong_branch":
        tries = referral.tries + 1
        asks = tries >= TRIES or outcome in ("wrong_number", "no_real_demand")
        # A clock stops while we wait for the household.
        docking.put(replace(referral, tries=tries, asks_household=asks, due_at=None if asks else referral.due_at))
    docking.say_of(referral, "contacted", outcome=outcome)
    settle(docking)
    return None


def _confirms_contact(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """The household's word on a contact: the bank goes on to decide, or begins anew to reach it."""
    if referral.state not in ("accepted", "contacted"):
        return refusal("nothing_to_confirm")
    clocks = docking.clocks_of(referral.product)
    if details["contacted"]:
        _clock(docking, referral, "contacted", clocks.decide)
    else:
        _clock(docking, referral, "accepted", clocks.contact)
    docking.say_of(referral, "contacted", outcome="confirmed" if details["contacted"] else "denied")
    settle(docking)
    return None


def _offers(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    plan: Plan = details["plan"]
    if referral.state == "open":
        return refusal("accept_first")
    if referral.state not in ("accepted", "contacted"):
        return refusal("already_offered")
    product = docking.snapshot.product(referral.product)
    if product and product.amount_max and not 0 < plan.amount_yuan <= product.amount_max:
        return refusal("plan_outside_product", amount=product.amount_max)
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
    if code.needs_direction and not details.get("direction"):
        return refusal("direction_needed")
    if referral.state == "granted":
        return refusal("already_granted")
    until = {
        "obstacle": f"obstacle:{code.obstacle}",
        "adjust": f"adjust:{code.fact}",
        "supply": f"supply:{code.fact}",
    }.get(code.leads_to, "final")
    end(docking, referral, "declined", code.id)
    docking.bar(referral.bank, until)
    docking.say_of(referral, "declined", code=code.id, final=until == "final")
    go_on(docking)
    return None


def _chooses(docking: Docking, referral: Referral, _: Mapping[str, Any]) -> Refusal | None:
    """One offer is taken; the other offers are not, and banks that have made none are told to stop."""
    if referral.state != "offered":
        return refusal("not_offered")
    for other in docking.demand.live:
        if other.state == "offered" and other.id != referral.id:
            end(docking, other, "not_chosen")
            docking.bar(other.bank, "household")
            docking.say_of(other, "not_chosen")
    recall(docking, "funded_elsewhere", but=referral.id)
    _clock(docking, referral, "chosen", docking.clocks_of(referral.product).decide)
    docking.say_of(referral, "chosen")
    settle(docking)
    return None


def _switches(docking: Docking, referral: Referral, _: Mapping[str, Any]) -> Refusal | None:
    """Away from this bank, at any time before the money has come."""
    end(docking, referral, "not_chosen")
    docking.bar(referral.bank, "household")
    docking.change(granted_yuan=0)
    docking.say_of(referral, "switched")
    go_on(docking)
    return None


def _grants(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """授信, on the terms of the offer or better ones."""
    if referral.state == "granted":
        return refusal("already_granted")
    if referral.state != "chosen":
        return refusal("choose_first" if referral.state == "offered" else "offer_first")
    plan, amount, rate = referral.plan, details["amount_yuan"], details["rate_bp"]
    if plan and rate > plan.rate_bp:
        return refusal("above_offer", amount=plan.amount_yuan, rate=plan.rate_bp)
    docking.put(replace(referral, state="granted", due_at=None))
    docking.change(granted_yuan=amount)
    docking.say_of(referral, "granted", amount_yuan=amount, rate_bp=rate)
    settle(docking)
    return None


def _disburses(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """用信: the first one means that money has reached the household; of a revolving line more may follow."""
    number, demand = details["number"], docking.demand
    if referral.state != "granted":
        return refusal("grant_first")
    if number in demand.draws:
        return refusal("draw_reported", number=number)
    docking.change(
        draws=(*demand.draws, number)[-DRAWS_REMEMBERED:],
        disbursed_yuan=demand.disbursed_yuan + details["amount_yuan"],
    )
    docking.say_of(referral, "disbursed", amount_yuan=details["amount_yuan"], number=number, on=details["on"])
    if demand.label != "funded":
        release(docking, referral)
        leave(docking, "funded")
        docking.say("funded")
    return None


def _policy_step(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """A policy of the product was applied for, granted or paid."""
    if referral.state not in ("offered", "chosen", "granted"):
        return refusal("offer_first")
    product = docking.snapshot.product(referral.product)
    if product and details["policy"] not in product.policies:
        return refusal("unknown_policy", policies=", ".join(product.policies) or "-")
    fields = {name: details.get(name) for name in ("policy", "step", "amount_yuan")}
    docking.say_of(referral, "policy_moved", **fields)
    return None


def _clock(docking: Docking, referral: Referral, state: str, days: int) -> None:
    """The referral is in this state now, with a new clock of so many working days."""
    moment = docking.moment
    docking.put(
        replace(
            referral,
            state=state,
            since=moment.now,
            due_at=moment.due(days),
            warned=0,
            tries=0,
            asks_household=False,
        )
    )


def go_on(docking: Docking) -> None:
    """A referral has ended: the other banks of the round go on, and after the last of them the next course is taken."""
    if docking.demand.live:
        settle(docking)
    else:
        evaluate(docking, answer=True)


CLAIMS: Mapping[str, Taking] = {
    "accepts": _accepts,
    "tried_contact": _tried_contact,
    "confirms_contact": _confirms_contact,
    "offers": _offers,
    "declines": _declines,
    "chooses": _chooses,
    "switches": _switches,
    "grants": _grants,
    "disburses": _disburses,
    "policy_step": _policy_step,
}
AFTER_FUNDING = ("disburses", "policy_step")
