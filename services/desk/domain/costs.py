"""What a loan costs as an example: equal monthly instalments, in whole yuan, estimated and with nothing hidden."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

EXAMPLES = ((50_000, 12), (100_000, 12), (300_000, 24))
"""Amounts in yuan and terms in months that people ask for."""


@dataclass(frozen=True, slots=True)
class Example:
    """One loan: what is paid each month and in all, of it interest and guarantee fee; `yearly_bp` is both as a rate."""

    amount_yuan: int
    term_months: int
    instalment_yuan: int
    interest_yuan: int
    guarantee_yuan: int
    yearly_bp: int


def example(amount_yuan: int, term_months: int, rate_bp: int, guarantee_fee_bp: int = 0) -> Example:
    """Equal instalments at a twelfth of the yearly rate a month; the guarantee's fee is a yearly part of the amount."""
    monthly = Decimal(rate_bp) / 10_000 / 12
    if monthly == 0:
        paid = Decimal(amount_yuan) / term_months
    else:
        paid = amount_yuan * monthly / (1 - (1 + monthly) ** -term_months)
    interest = _whole(paid * term_months - amount_yuan)
    guarantee = _whole(Decimal(amount_yuan) * guarantee_fee_bp * term_months / (10_000 * 12))
    return Example(amount_yuan, term_months, _whole(paid), interest, guarantee, rate_bp + guarantee_fee_bp)


def examples(amount: tuple[int, int], term: tuple[int, int], rate_bp: int, guarantee_fee_bp: int = 0) -> list[Example]:
    """What people ask for, as far as the product gives it: each brought within its amounts (from, to) and terms."""
    found = {(_within(yuan, amount), _within(months, term)) for yuan, months in EXAMPLES}
    return [example(yuan, months, rate_bp, guarantee_fee_bp) for yuan, months in sorted(found)]


def _within(value: int, bounds: tuple[int, int]) -> int:
    return min(max(value, bounds[0]), bounds[1])


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))
