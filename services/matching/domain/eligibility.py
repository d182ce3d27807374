"""Which products a demand meets, exactly, and why.

Unknown is neither passed nor failed, so a product is met only where every criterion passes on what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from services.matching.domain.capacity import unit_for
from services.matching.domain.compiled import Compiled
from services.matching.domain.criteria import verdict
from services.matching.domain.demand import Demand
from services.matching.domain.facts import ON_OFFER, Fact, aged, known_at
from services.matching.domain.index import Index, index_of
from services.matching.domain.pricing import Lot, Match, Policies, Terms, cheapest, matches_of
from services.matching.domain.question import keep
from services.matching.domain.rules import Criterion, FactValue, Institution, Product, Rules, Unit

ALL = 1 << 30
FEW = 40
"""Products that changed between two releases: where they are more, the index is made anew."""


class Snapshot:
    """One release, compiled. Immutable but for what is kept of answers that follow from it.

    `before`: the snapshot that this one follows. Where only a few products differ, all else is taken over from it.
    """

    def __init__(self, rules: Rules, before: Snapshot | None = None) -> None:
        self.rules = rules
        self.index = _index(rules, before)
        self.policies = Policies(self.index)
        self._products = {product.id: product for product in rules.products}
        self.backed = tuple(product for product in rules.products if product.backed_by)
        self.guarantees = {policy.id: policy for policy in rules.policies.values() if policy.kind == "guarantee"}
        self._units: dict[tuple[str, str, str | None], tuple[Institution, Unit] | None] = {}
        self.mended: dict[tuple[Any, ...], Any] = {}

    def product(self, identifier: str) -> Product | None:
        """A product by its id; None where the release no longer has it."""
        return self._products.get(identifier)

    def unit(self, bank: str, region: str, industry: str | None) -> tuple[Institution, Unit] | None:
        """The institution, and which of its units takes a demand from there; None where none does."""
        key = (bank, region, industry)
        if key not in self._units:
            institution = self.rules.institutions.get(bank)
            unit = unit_for(institution, region, industry) if institution else None
            keep(self._units, key, (institution, unit) if institution and unit else None)
        return self._units[key]

    def reach(self, region: str, kind: str) -> Iterator[Compiled]:
        """The products offered in a region for a kind of demand."""
        for segment, inside, _, _ in self.index.offered(region, kind):
            yield from (each for place, each in enumerate(segment.products) if inside >> place & 1)


class Matches(NamedTuple):
    """What a demand meets: the products as bits of their segments, and what their prices depend on."""

    keys: list[int]
    lots: list[Lot]
    terms: Terms

    def best(self, count: int) -> list[Match]:
        """The best so many products, best first."""
        return matches_of(cheapest(self.lots, self.terms, count), self.terms)

    @property
    def eligible(self) -> tuple[Match, ...]:
        """All products met, best first."""
        return tuple(self.best(ALL))

    @property
    def banks(self) -> set[str]:
        """The banks of which a product is met."""
        found = set()
        for segment, left in self.lots:
            products = segment.products
            while left:
                rest = left & (left - 1)
                found.add(products[(left ^ rest).bit_length() - 1].product.bank)
                left = rest  # noqa: PLW2901
        return found

    @property
    def products(self) -> int:
        """How many products are met."""
        return _counted(self.lots)


def match(snapshot: Snapshot, demand: Demand, today: date) -> Matches:
    """All products that the demand meets. Capacity, consent and tried banks are not looked at here."""
    facts = demand.facts
    keys = snapshot.index.keys(facts, today)
    region = facts.get("region")
    lots = list(eligible(snapshot, demand.county if region is None else str(region[0]), demand.kind, keys))
    return Matches(keys, lots, snapshot.policies.terms(keys, demand.amount_yuan or 0, today))


def best(snapshot: Snapshot, demand: Demand, today: date, count: int) -> list[Match]:
    """The best so many products that the demand meets; segments that are too dear for that are not looked at."""
    facts = demand.facts
    keys = snapshot.index.keys(facts, today)
    region = facts.get("region")
    lots = eligible(snapshot, demand.county if region is None else str(region[0]), demand.kind, keys)
    terms = snapshot.policies.terms(keys, demand.amount_yuan or 0, today)
    return matches_of(cheapest(lots, terms, count), terms)


def eligible(snapshot: Snapshot, region: str, kind: str, keys: Sequence[int]) -> Iterator[Lot]:
    """The products met, segment by segment: one AND for each fact that a segment asks, until nothing is left."""
    for segment, met, places, passing in snapshot.index.offered(region, kind):
        try:
            for place in places:
                met &= passing[keys[place]]  # noqa: PLW2901
                if not met:
                    break
        except (IndexError, TypeError):  # an answer that nobody has asked for yet
            met = segment.answers.passed(keys, places, met)  # noqa: PLW2901
        if met:
            yield segment, met


def region_of(demand: Demand) -> str:
    """Where the demand is: as exactly as is known."""
    fact = demand.facts.get("region")
    return str(fact.value) if fact else demand.county


def meets(snapshot: Snapshot, demand: Demand, product: Product, today: date) -> bool:
    """Whether the demand meets one product."""
    region = region_of(demand)
    offered = demand.kind in product.kinds and any(region.startswith(area) for area in product.regions)
    return offered and all(line.verdict == "passed" for line in explain(snapshot, demand, product, today))


class Line(NamedTuple):
    """One line of an explanation: what was asked, what is known, from whom, and the verdict."""

    criterion: Criterion
    known: Fact | None
    value: FactValue | None
    verdict: str


def explain(snapshot: Snapshot, demand: Demand, product: Product, today: date) -> tuple[Line, ...]:
    """Why this product, or why not: each criterion with the fact, its value, its source, and passed, failed or unknown.

    `unverified`: known, but only by the household's word where more is asked before a referral.
    """
    lines = []
    for criterion in product.criteria:
        rule, fact = snapshot.rules.facts.get(criterion.fact), known_at(demand.facts, criterion.fact, today)
        value = aged(rule, fact, today) if rule and fact else None
        sure = fact is not None and fact.assurance != "self"
        found = verdict(criterion, rule, value, sure) if rule else None
        word = {True: "passed", False: "failed", None: "unknown"}[found]
        if found is None and rule and verdict(criterion, rule, value, True) is not None:
            word = "unverified"
        line = Line(criterion, fact, value, word)
        lines.append(_dated(line, today) if criterion.fact == ON_OFFER else line)
    return tuple(lines)


def _dated(line: Line, today: date) -> Line:
    """The window of a product, as a person reads it."""
    limit = date.fromordinal(int(line.criterion.value))  # type: ignore[arg-type]
    return line._replace(criterion=replace(line.criterion, value=limit.isoformat()), value=today.isoformat())


class Left(NamedTuple):
    """A step of the funnel: so many products are left once a fact has been asked too."""

    fact: str
    products: int


def funnel(snapshot: Snapshot, demand: Demand, today: date) -> tuple[Left, ...]:
    """From the products offered where the demand is to those that it meets: what each fact leaves, in its order."""
    keys = snapshot.index.keys(demand.facts, today)
    left = [(each.segment, each.products) for each in snapshot.index.offered(region_of(demand), demand.kind)]
    lines = [Left("reach", _counted(left))]
    for place, question in enumerate(snapshot.index.questions):
        before = lines[-1].products
        left = [
            (segment, segment.answers.passed(keys, (place,) if place in segment.answers.tables else (), products))
            for segment, products in left
        ]
        after = _counted(left)
        if after != before:
            lines.append(Left(question.name, after))
    return tuple(lines)


def _counted(lots: Iterable[Lot]) -> int:
    return sum(products.bit_count() for _, products in lots)


def _index(rules: Rules, before: Snapshot | None) -> Index:
    if before is not None and (before.rules.facts, before.rules.policies) == (rules.facts, rules.policies):
        old, new = {each.id: each for each in before.rules.products}, {each.id: each for each in rules.products}
        changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        if len(changed) <= FEW:
            index = before.index
            for name in changed:
                index = index.edited(old.get(name), new.get(name))
            return index
    return index_of(rules.products, rules.facts, rules.policies)
