"""The engine at its edges: nothing to look at, products in many places, long runs of equal cost, the coarsest grid."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain import asked
from services.matching.domain.eligibility import Snapshot, best, funnel, match
from services.matching.domain.remedies import remedies_for
from services.matching.domain.rules import Criterion, Product
from services.matching.domain.segment import SIZE
from tests.matching import makers, oracle
from tests.matching.room import SNAPSHOT, TODAY

SEEDS = st.integers(0, 2**40).map(Random)
RULES = SNAPSHOT.rules
MANY = 2 * SIZE + 300
"""Products that cost the same: more than two segments hold, and more than a run of machine words."""


def equal(number: int) -> Product:
    """One of many that cost the same; every third is made for a trade, so that it goes before the others."""
    asks = (Criterion("industry", "in", ("H62",)),) if number % 3 == 0 else ()
    return Product(
        id=f"equal-{number * 7919 % 10_007:05d}", bank=makers.BANKS[number % 5], kinds=("loan",), regions=("62",),
        rate_bp=400, criteria=asks, amount_max=0,
    )  # fmt: skip


def in_order(snapshot: Snapshot, chance: Random) -> None:
    """All products, and the best few, as the plain loop has them."""
    demand = replace(makers.demand(chance), kind="loan")
    expected = oracle.eligible(snapshot.rules, demand, TODAY)
    assert [(each.cost_bp, each.product.id) for each in match(snapshot, demand, TODAY).eligible] == expected
    for count in (1, 5, SIZE):
        assert [each.product.id for each in best(snapshot, demand, TODAY, count)] == [
            name for _, name in expected[:count]
        ]


def test_a_catalogue_without_products_meets_nothing_and_helps_nobody() -> None:
    empty, demand = Snapshot(replace(RULES, products=())), makers.demand(Random(1))
    matches = match(empty, demand, TODAY)
    assert matches.eligible == ()
    assert matches.products == 0
    assert remedies_for(empty, demand, matches, TODAY, ()) == ()
    assert [line.products for line in funnel(empty, demand, TODAY)] == [0]
    filled = Snapshot(replace(RULES, products=(equal(1),)), empty)
    assert len(match(filled, replace(demand, kind="loan"), TODAY).eligible) == 1
    emptied = Snapshot(replace(RULES, products=()), filled)
    assert match(emptied, demand, TODAY).eligible == ()


def test_a_run_of_equal_costs_longer_than_a_segment_keeps_its_order() -> None:
    snapshot = Snapshot(replace(RULES, products=tuple(equal(number) for number in range(MANY))))
    chance = Random(3)
    for _ in range(3):
        in_order(snapshot, chance)
    rules = snapshot.rules
    for _ in range(3):
        gone = chance.sample(rules.products, 3)
        kept = tuple(each for each in rules.products if each not in gone)
        rules = replace(rules, products=(*kept, replace(equal(0), id=f"equal-{chance.randint(20_000, 30_000)}")))
        snapshot = Snapshot(rules, snapshot)
        in_order(snapshot, chance)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_a_product_in_many_places_is_found_once_in_each(chance: Random) -> None:
    """In the nation, a province and one of its counties at once: a list may name what another of its areas holds."""
    product = makers.product(1, chance)
    areas = ["", "62", "6201", "620102", "620103", "6202", "620202", "61", "6101"]
    listed = tuple(chance.sample(areas, chance.randint(1, 6)))
    snapshot = Snapshot(replace(RULES, products=(replace(product, regions=listed), equal(1))))
    for _ in range(3):
        demand = makers.demand(chance)
        found = [(each.cost_bp, each.product.id) for each in match(snapshot, demand, TODAY).eligible]
        assert found == oracle.eligible(snapshot.rules, demand, TODAY)
    gone = Snapshot(replace(RULES, products=(equal(1),)), snapshot)
    for segments in gone.index.nodes.values():
        assert all(each.product.id != product.id for segment in segments for each in segment.products)


@pytest.mark.parametrize("grid", [1, 2])
def test_the_coarsest_grid_is_exact(grid: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly nothing is summed up beforehand: what lies between is put in one by one."""
    monkeypatch.setattr(asked, "GRID", grid)
    for seed in range(40):
        chance = Random(seed)
        snapshot, demand = makers.snapshot(chance), makers.demand(chance)
        found = [(each.cost_bp, each.product.id) for each in match(snapshot, demand, TODAY).eligible]
        assert found == oracle.eligible(snapshot.rules, demand, TODAY)


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_a_snapshot_that_somebody_holds_stays_what_it_is(chance: Random) -> None:
    """Its tables fill up while the next ones are made from it, and made from those: its answers are the first ones."""
    first = makers.snapshot(chance)
    demands = [makers.demand(chance) for _ in range(3)]
    answers = [
        (each.eligible, remedies_for(first, demand, each, TODAY, ()))
        for demand in demands
        for each in [match(first, demand, TODAY)]
    ]
    newest, rules = first, first.rules
    for _ in range(4):
        rules = makers.edited(rules, chance)
        newest = Snapshot(rules, newest)
        match(newest, makers.demand(chance), TODAY)
    for demand, (eligible, remedies) in zip(demands, answers, strict=True):
        again = match(first, demand, TODAY)
        assert (again.eligible, remedies_for(first, demand, again, TODAY, ())) == (eligible, remedies)
