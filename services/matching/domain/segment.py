"""A segment: some products of one area in the order of their gross cost, each a bit in every table. Immutable."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from services.matching.domain.asked import Asked, Part, moved, table_of
from services.matching.domain.compiled import Ask, Compiled
from services.matching.domain.rules import FactRule

Bits = partial(defaultdict[str, int], int)
SIZE = 1024
"""Products in one segment: as many bits as an operation takes that costs no more than its call."""


class Reach(dict[tuple[str, str], int]):
    """By (region, kind): the products offered there for it."""

    __slots__ = ("areas", "kinds")

    def __init__(self, areas: Mapping[str, int], kinds: Mapping[str, int]) -> None:
        self.areas, self.kinds = areas, kinds

    def __missing__(self, key: tuple[str, str]) -> int:
        region, kind = key
        found = 0
        for area, products in self.areas.items():
            if region.startswith(area):
                found |= products
        found &= self.kinds.get(kind, 0)
        if len(self) >= 4096:
            self.clear()
        self[key] = found
        return found


class Segment:
    """`tables`: the place of a fact in the index's keys, and what these products ask of it, the most telling first.

    `lowest`: the gross cost of the cheapest of them.
    """

    __slots__ = ("_asks", "banks", "full", "lowest", "places", "products", "reach", "tables")

    def __init__(
        self,
        products: Sequence[Compiled],
        tables: Iterable[tuple[int, Asked]],
        names: tuple[Mapping[str, int], Mapping[str, int], Mapping[str, int]],
    ) -> None:
        self.products = tuple(products)
        self.full = (1 << len(self.products)) - 1
        self.lowest = self.products[0].tariff.gross_bp if self.products else 0
        self.tables = tuple(sorted(tables, key=_telling, reverse=True))
        self.places = dict(self.tables)
        self._asks: dict[str, dict[Ask, int]] | None = None
        areas, kinds, self.banks = names
        self.reach = Reach(areas, kinds)

    def asks(self, fact: str) -> dict[Ask, int]:
        """The different ways in which these products ask a fact, and who asks so. Made when first needed."""
        if self._asks is None:
            self._asks = {}
            for place, compiled in enumerate(self.products):
                for ask in compiled.asks:
                    of_fact = self._asks.setdefault(ask.fact, {})
                    of_fact[ask] = of_fact.get(ask, 0) | 1 << place
        return self._asks.get(fact, {})

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
        areas, kinds, banks = self.reach.areas, self.reach.kinds, self.banks
        product = compiled.product
        names = (
            moved(areas, place, product.regions, gone=gone),
            moved(kinds, place, product.kinds, gone=gone),
            moved(banks, place, (product.bank,), gone=gone),
        )
        return Segment(products, ((fact, table) for fact, table in tables.items() if table.parts), names)


def segments_of(products: Sequence[Compiled], rules: Mapping[str, tuple[int, FactRule]]) -> tuple[Segment, ...]:
    """Sorted products as segments of at most SIZE."""
    return tuple(_segment(products[start : start + SIZE], rules) for start in range(0, len(products), SIZE))


def _segment(products: Sequence[Compiled], rules: Mapping[str, tuple[int, FactRule]]) -> Segment:
    parts: dict[str, dict[Part, int]] = {}
    areas, kinds, banks = Bits(), Bits(), Bits()
    bit = 1
    for compiled in products:
        product = compiled.product
        for ask in compiled.asks:
            of_fact = parts.setdefault(ask.fact, {})
            for part in ask.parts:
                of_fact[part] = of_fact.get(part, 0) | bit
        for bits, names in ((areas, product.regions), (kinds, product.kinds), (banks, (product.bank,))):
            for name in names:
                bits[name] |= bit
        bit <<= 1
    tables = ((*rules[fact], of_fact) for fact, of_fact in parts.items())
    return Segment(
        products,
        ((place, table_of(rule, bit - 1, of_fact)) for place, rule, of_fact in tables),
        (areas, kinds, banks),
    )


def _telling(entry: tuple[int, Asked]) -> tuple[int, int]:
    """What keeps most products out should be asked first. Ties by place: the order must not hang on luck."""
    place, table = entry
    return (table.asking.bit_count() * min(len(table.parts), 4), -place)
