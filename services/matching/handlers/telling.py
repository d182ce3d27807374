"""From what was decided to the events on `freshwater.referrals.v1`, each with the demand's summary at that revision."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from services.matching.domain.alarms import due_at
from services.matching.domain.card import Card
from services.matching.domain.cost import estimate, still_missing
from services.matching.domain.demand import CostLine, Demand, Plan, Referral, Remedy, Step
from services.matching.domain.docking import Said
from services.matching.domain.facts import ON_OFFER
from shared.contracts import referrals, values
from shared.contracts.envelope import Data
from shared.contracts.topics import REFERRALS
from shared.decision import Emit

EVENTS: dict[str, type[Data]] = {
    "round_opened": referrals.RoundOpened,
    "consent_requested": referrals.ConsentRequested,
    "near_due": referrals.NearDue,
    "recalled": referrals.Recalled,
    "accepted": referrals.Accepted,
    "contacted": referrals.Contacted,
    "offered": referrals.Offered,
    "declined": referrals.Declined,
    "lapsed": referrals.Lapsed,
    "chosen": referrals.Chosen,
    "not_chosen": referrals.NotChosen,
    "switched": referrals.Switched,
    "granted": referrals.Granted,
    "disbursed": referrals.Disbursed,
    "policy_moved": referrals.PolicyMoved,
    "obstructed": referrals.Obstructed,
    "facts_requested": referrals.FactsRequested,
    "standing": referrals.Standing,
    "dormant": referrals.Dormant,
    "reminded": referrals.Reminded,
    "funded": referrals.Funded,
    "closed": referrals.Closed,
    "refused": referrals.ActionRefused,
}


def emits(said: Sequence[Said], demand: Demand, revision: int) -> tuple[Emit, ...]:
    """One event for each thing said, all with the same summary: the state at this revision."""
    if not said:
        return ()
    summary = summary_of(demand)
    return tuple(
        Emit(
            REFERRALS,
            EVENTS[each.name].model_validate({"summary": summary, **_plain(each.fields)}),
            demand.household,
            demand.id,
            revision,
            simulated=demand.simulated,
        )
        for each in said
    )


def summary_of(demand: Demand) -> referrals.ReferralSummary:
    """Matching's view of a demand, validated once as a whole: each part by itself takes three times as long."""
    submitter = demand.submitter
    kind, _, identifier = (demand.owner or "").partition(":")
    return referrals.ReferralSummary.model_validate(
        {
            "demand": demand.id,
            "household": demand.household,
            "submitter": submitter._asdict(),
            "county": demand.county,
            "industry": demand.industry,
            "amount_yuan": demand.amount_yuan,
            "state": demand.label,
            "round": demand.round,
            "referrals": [_referral(each, demand) for each in demand.referrals],
            "remedies": [_remedy(each) for each in demand.remedies],
            "owner": {"kind": kind, "id": identifier} if kind else None,
            "due_at": due_at(demand),
            "granted_yuan": demand.granted_yuan,
            "disbursed_yuan": demand.disbursed_yuan,
            "simulated": demand.simulated,
        }
    )


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _plan(value) if isinstance(value, Plan) else value for name, value in fields.items()}


def _referral(referral: Referral, demand: Demand) -> dict[str, Any]:
    term = demand.facts.get("term_months")
    months = term.value if term is not None and isinstance(term.value, int) else 0
    costs = estimate(demand.amount_yuan or 0, months, referral.cost_bp)
    return {
        "id": referral.id,
        "bank": referral.bank,
        "unit": referral.unit,
        "product": referral.product,
        "round": referral.round,
        "state": referral.state,
        "due_at": referral.due_at,
        "cost_bp": referral.cost_bp,
        "cost_lines": [_line(each) for each in still_missing(referral.cost_lines, demand.evidence)],
        "cost_yuan": costs.cost_yuan if costs else None,
        "instalment_yuan": costs.instalment_yuan if costs else None,
        "estimated_on": referral.estimated_on,
        "plan": _plan(referral.plan) if referral.plan else None,
        "decline_code": referral.decline_code,
        "added": list(referral.added),
        "card": _card(referral.card) if referral.card else None,
    }


@lru_cache(maxsize=4096)
def _line(line: CostLine) -> values.CostLine:
    """Products and policies are few: their lines are made once."""
    return values.CostLine.model_validate({**line._asdict(), "evidence_missing": list(line.evidence_missing)})


def _card(card: Card) -> dict[str, Any]:
    """`amount_to` is open in the highest band, and both are left out where the amount is not told."""
    return card._asdict()


def _plan(plan: Plan) -> dict[str, Any]:
    return {**plan._asdict(), "subsidies": list(plan.subsidies)}


def _remedy(remedy: Remedy) -> dict[str, Any]:
    return {
        "steps": [_step(each) for each in remedy.steps],
        "products": remedy.products,
        "best_product": remedy.best_product,
        "best_rate_bp": remedy.best_rate_bp,
    }


def _target(step: Step) -> Any:
    """The value that would pass. A product's window has no value: it opens `on` a day."""
    if step.fact == ON_OFFER:
        return None
    return list(step.target) if isinstance(step.target, tuple) else step.target


def _step(step: Step) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "fact": step.fact,
        "target": _target(step),
        "obstacle": step.obstacle,
        "acts": step.acts,
        # An adjustment's days only rank it; nobody is promised them.
        "working_days": step.days if step.kind == "clear" else None,
        "on": step.on,
    }
