"""Which products a demand meets, exactly.

Every distinct criterion of a release is one bit. What is known of a demand is judged once per fact: which bits fail,
which are unknown. A product is then one AND over its own bits; the bits that are left are what keeps a demand from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, TypeVar

from services.matching.domain.capacity import unit_for
from services.matching.domain.cost import cost, in_force
from services.matching.domain.criteria import verdict
from services.matching.domain.demand import CostLine, Demand, Step
from services.matching.domain.facts import Fact, aged, grows
from services.matching.domain.rules import Criterion, FactRule, FactValue, Institution, Policy, Product, Rules, Unit

CACHED = 20_000
Key = TypeVar("Key")
Kept = TypeVar("Kept")


class Compiled(NamedTuple):
    """A product, the bits of its criteria, in all and by fact, its policies with theirs, how special it is, and the
    least that it can cost anybody."""

    product: Product
    bits: int
    by_fact: tuple[tuple[str, int], ...]
    policies: tuple[tuple[int, Policy], ...]
    policy_bits: int
    fit: int
    least_cap: int
    least_bp: int


class Judged(NamedTuple):
    """The bits of one fact's criteria that failed, and those on which it decided (failed or passed)."""

    failed: int
    decided: int


class Verdicts(NamedTuple):
    """Over all criteria of the release: the bits that fail, and the bits of which nothing is known."""

    fails: int
    unknown: int


class Match(NamedTuple):
    """A product that a demand meets, and what it would cost."""

    product: Product
    cost_bp: int
    fit: int
    lines: tuple[CostLine, ...]

    @property
    def rank(self) -> tuple[int, int, str]:
        """What the household pays, then how specially the product is made for it, then the id: a total order."""
        return (self.cost_bp, -self.fit, self.product.id)


class Matches(NamedTuple):
    """The products met, best first; with the verdicts and all products in reach, of which remedies are made."""

    eligible: tuple[Match, ...]
    verdicts: Verdicts
    reach: tuple[Compiled, ...]


