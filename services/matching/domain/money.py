"""授信与用信: an offer is chosen or left, granted, drawn; a policy applied for, granted, paid. See claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.matching.domain.course import go_on
from services.matching.domain.demand import Plan, Referral
from services.matching.domain.docking import Docking, end, leave, recall, release, settle, wind
from services.matching.domain.quota import holds
from services.matching.domain.refusals import Refusal, refusal

DRAWS_REMEMBERED = 50
NOT_CHOSEN = "not_chosen"
"""Why a bank is not asked again: another offer was chosen. It may be, once the household leaves that one."""


def outside(docking: Docking, referral: Referral, plan: Plan) -> Refusal | None:
    """An offer must lie within the product as it is today, and name policies that it has."""
    product = docking.snapshot.product(referral.product)
    if product is None:
        return None
    strangers = set(plan.subsidies) - set(product.policies)
    if strangers:
        return refusal("unknown_policy", policies=", ".join(product.policies) or "-")
    amounts, months = product.amounts, product.terms
    inside = amounts[0] <= plan.amount_yuan <= amounts[1] and months[0] <= plan.term_months <= months[1]
    if product.amount_max and not inside:
        return refusal("plan_outside_product", amounts=f"{amounts[0]}-{amounts[1]}", months=f"{months[0]}-{months[1]}")
    return None


def chooses(docking: Docking, referral: Referral, _: Mapping[str, Any]) -> Refusal | None:
    """One offer is taken; the other offers are not, and banks that have made none are told to stop."""
    if referral.state != "offered":
        return refusal("not_offered")
    for other in docking.demand.live:
        if other.state == "offered" and other.id != referral.id:
            end(docking, other, "not_chosen")
            docking.bar(other.bank, NOT_CHOSEN)
            docking.say_of(other, "not_chosen")
    recall(docking, "funded_elsewhere", but=referral.id)
    wind(docking, referral, "chosen", docking.clocks_of(referral.product).decide)
    docking.say_of(referral, "chosen")
    settle(docking)
    return None


def switches(docking: Docking, referral: Referral, _: Mapping[str, Any]) -> Refusal | None:
    """Away from this bank, at any time before the money has come. The banks that lost to it may be asked again."""
    end(docking, referral, "not_chosen")
    docking.forgive(NOT_CHOSEN)
    docking.bar(referral.bank, "household")
    docking.change(granted_yuan=0)
    docking.say_of(referral, "switched")
    go_on(docking)
    return None


def grants(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """授信, on the terms of the offer or better ones."""
    if referral.state == "granted":
        return refusal("already_granted")
    if referral.state != "chosen":
        return refusal("choose_first" if referral.state == "offered" else "offer_first")
    plan, amount, rate = referral.plan, details["amount_yuan"], details["rate_bp"]
    if plan and (rate > plan.rate_bp or amount < plan.amount_yuan):
        return refusal("above_offer", amount=plan.amount_yuan, rate=plan.rate_bp)
    found = holds(docking, referral, amount)
    if found is not None:
        return found
    docking.put(replace(docking.hold(referral, amount), state="granted", due_at=None))
    docking.change(granted_yuan=amount)
    docking.say_of(referral, "granted", amount_yuan=amount, rate_bp=rate)
    settle(docking)
    return None


def disburses(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """用信: the first one means that money has reached the household; of a revolving line more may follow."""
    number, demand = details["number"], docking.demand
    if referral.state != "granted":
        return refusal("grant_first")
    if number in demand.draws:
        return refusal("draw_reported", number=number)
    if details["amount_yuan"] > demand.granted_yuan:
        return refusal("above_grant", amount=demand.granted_yuan)
    docking.change(
        draws=(*demand.draws, number)[-DRAWS_REMEMBERED:],
        disbursed_yuan=demand.disbursed_yuan + details["amount_yuan"],
    )
    docking.say_of(referral, "disbursed", amount_yuan=details["amount_yuan"], number=number, on=details["on"])
    if demand.label != "funded":
        # The place is free; the money is lent, and counts against the unit's quota from now on.
        release(docking, referral)
        docking.move(referral.unit, lent_yuan=referral.held_yuan)
        docking.put(replace(referral, held_yuan=0))
        leave(docking, "funded")
        docking.say("funded")
    return None


def policy_step(docking: Docking, referral: Referral, details: Mapping[str, Any]) -> Refusal | None:
    """A policy of the product was applied for, granted or paid: in this order, whoever says it."""
    if referral.state not in ("offered", "chosen", "granted"):
        return refusal("offer_first")
    product, policy, step = docking.snapshot.product(referral.product), details["policy"], details["step"]
    if product and policy not in product.policies:
        return refusal("unknown_policy", policies=", ".join(product.policies) or "-")
    key = f"{referral.bank}/{policy}"
    before = docking.demand.policy_steps.get(key)
    allowed = {None: "applied", "applied": "granted"}.get(before, "paid")
    if step != allowed:
        return refusal("policy_order", before=before or "-", allowed=allowed)
    docking.change(policy_steps={**docking.demand.policy_steps, key: step})
    docking.say_of(referral, "policy_moved", policy=policy, step=step, amount_yuan=details.get("amount_yuan"))
    return None
