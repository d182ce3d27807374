"""到手成本: what the household really pays, an annual simple rate in basis points, line by line.

Integers only, and every saving is rounded down: an estimate never promises more than it gives.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from services.matching.domain.demand import CostLine
from services.matching.domain.rules import Policy, Product


def in_force(policy: Policy, today: date) -> bool:
    """Whether its window is open; both ends belong to it."""
    return policy.valid_from <= today and (policy.valid_to is None or today <= policy.valid_to)


def cost(product: Product, amount_yuan: int, policies: Iterable[Policy]) -> tuple[int, tuple[CostLine, ...]]:
    """The sum and its lines. `policies` are those that the household meets and whose window is open."""
    lines = [CostLine("rate", None, product.rate_bp)]
    if product.guarantee_fee_bp:
        lines.append(CostLine("guarantee_fee", None, product.guarantee_fee_bp))
    rate_left, fee_left = product.rate_bp, product.guarantee_fee_bp
    for policy in policies:
        saved = min(_share(policy, amount_yuan, _off_rate(policy, product)), max(rate_left, 0))
        waived = min(_share(policy, amount_yuan, policy.fee_cut_bp), fee_left)
        rate_left, fee_left = rate_left - saved, fee_left - waived
        if saved:
            lines.append(CostLine("subsidy", policy.id, -saved, policy.evidence))
        if waived:
            lines.append(CostLine("fee_waiver", policy.id, -waived, policy.evidence))
    return rate_left + fee_left, tuple(lines)


class Estimate(NamedTuple):
    """What a loan comes to, in whole yuan: what it costs beside its own amount, and each month's equal instalment."""

    cost_yuan: int
    instalment_yuan: int


def estimate(amount_yuan: int, term_months: int, cost_bp: int) -> Estimate | None:
    """At a simple annual rate, in equal monthly parts; both rounded up. None where nothing is lent.

    An estimate: the bank decides on rate and way of repayment, and says so in its offer.
    """
    if amount_yuan <= 0 or term_months <= 0:
        return None
    cost_yuan = -(-amount_yuan * cost_bp * term_months // 120_000)
    return Estimate(cost_yuan, -(-(amount_yuan + cost_yuan) // term_months))


def still_missing(lines: Iterable[CostLine], evidence: tuple[str, ...]) -> tuple[CostLine, ...]:
    """The lines with the evidence that has come in taken off."""
    if not evidence:
        return tuple(lines)
    return tuple(
        line._replace(evidence_missing=tuple(kind for kind in line.evidence_missing if kind not in evidence))
        for line in lines
    )


def _off_rate(policy: Policy, product: Product) -> int:
    return policy.rate_cut_bp + max(product.rate_bp, 0) * policy.interest_share_percent // 100


def _share(policy: Policy, amount_yuan: int, basis_points: int) -> int:
    """A saving on the first `base_cap_yuan` of the loan, spread over all of it."""
    cap = policy.base_cap_yuan
    if cap is None or amount_yuan <= cap or not basis_points:
        return basis_points
    return basis_points * cap // amount_yuan
