"""A segment: some products of one area in the order of their gross cost, each a bit in every table. Immutable."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import NamedTuple

from services.matching.domain.asked import Asked, Part, moved, table_of
from services.matching.domain.compiled import Ask, Compiled
from services.matching.domain.rules import FactRule, Product

Bits = partial(defaultdict[str, int], int)
CITY = 4
"""Digits of a city's code: what is more exact than that lives in the city's node."""
SIZE = 1024
"""Products in one segment: as many bits as an operation takes that costs no more than its call."""


class Offered(NamedTuple):
    """The products of a segment that are offered somewhere for a kind of demand, and the tables that any of them asks:
    a county's few products ask less than their whole segment does."""

    segment: Segment
    products: int
    tables: tuple[tuple[int, Asked], ...]


class Segment:
    """`tables`: the place of a fact in the index's keys, and what these products ask of it.

    `node`: the area that it belongs to; `lowest`: the gross cost of the cheapest of them.
    """

    __slots__ = ("_asks", "_banks", "areas", "full", "kinds", "lowest", "node", "places", "products", "tables")

    def __init__(
        self,
        node: str,
        products: Sequence[Compiled],
        tables: Iterable[tuple[int, Asked]],
        areas: Mapping[str, int],
        kinds: Mapping[str, int],
    ) -> None:
        self.node, self.products = node, tuple(products)
        self.full = (1 << len(self.products)) - 1
        self.lowest = self.products[0].gross_bp if self.products else 0
        self.tables = tuple(tables)
        self.places = dict(self.tables)
        self._asks: dict[str, dict[Ask, int]] | None = None
        self._banks: dict[str, int] | None = None
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
        asked = [(_telling(place, table, found), place, table) for place, table in self.tables if table.asking & found]
        asked.sort(key=itemgetter(0), reverse=True)
        return Offered(self, found, tuple((place, table) for _, place, table in asked))

    def asks(self, fact: str) -> dict[Ask, int]:
        """The different ways in which these products ask a fact, and who asks so. Made when first needed."""
        if self._asks is None:
            self._asks = {}
            for place, compiled in enumerate(self.products):
                for ask in compiled.asks:
                    of_fact = self._asks.setdefault(ask.fact, {})
                    of_fact[ask] = of_fact.get(ask, 0) | 1 << place
        return self._asks.get(fact, {})

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
        tables = {fact: table.edited(full, place, parts.get(fact, ()), gone=gone) for fact, table in self.tables}
        for fact, rule in rules.values():
            if fact in parts and fact not in tables:
                tables[fact] = table_of(rule, full, dict.fromkeys(parts[fact], 1 << place))
        product = compiled.product
        return Segment(
            self.node,
            products,
            ((fact, table) for fact, table in tables.items() if table.parts),
            moved(self.areas, place, areas_in(self.node, product), gone=gone),
            moved(self.kinds, place, product.kinds, gone=gone),
        )


def areas_in(node: str, product: Product) -> list[str]:
    """Of the regions of a product those that lie in one node."""
    return [region for region in product.regions if region[:CITY] == node]


def segments_of(
    node: str, products: Sequence[Compiled], rules: Mapping[str, tuple[int, FactRule]]
) -> tuple[Segment, ...]:
    """Sorted products as segments of at most SIZE."""
    return tuple(_segment(node, products[start : start + SIZE], rules) for start in range(0, len(products), SIZE))


def _segment(node: str, products: Sequence[Compiled], rules: Mapping[str, tuple[int, FactRule]]) -> Segment:
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
        areas,
        kinds,
    )


def _telling(place: int, table: Asked, products: int) -> tuple[int, int]:
    """What keeps most of these out should be asked first. Ties by place: the order must not hang on luck."""
    return (table.asking & products).bit_count() * min(len(table.parts), 4), -place
