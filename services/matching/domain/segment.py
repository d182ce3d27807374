"""A segment: some products of one area in the order of their gross cost, each a bit in every table. Immutable."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from services.matching.domain.answers import Answers, Keys
from services.matching.domain.asked import Asked, Part, moved, table_of
from services.matching.domain.compiled import Ask, Compiled
from services.matching.domain.question import keep
from services.matching.domain.rules import FactRule, Product

Bits = partial(defaultdict[str, int], int)
Priced = tuple[int, int]
"""What a product costs before anything is saved, and the bits of the policies that may save."""
CITY = 4
"""Digits of a city's code: what is more exact than that lives in the city's node."""
SIZE = 1024
"""Products in one segment: as many bits as an operation takes that costs no more than its call."""


SAVINGS = 256
"""Sets of policies that a segment remembers: which of its products they make cheaper."""


class Offered(NamedTuple):
    """The products of a segment that are offered somewhere for a kind of demand, the places of the facts that any of
    them asks (a county's few products ask less than their whole segment does), and what passes by key."""

    segment: Segment
    products: int
    places: tuple[int, ...]
    passing: list[Any]


class Segment:
    """`answers`: what these products ask of each fact, by its place in the index's keys.

    `node`: the area that it belongs to; `gross`, `policies`: what each of them costs before anything is saved, and the
    bits of the policies that may save; side by side, for whoever walks along them; `lowest`: the cheapest of them.
    """

    __slots__ = (
        "_asks",
        "_banks",
        "_columns",
        "_of_policy",
        "_saving",
        "answers",
        "areas",
        "full",
        "gross",
        "keys",
        "kinds",
        "lowest",
        "node",
        "policies",
        "products",
    )

    def __init__(
        self,
        node: str,
        products: Sequence[Compiled],
        tables: Iterable[tuple[int, Asked]],
        keys: Keys,
        areas: Mapping[str, int],
        kinds: Mapping[str, int],
        prices: Sequence[Priced],
    ) -> None:
        self.node, self.products = node, tuple(products)
        self.full = (1 << len(self.products)) - 1
        self.gross, self.policies = [gross for gross, _ in prices], [policies for _, policies in prices]
        self.lowest = self.gross[0] if self.gross else 0
        self.keys, self.answers = keys, Answers(keys, tables)
        self._asks: dict[str, dict[Ask, int]] | None = None
        self._banks: dict[str, int] | None = None
        self._columns: dict[str, list[Any]] = {}
        self._saving: dict[int, int] = {}
        self._of_policy: dict[int, int] | None = None
        self.areas, self.kinds = areas, kinds

    def offered(self, region: str, kind: str) -> Offered | None:
        """What it holds for a demand of that kind there; None for nothing."""
        found = 0
        for area, products in self.areas.items():
            if region.startswith(area):
                found |= products
        found &= self.kinds.get(kind, 0)
        if not found:
            return None
        tables = self.answers.tables
        asked = [place for place, table in tables.items() if table.asking & found]
        asked.sort(key=lambda place: _telling(place, tables[place], found), reverse=True)
        return Offered(self, found, tuple(asked), self.answers.passing)

    def asks(self, fact: str) -> dict[Ask, int]:
        """The different ways in which these products ask a fact, and who asks so. Made when first needed."""
        if self._asks is None:
            self._asks = {}
            for place, compiled in enumerate(self.products):
                for ask in compiled.asks:
                    of_fact = self._asks.setdefault(ask.fact, {})
                    of_fact[ask] = of_fact.get(ask, 0) | 1 << place
        return self._asks.get(fact, {})

    def column(self, fact: str) -> list[Any]:
        """What each product asks of a fact, None for nothing. Made when first needed."""
        found = self._columns.get(fact)
        if found is None:
            found = self._columns[fact] = [each.by_fact.get(fact) for each in self.products]
        return found

    def saving(self, met: int) -> int:
        """The products of which one of these policies may lower the cost."""
        found = self._saving.get(met)
        if found is None:
            if self._of_policy is None:
                self._of_policy = _by_bit(self.policies)
            found = 0
            for bit, products in self._of_policy.items():
                found |= products if bit & met else 0
            keep(self._saving, met, found, SAVINGS)
        return found

    def of_bank(self, bank: str) -> int:
        """The products of one bank. Made when first needed: an edit would have to move a thousand names."""
        if self._banks is None:
            self._banks = {}
            for place, compiled in enumerate(self.products):
                name = compiled.product.bank
                self._banks[name] = self._banks.get(name, 0) | 1 << place
        return self._banks.get(bank, 0)

    def edited(self, compiled: Compiled, rules: Mapping[str, tuple[int, FactRule]], *, gone: bool) -> Segment:
        """A copy with one product taken out, or put in where it belongs. `rules`: each fact's place and rule."""
        place = bisect_left(self.products, compiled.key, key=lambda each: each.key)
        kept = self.products[place + gone :]
        products = (*self.products[:place], *kept) if gone else (*self.products[:place], compiled, *kept)
        full = (1 << len(products)) - 1
        parts = {rules[ask.fact][0]: ask.parts for ask in compiled.asks}
        tables = {
            fact: table.edited(full, place, parts.get(fact, ()), gone=gone)
            for fact, table in self.answers.tables.items()
        }
        for fact, rule in rules.values():
            if fact in parts and fact not in tables:
                tables[fact] = table_of(rule, full, dict.fromkeys(parts[fact], 1 << place))
        product, prices = compiled.product, list(zip(self.gross, self.policies, strict=True))
        return Segment(
            self.node,
            products,
            ((fact, table) for fact, table in tables.items() if table.parts),
            self.keys,
            moved(self.areas, place, areas_in(self.node, product), gone=gone),
            moved(self.kinds, place, product.kinds, gone=gone),
            [*prices[:place], *([] if gone else [_price(compiled)]), *prices[place + gone :]],
        )


def places_in(products: int) -> list[int]:
    """The places of the bits that are set, the lowest first."""
    found = []
    while products:
        rest = products & (products - 1)
        found.append((products ^ rest).bit_length() - 1)
        products = rest
    return found


def _by_bit(masks: Iterable[int]) -> dict[int, int]:
    """By each bit of the masks, in which of them it is."""
    found: dict[int, int] = {}
    for place, mask in enumerate(masks):
        for bit in places_in(mask):
            found[1 << bit] = found.get(1 << bit, 0) | 1 << place
    return found


def areas_in(node: str, product: Product) -> list[str]:
    """Of the regions of a product those that lie in one node."""
    return [region for region in product.regions if region[:CITY] == node]


def segments_of(
    node: str, products: Sequence[Compiled], rules: Mapping[str, tuple[int, FactRule]], keys: Keys
) -> tuple[Segment, ...]:
    """Sorted products as segments of at most SIZE."""
    return tuple(_segment(node, products[start : start + SIZE], rules, keys) for start in range(0, len(products), SIZE))


def _segment(node: str, products: Sequence[Compiled], rules: Mapping[str, tuple[int, FactRule]], keys: Keys) -> Segment:
    parts: dict[str, dict[Part, int]] = {}
    areas, kinds = Bits(), Bits()
    bit = 1
    for compiled in products:
        product = compiled.product
        for ask in compiled.asks:
            of_fact = parts.setdefault(ask.fact, {})
            for part in ask.parts:
                of_fact[part] = of_fact.get(part, 0) | bit
        for bits, names in ((areas, areas_in(node, product)), (kinds, product.kinds)):
            for name in names:
                bits[name] |= bit
        bit <<= 1
    tables = ((*rules[fact], of_fact) for fact, of_fact in parts.items())
    return Segment(
        node,
        products,
        ((place, table_of(rule, bit - 1, of_fact)) for place, rule, of_fact in tables),
        keys,
        areas,
        kinds,
        [_price(each) for each in products],
    )


def _price(compiled: Compiled) -> Priced:
    return compiled.gross_bp, compiled.tariff.mask


def _telling(place: int, table: Asked, products: int) -> tuple[int, int]:
    """What keeps most of these out should be asked first. Ties by place: the order must not hang on luck."""
    return (table.asking & products).bit_count() * min(len(table.parts), 4), -place
