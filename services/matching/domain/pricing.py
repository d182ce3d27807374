"""The cheapest of many: products in the order of their gross cost, looked at until nothing can come cheaper."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

from services.matching.domain.answers import Answers
from services.matching.domain.asked import Part, parts_of, table_of
from services.matching.domain.compiled import Compiled, Saving, dearest_worth, most_saved, windows
from services.matching.domain.demand import CostLine
from services.matching.domain.index import Index
from services.matching.domain.question import keep
from services.matching.domain.rules import Product
from services.matching.domain.segment import Segment

Lot = tuple[Segment, int]
"""Some products of a segment."""
Found = tuple[int, tuple[int, str], Compiled]
"""Cost, then the product's rank: the total order of products. Behind it the product."""


class Match(NamedTuple):
    """A product that a demand meets, and what it would cost. `added`: with whom and what, where not by itself."""

    product: Product
    cost_bp: int
    fit: int
    lines: tuple[CostLine, ...]
    added: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[int, int, str]:
        """What the household pays, then how specially the product is made for it, then the id: a total order."""
        return (self.cost_bp, -self.fit, self.product.id)


_made: Callable[[tuple[object, ...]], Match] = partial(tuple.__new__, Match)
"""A match of all its five fields: a third of what its own `__new__` costs, which looks for defaults."""


class Worth(dict[int, int]):
    """By what a product costs: the highest gross rate at which another may still come to that or less."""

    __slots__ = ("_savings",)

    def __init__(self, savings: Iterable[Saving]) -> None:
        self._savings = tuple(savings)

    def __missing__(self, cost_bp: int) -> int:
        found = dearest_worth(self._savings, cost_bp)
        keep(self, cost_bp, found)
        return found


class Terms(NamedTuple):
    """What a demand's prices depend on: the policies that it meets and that are in force, and how much it asks for."""

    met: int
    amount_yuan: int
    worth: Worth


class Policies:
    """Which policies a demand meets: the same tables, with a policy for a bit."""

    def __init__(self, index: Index) -> None:
        compiler = index.compiler
        self._all = tuple((bit, compiler.policies[name]) for name, bit in compiler.bits.items())
        parts: dict[str, dict[Part, int]] = {}
        for bit, policy in self._all:
            for name in {criterion.fact for criterion in policy.criteria} & index.rules.keys():
                of_fact = parts.setdefault(name, {})
                asked = [criterion for criterion in policy.criteria if criterion.fact == name]
                for part in parts_of(index.rules[name][1], asked):
                    of_fact[part] = of_fact.get(part, 0) | bit
        full = sum(bit for bit, _ in self._all)
        self.answers = Answers(
            compiler.keys,
            [
                (place, table_of(rule, full, parts[name]))
                for name, (place, rule) in index.rules.items()
                if name in parts
            ],
        )
        self._places = tuple(self.answers.tables)
        self._never = sum(
            bit for bit, policy in self._all if any(each.fact not in index.rules for each in policy.criteria)
        )
        self._open: dict[date, int] = {}
        self._together = index.compiler.together
        self._worth: dict[int, Worth] = {}

    def in_force(self, today: date) -> int:
        """The bits of the policies whose window is open."""
        found = self._open.get(today)
        if found is None:
            found = windows(self._all, today) & ~self._never
            keep(self._open, today, found)
        return found

    def terms(self, keys: Sequence[int], amount_yuan: int, today: date) -> Terms:
        """The policies met by what is known; an unknown saving is none."""
        met, passing = self.in_force(today), self.answers.passing
        try:
            for place in self._places:
                met &= passing[keys[place]]
        except (IndexError, TypeError):  # an answer that nobody has asked for yet
            met = self.answers.passed(keys, self._places, met)
        return Terms(met, amount_yuan, self.worth(met))

    def worth(self, met: int) -> Worth:
        """Bounds from above on what any product may save, where these policies are met."""
        found = self._worth.get(met)
        if found is None:
            sets = {together & met for together in self._together} - {0}
            found = Worth({most_saved(policy for bit, policy in self._all if bit & each) for each in sets})
            keep(self._worth, met, found)
        return found


def cheapest(lots: Iterable[Lot], terms: Terms, count: int) -> list[Found]:
    """The best so many of the products in the lots, best first. Exact: it stops where nothing dearer can come in.

    Lots come in the order of their cheapest product, which is not yet what it costs: savings come off that.
    """
    met, amount, worth = terms
    best: list[Found] = []
    dearest = limit = 1 << 62
    for segment, left in lots:
        if segment.lowest > limit:
            break
        gross, policies = segment.gross, segment.policies
        while left:
            rest = left & (left - 1)
            place = (left ^ rest).bit_length() - 1
            left = rest  # noqa: PLW2901
            cost_bp = gross[place]
            if cost_bp > dearest:
                if cost_bp > limit:
                    break
                # By itself it is too dear, and so is all behind it: what saves nothing need not be looked at any more.
                left &= segment.saving(met)  # noqa: PLW2901
            if met & policies[place]:
                cost_bp = segment.products[place].tariff.price(met, amount)[0]
            if cost_bp <= dearest:
                compiled = segment.products[place]
                insort(best, (cost_bp, compiled.rank, compiled))
                if len(best) >= count:
                    del best[count:]
                    if best[-1][0] != dearest:
                        dearest = best[-1][0]
                        limit = worth[dearest]
    return best


def matches_of(found: Iterable[Found], terms: Terms) -> list[Match]:
    """As the rest of the service has them."""
    return [
        _made((each.product, cost_bp, each.fit, each.tariff.price(terms.met, terms.amount_yuan)[1], ()))
        for cost_bp, _, each in found
    ]
