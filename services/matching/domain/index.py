"""The index: which segments a demand has to look at, and its facts as the keys that they are looked up by.

A product lives in one node per area that it is offered in: the nation, a province, a city (with its counties and
streets). A demand looks at three nodes at most. Immutable but for tables that fill up with what is asked: an edit
copies what it touches, so whoever holds the index before goes on undisturbed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import TypeVar

from services.matching.domain.asked import VERIFIED, Known, Part, holds, interval, parts_of
from services.matching.domain.compiled import Ask, Compiled, Tariff
from services.matching.domain.criteria import Verdict
from services.matching.domain.facts import ON_OFFER, Fact, aged, fits, grows, months_between
from services.matching.domain.rules import Criterion, FactRule, FactValue, Policy, Product
from services.matching.domain.segment import CITY, Offered, Segment, segments_of

Key = TypeVar("Key")
Kept = TypeVar("Kept")
CACHED = 20_000
LOWEST = -(1 << 62)
"""Below all limits: the key of the numbers that reach none."""
months_gone = lru_cache(maxsize=8192)(months_between)


def keep(cache: dict[Key, Kept], key: Key, value: Kept) -> None:
    """Bounded: values are many, and a cache that is full starts anew."""
    if len(cache) >= CACHED:
        cache.clear()
    cache[key] = value


class Question:
    """A fact that some criterion asks, and how its value becomes a key: all values get one that are judged alike.

    `with_assurance`: some product wants it verified before a referral. `stand_ins`: of the words that came up, those
    that stand for all like them.
    """

    __slots__ = ("_asked", "_first", "cuts", "name", "rule", "stand_ins", "with_assurance")

    def __init__(self, rule: FactRule, asked: frozenset[Part], *, with_assurance: bool) -> None:
        self.name, self.rule, self.with_assurance = rule.name, rule, with_assurance
        self._asked = asked
        limits = [(op, word) for op, _, word in asked if rule.type == "integer" and op != VERIFIED]
        self.cuts = sorted({LOWEST, *(int(limit) + (op == "at_most") for op, limit in limits)})  # type: ignore[arg-type]
        self.stand_ins: dict[FactValue, FactValue] = {}
        self._first: dict[tuple[Verdict, ...], FactValue] = {}

    def with_parts(self, parts: Iterable[Part]) -> Question:
        """The question where more is asked; itself where nothing is new. Older keys stay right: they are values."""
        more = self._asked.union(parts)
        verified = any(op == VERIFIED for op, _, _ in more)
        return self if more == self._asked else Question(self.rule, more, with_assurance=verified)

    @property
    def unknown(self) -> Known:
        """The key where nothing is known."""
        return (False, None) if self.with_assurance else None

    def key(self, value: FactValue, sure: bool) -> Known:
        """A value as a key. One that the fact cannot have is unknown."""
        found: FactValue | None = None
        if fits(self.rule, value):
            found = interval(self.cuts, int(value)) if self.rule.type == "integer" else self.stand_in(value)  # type: ignore[arg-type]
        return (sure, found) if self.with_assurance else found

    def stand_in(self, value: FactValue) -> FactValue | None:
        """The first value that came up of all those that no criterion tells from this one."""
        found = self.stand_ins.get(value)
        # 1 and True are one key of a dictionary, and only one of them is a flag.
        if (found is None or found.__class__ is not value.__class__) and fits(self.rule, value):
            words = sorted(self._asked, key=repr)
            alike = tuple([holds(self.rule, op, value, word) for op, _, word in words if word is not None])
            if len(self.stand_ins) >= CACHED:
                self.stand_ins.clear()
            found = self.stand_ins[value] = self._first.setdefault(alike, value)
        return found if found is not None and found.__class__ is value.__class__ else None


class Compiler:
    """Products as the engine holds them; what equal products share is made once. Only ever grows."""

    def __init__(self, facts: Mapping[str, FactRule], policies: Mapping[str, Policy]) -> None:
        self.facts, self.policies = facts, policies
        self.bits = {name: 1 << place for place, name in enumerate(sorted(policies))}
        self._asks: dict[tuple[Criterion, ...], Ask] = {}
        self._tariffs: dict[tuple[int, int, tuple[str, ...]], Tariff] = {}

    @property
    def together(self) -> frozenset[int]:
        """The sets of policies that products have, as bits."""
        return frozenset(tariff.mask for tariff in self._tariffs.values())

    def compiled(self, product: Product) -> Compiled:
        regions = antichain(product.regions)
        if regions != product.regions:
            product = replace(product, regions=regions)
        return Compiled(product, self._asks_of(product), self._tariff(product))

    def _asks_of(self, product: Product) -> tuple[Ask, ...]:
        by_fact: dict[str, list[Criterion]] = {}
        for criterion in product.criteria:
            by_fact.setdefault(criterion.fact, []).append(criterion)
        return tuple(self._ask(name, tuple(by_fact[name])) for name in sorted(by_fact))

    def _ask(self, fact: str, criteria: tuple[Criterion, ...]) -> Ask:
        found = self._asks.get(criteria)
        if found is None:
            found = self._asks[criteria] = Ask(fact, criteria, self.facts[fact])
        return found

    def _tariff(self, product: Product) -> Tariff:
        key = (product.rate_bp, product.guarantee_fee_bp, product.policies)
        found = self._tariffs.get(key)
        if found is None:
            found = Tariff(
                product, [(self.bits[name], self.policies[name]) for name in product.policies if name in self.bits]
            )
            self._tariffs[key] = found
        return found


class Index:
    """`nodes`: by area, its segments. `questions`: the facts asked, in the order of the keys of a demand."""

    def __init__(
        self, questions: tuple[Question, ...], nodes: Mapping[str, tuple[Segment, ...]], compiler: Compiler
    ) -> None:
        self.questions, self.nodes, self.compiler = questions, nodes, compiler
        self.rules = {each.name: (place, each.rule) for place, each in enumerate(questions)}
        self._offered: dict[tuple[str, str], tuple[Offered, ...]] = {}
        self._unknown = [each.unknown for each in questions]
        self._day = next((place for place, each in enumerate(questions) if each.name == ON_OFFER), None)
        plain = [(place, each) for place, each in enumerate(questions) if not each.with_assurance]
        self._flags = [(place, each.name) for place, each in plain if each.rule.type == "flag"]
        self._numbers = [
            (place, each.name, each.cuts, *_pace(each.rule)) for place, each in plain if each.rule.type == "integer"
        ]
        self._words = [
            (place, each.name, each.stand_ins, each.stand_in)
            for place, each in plain
            if each.rule.type not in ("flag", "integer")
        ]
        self._assured = [(place, each) for place, each in enumerate(questions) if each.with_assurance]

    def offered(self, region: str, kind: str) -> tuple[Offered, ...]:
        """All that is offered in a region for a kind of demand, the segment with the cheapest product first."""
        found = self._offered.get((region, kind))
        if found is None:
            nodes = dict.fromkeys(("", region[:2], region[:CITY]))
            segments = [segment for node in nodes for segment in self.nodes.get(node, ())]
            segments.sort(key=lambda each: each.products[0].key)
            found = tuple(there for each in segments if (there := each.offered(region, kind)) is not None)
            keep(self._offered, (region, kind), found)
        return found

    def keys(self, facts: Mapping[str, Fact], today: date) -> list[Known]:
        """What is known today, fact by fact, as the segments' tables are looked up by it; None for what is not."""
        # By type, in plain loops: this is half of the work of a match.
        keys, get = self._unknown.copy(), facts.get
        for place, name in self._flags:
            fact = get(name)
            # 1 and True are one key of a dictionary, and only one of them is a flag.
            if fact is not None and (fact[0] is True or fact[0] is False):
                keys[place] = fact[0]
        for place, name, stand_ins, stand_in in self._words:
            fact = get(name)
            if fact is not None:
                keys[place] = stand_ins.get(fact[0]) or stand_in(fact[0])
        for place, name, cuts, window, per in self._numbers:
            fact = get(name)
            if fact is not None and (value := fact[0]).__class__ is int:
                if per and fact[2] < today:
                    months = months_gone(fact[2], today)
                    value = 0 if 0 < window <= months else value if window else value + months // per
                keys[place] = cuts[bisect_right(cuts, value) - 1]
        if self._day is not None:
            keys[self._day] = self.key(self._day, today.toordinal())
        for place, question in self._assured:
            fact = get(question.name)
            if fact is not None:
                keys[place] = question.key(aged(question.rule, fact, today), fact[3] != "self")
        return keys

    def key(self, place: int, value: FactValue) -> Known:
        """A value that is sure, as the key of one question."""
        return self.questions[place].key(value, True)

    def edited(self, before: Product | None, after: Product | None) -> Index:
        """The index with one product taken out, put in, or both: an update."""
        nodes, questions = dict(self.nodes), self.questions
        if before is not None and askable(before, self.compiler.facts):
            self._edit(nodes, self.compiler.compiled(before), self.rules, gone=True)
        if after is not None and askable(after, self.compiler.facts):
            questions = with_criteria(questions, self.compiler.facts, after.criteria)
            rules = {each.name: (place, each.rule) for place, each in enumerate(questions)}
            self._edit(nodes, self.compiler.compiled(after), rules, gone=False)
        return Index(questions, nodes, self.compiler)

    def _edit(
        self,
        nodes: dict[str, tuple[Segment, ...]],
        compiled: Compiled,
        rules: Mapping[str, tuple[int, FactRule]],
        *,
        gone: bool,
    ) -> None:
        for node in nodes_of(compiled.product):
            segments = nodes.get(node, ())
            if not segments:
                nodes[node] = segments_of(node, [compiled], rules)
                continue
            # The segment whose first product comes before it; one that was cheaper than all goes into the first.
            place = max(bisect_right(segments, compiled.key, key=lambda each: each.products[0].key) - 1, 0)
            edited = segments[place].edited(compiled, rules, gone=gone)
            nodes[node] = (*segments[:place], *([edited] if edited.products else []), *segments[place + 1 :])