class Snapshot:
    """One release, compiled. Immutable but for caches of what follows from it."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.criteria: list[Criterion] = []
        self._bit: dict[Criterion, int] = {}
        self._asked: dict[str, list[tuple[int, Criterion]]] = {}
        self.compiled = tuple(
            self._compile(product) for product in sorted(rules.products, key=lambda each: (each.rate_bp, each.id))
        )
        self.all_bits = (1 << len(self.criteria)) - 1
        self._about = {name: sum(bit for bit, _ in asked) for name, asked in self._asked.items()}
        self.hopeless = sum(bit for bit, criterion in self._bits() if _never_mends(rules.facts, criterion))
        self.grows = frozenset(name for name, rule in rules.facts.items() if grows(rule))
        self._units: dict[tuple[str, str, str | None], tuple[Institution, Unit] | None] = {}
        self.steps: dict[tuple[Any, ...], Step | None] = {}
        self._products = {product.id: product for product in rules.products}
        self._reach: dict[tuple[str, str], tuple[Compiled, ...]] = {}
        self._judged: dict[tuple[str, FactValue, bool, type], Judged] = {}
        self._prices: dict[tuple[str, int, int, date], Match] = {}

    def _compile(self, product: Product) -> Compiled:
        policies = tuple(
            (self._bits_of(policy.criteria), policy)
            for policy in (self.rules.policies.get(name) for name in product.policies)
            if policy is not None
        )
        fit = sum(criterion.op in ("in", "any_of") for criterion in product.criteria) + product.special
        caps = [policy.base_cap_yuan for _, policy in policies if policy.base_cap_yuan is not None]
        bits = self._bits_of(product.criteria)
        by_fact = tuple(
            (name, self._bits_of(each for each in product.criteria if each.fact == name))
            for name in sorted({each.fact for each in product.criteria})
        )
        least, _ = cost(product, 1, (policy for _, policy in policies))
        policy_bits = reduce(or_, (asked for asked, _ in policies), 0)
        return Compiled(product, bits, by_fact, policies, policy_bits, fit, min(caps, default=1 << 53), least)

    def _bits_of(self, criteria: Iterable[Criterion]) -> int:
        bits = 0
        for criterion in criteria:
            if criterion not in self._bit:
                self._bit[criterion] = 1 << len(self.criteria)
                self.criteria.append(criterion)
                if criterion.fact in self.rules.facts:
                    self._asked.setdefault(criterion.fact, []).append((self._bit[criterion], criterion))
            bits |= self._bit[criterion]
        return bits

    def _bits(self) -> Iterator[tuple[int, Criterion]]:
        return ((bit, criterion) for criterion, bit in self._bit.items())

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

    def criteria_in(self, bits: int) -> Iterator[Criterion]:
        """The criteria that these bits stand for."""
        while bits:
            low = bits & -bits
            yield self.criteria[low.bit_length() - 1]
            bits ^= low

    def bit(self, criterion: Criterion) -> int:
        """The bit of one criterion."""
        return self._bit[criterion]

    def bits_about(self, fact: str) -> int:
        """The bits of all criteria over one fact."""
        return self._about.get(fact, 0)

    def reach(self, region: str, kind: str) -> tuple[Compiled, ...]:
        """The products offered where the demand is, for its kind, lowest rate first."""
        key = (region, kind)
        found = self._reach.get(key)
        if found is None:
            found = tuple(
                each
                for each in self.compiled
                if kind in each.product.kinds and any(region.startswith(area) for area in each.product.regions)
            )
            keep(self._reach, key, found)
        return found

    def judge(self, facts: Mapping[str, Fact], today: date) -> Verdicts:
        """Every criterion of the release over what is known today."""
        fails, decided, asked, judged = 0, 0, self._asked, self._judged
        for name, (stated, _, as_of, assurance) in facts.items():
            if name in asked:
                value = stated
                if as_of < today and name in self.grows:
                    value = aged(self.rules.facts[name], facts[name], today)
                # The class too: True and 1 are equal as keys, and only one of them is a number.
                key = (name, value, assurance != "self", value.__class__)
                found = judged.get(key)
                if found is None:
                    found = self._judge_one(key)
                fails |= found[0]
                decided |= found[1]
        return Verdicts(fails, self.all_bits ^ decided)

    def _judge_one(self, key: tuple[str, FactValue, bool, type]) -> Judged:
        name, value, sure, _ = key
        failed = decided = 0
        for bit, criterion in self._asked[name]:
            passed = verdict(criterion, self.rules.facts[name], value, sure)
            decided |= 0 if passed is None else bit
            failed |= bit if passed is False else 0
        found = Judged(failed, decided)
        keep(self._judged, key, found)
        return found

    def price(self, compiled: Compiled, amount_yuan: int, left: int, today: date) -> Match:
        """What a product costs, where `left` are the bits that fail or are unknown. An unknown saving is none."""
        # Below every cap the amount changes nothing, and of what is left only the policies' own bits do.
        counted = amount_yuan if amount_yuan > compiled.least_cap else 0
        key = (compiled.product.id, counted, left & compiled.policy_bits, today)
        found = self._prices.get(key)
        if found is None:
            met = [policy for bits, policy in compiled.policies if not bits & left and in_force(policy, today)]
            sum_bp, lines = cost(compiled.product, amount_yuan, met)
            found = Match(compiled.product, sum_bp, compiled.fit, lines)
            keep(self._prices, key, found)
        return found


def match(snapshot: Snapshot, demand: Demand, today: date) -> Matches:
    """All products that the demand meets, best first. Capacity, consent and tried banks are not looked at here."""
    verdicts = snapshot.judge(demand.facts, today)
    left = verdicts.fails | verdicts.unknown
    reach = snapshot.reach(_region(demand), demand.kind)
    amount = demand.amount_yuan or 0
    eligible = [snapshot.price(each, amount, left, today) for each in reach if not each.bits & left]
    if len(eligible) > 1:
        eligible.sort(key=_rank)
    return Matches(tuple(eligible), verdicts, reach)


def _rank(found: Match) -> tuple[int, int, str]:
    return found.rank


def _region(demand: Demand) -> str:
    fact = demand.facts.get("region")
    return str(fact.value) if fact else demand.county


def _never_mends(facts: Mapping[str, FactRule], criterion: Criterion) -> bool:
    """Whether a failure of this criterion has no remedy whatever the value is."""
    rule = facts.get(criterion.fact)
    if rule is None or rule.failure in ("final", "supply"):
        return True
    return rule.failure == "wait" and criterion.op == "at_most" and rule.window_months is None


def keep(cache: dict[Key, Kept], key: Key, value: Kept) -> None:
    """Bounded: amounts are many, and a cache that is full starts anew."""
    if len(cache) >= CACHED:
        cache.clear()
    cache[key] = value


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
        rule, fact = snapshot.rules.facts.get(criterion.fact), demand.facts.get(criterion.fact)
        value = aged(rule, fact, today) if rule and fact else None
        sure = fact is not None and fact.assurance != "self"
        found = verdict(criterion, rule, value, sure) if rule else None
        word = {True: "passed", False: "failed", None: "unknown"}[found]
        if found is None and rule and verdict(criterion, rule, value, True) is not None:
            word = "unverified"
        lines.append(Line(criterion, fact, value, word))
    return tuple(lines)
