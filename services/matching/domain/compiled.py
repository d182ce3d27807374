"""A product as the engine holds it: what it asks by fact, and its tariff, which products with the same terms share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from services.matching.domain.asked import parts_of
from services.matching.domain.cost import cost
from services.matching.domain.demand import CostLine
from services.matching.domain.rules import Criterion, FactRule, Policy, Product

Priced = tuple[int, tuple[CostLine, ...]]
NO_CAP = 1 << 60
CACHED = 20_000


class Tariff:
    """Rate, guarantee fee and policies: all that a price depends on beside the amount and which policies are met.

    `mask`: the bits of its policies. Below `least_cap` the amount changes nothing.
    """

    __slots__ = ("_found", "_priced", "gross_bp", "least_cap", "mask", "plain", "policies")

    def __init__(self, priced: Product, policies: Sequence[tuple[int, Policy]]) -> None:
        self._priced = priced
        self.policies = tuple(policies)
        self.mask = sum({bit for bit, _ in policies})
        self.least_cap = min(
            (each.base_cap_yuan for _, each in policies if each.base_cap_yuan is not None), default=NO_CAP
        )
        self.gross_bp = priced.rate_bp + priced.guarantee_fee_bp
        self.plain: Priced = cost(priced, 1, ())
        self._found: dict[int | tuple[int, int], Priced] = {}

    def price(self, met: int, amount_yuan: int) -> Priced:
        """The sum and its lines, where `met` are the bits of the policies that are met and in force."""
        met &= self.mask
        if not met:
            return self.plain
        key: int | tuple[int, int] = met if amount_yuan <= self.least_cap else (met, amount_yuan)
        found = self._found.get(key)
        if found is None:
            found = cost(self._priced, amount_yuan, [policy for bit, policy in self.policies if bit & met])
            if len(self._found) >= CACHED:
                self._found.clear()
            self._found[key] = found
        return found


class Ask:
    """All that one product asks of one fact. Equal ones are one object, so it can be compared by identity."""

    __slots__ = ("criteria", "fact", "parts")

    def __init__(self, fact: str, criteria: tuple[Criterion, ...], rule: FactRule) -> None:
        self.fact, self.criteria = fact, criteria
        self.parts = tuple(dict.fromkeys(parts_of(rule, criteria)))


class Compiled:
    """A product with what the engine asks of it. `rank`: the more special first, then by id; `key`: its place among
    all products, by gross cost first."""

    __slots__ = ("_by_fact", "asks", "fit", "gross_bp", "product", "rank", "tariff")

    def __init__(self, product: Product, asks: tuple[Ask, ...], tariff: Tariff) -> None:
        self.product, self.asks, self.tariff, self.gross_bp = product, asks, tariff, tariff.gross_bp
        self.fit = sum(each.op in ("in", "any_of") for each in product.criteria) + product.special
        self.rank = (-self.fit, product.id)
        self._by_fact: dict[str, Ask] | None = None

    @property
    def key(self) -> tuple[int, tuple[int, str]]:
        return self.gross_bp, self.rank

    @property
    def by_fact(self) -> dict[str, Ask]:
        """What it asks, by the fact's name. Made when first needed: of most products it never is."""
        if self._by_fact is None:
            self._by_fact = {ask.fact: ask for ask in self.asks}
        return self._by_fact


class Saving(NamedTuple):
    """The most that a set of policies can save: so many percent of the gross rate, and so many basis points."""

    percent: int
    cut_bp: int


def most_saved(met: Iterable[Policy]) -> Saving:
    """A bound from above: caps and rounding only make it less."""
    policies = list(met)
    percent = sum(policy.interest_share_percent for policy in policies)
    return Saving(min(percent, 100), sum(policy.rate_cut_bp + policy.fee_cut_bp for policy in policies))


def dearest_worth(savings: Iterable[Saving], cost_bp: int) -> int:
    """The highest gross rate at which something may still come to `cost_bp` or less."""
    most = cost_bp
    for percent, cut in savings:
        most = max(most, NO_CAP if percent >= 100 else (cost_bp + cut) * 100 // (100 - percent) + 1)
    return most


def windows(policies: Iterable[tuple[int, Policy]], today: date) -> int:
    """The bits of the policies whose window is open; both ends belong to it."""
    return sum(
        bit
        for bit, policy in policies
        if policy.valid_from <= today and (policy.valid_to is None or today <= policy.valid_to)
    )