def index_of(products: Iterable[Product], facts: Mapping[str, FactRule], policies: Mapping[str, Policy]) -> Index:
    """The index of a whole catalogue."""
    compiler, nodes = Compiler(facts, policies), defaultdict(list)
    compiled = sorted((compiler.compiled(each) for each in products if askable(each, facts)), key=lambda each: each.key)
    for each in compiled:
        for node in nodes_of(each.product):
            nodes[node].append(each)
    asked = {
        criterion
        for ask in {id(ask): ask for each in compiled for ask in each.asks}.values()
        for criterion in ask.criteria
    }
    asked |= {criterion for policy in policies.values() for criterion in policy.criteria if criterion.fact in facts}
    questions = with_criteria((), facts, asked)
    rules = {each.name: (place, each.rule) for place, each in enumerate(questions)}
    return Index(questions, {node: segments_of(node, inside, rules) for node, inside in nodes.items()}, compiler)


def with_criteria(
    questions: Sequence[Question], facts: Mapping[str, FactRule], criteria: Iterable[Criterion]
) -> tuple[Question, ...]:
    """The questions with those of more criteria. Places never change: older segments count on them."""
    found = {each.name: each for each in questions}
    new: dict[str, set[Part]] = defaultdict(set)
    for criterion in criteria:
        new[criterion.fact].update(parts_of(facts[criterion.fact], (criterion,)))
    for name in sorted(new):
        before = found.get(name, Question(facts[name], frozenset(), with_assurance=False))
        found[name] = before.with_parts(new[name])
    return tuple(found.values())


def _pace(rule: FactRule) -> tuple[int, int]:
    """How time changes a number: the months after which it counts no more (0: never), and the months that add one."""
    if not grows(rule):
        return 0, 0
    return rule.window_months or 0, {"months": 1, "years": 12}.get(rule.unit, 1 if rule.window_months else 0)


def askable(product: Product, facts: Mapping[str, FactRule]) -> bool:
    """Whether all that it asks is declared: what nobody can know nobody can meet."""
    return all(criterion.fact in facts for criterion in product.criteria)


def nodes_of(product: Product) -> tuple[str, ...]:
    """The areas in whose nodes a product lives."""
    return tuple(dict.fromkeys(region[:CITY] for region in product.regions))


def antichain(regions: tuple[str, ...]) -> tuple[str, ...]:
    """The regions without those that lie in another one of the list: each product is found once."""
    if len(regions) < 2:
        return regions
    return tuple(
        region
        for region in dict.fromkeys(regions)
        if not any(region != other and region.startswith(other) for other in regions)
    )
