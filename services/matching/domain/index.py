"""The index: which segments a demand has to look at, and its facts as the keys that they are looked up by.

A product lives in one node per area that it is offered in: the nation, a province, a city (with its counties and
streets). A demand looks at three nodes at most. Immutable but for tables that fill up with what is asked: an edit
copies what it touches, so whoever holds the index before goes on undisturbed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from services.matching.domain.answers import Keys
from services.matching.domain.compiled import Ask, Compiled, Tariff
from services.matching.domain.facts import ON_OFFER, Fact, grows, months_between
from services.matching.domain.question import Question, keep, with_criteria
from services.matching.domain.rules import Criterion, FactRule, FactValue, Policy, Product
from services.matching.domain.segment import CITY, Offered, Segment, segments_of

months_gone = lru_cache(maxsize=8192)(months_between)


class Compiler:
    """Products as the engine holds them; what equal products share is made once. Only ever grows."""

    def __init__(self, facts: Mapping[str, FactRule], policies: Mapping[str, Policy]) -> None:
        self.facts, self.policies, self.keys = facts, policies, Keys()
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
        self._flags = [(each.place, each.name, *each.flags) for each in questions if each.rule.type == "flag"]
        self._numbers = [
            (each.place, each.name, each.cuts, *each.ranges, *_pace(each.rule))
            for each in questions
            if each.rule.type == "integer"
        ]
        self._words = [
            (each.place, each.name, *each.words, each.word)
            for each in questions
            if each.rule.type not in ("flag", "integer")
        ]
        self._day = next((place for place, each in enumerate(questions) if each.name == ON_OFFER), None)

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

    def keys(self, facts: Mapping[str, Fact], today: date) -> list[int]:
        """What is known today as keys, fact by fact."""
        # By type, in plain loops: this is a third of the work of a match.
        keys, get = self._unknown.copy(), facts.get
        for place, name, own, sure in self._flags:
            fact = get(name)
            # 1 and True are one key of a dictionary, and only one of them is a flag.
            if fact is not None and ((value := fact[0]) is True or value is False):
                keys[place] = (own if fact[3] == "self" else sure)[value]
        for place, name, said, proved, word in self._words:
            fact = get(name)
            if fact is not None:
                found = (said if fact[3] == "self" else proved).get(fact[0])
                keys[place] = word(fact[0], fact[3] != "self") if found is None else found
        for place, name, cuts, own, sure, window, per in self._numbers:
            fact = get(name)
            if fact is not None and (value := fact[0]).__class__ is int:
                if per and fact[2] < today:
                    months = months_gone(fact[2], today)
                    value = 0 if 0 < window <= months else value if window else value + months // per
                keys[place] = (own if fact[3] == "self" else sure)[bisect_right(cuts, value) - 1]
        if self._day is not None:
            keys[self._day] = self.key(self._day, today.toordinal())
        return keys

    def key(self, place: int, value: FactValue) -> int:
        """A value that is sure, as the key of one question."""
        return self.questions[place].key(value, True)

    def edited(self, before: Product | None, after: Product | None) -> Index:
        """The index with one product taken out, put in, or both: an update."""
        nodes, questions = dict(self.nodes), self.questions
        if before is not None and askable(before, self.compiler.facts):
            self._edit(nodes, self.compiler.compiled(before), self.rules, gone=True)
        if after is not None and askable(after, self.compiler.facts):
            questions = with_criteria(questions, self.compiler.facts, after.criteria, self.compiler.keys)
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
                nodes[node] = segments_of(node, [compiled], rules, self.compiler.keys)
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
    questions = with_criteria((), facts, asked, compiler.keys)
    rules = {each.name: (place, each.rule) for place, each in enumerate(questions)}
    made = {node: segments_of(node, inside, rules, compiler.keys) for node, inside in nodes.items()}
    return Index(questions, made, compiler)


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
