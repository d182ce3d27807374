"""`bench matching`: the engine against a plain loop and PostgreSQL, on the same demands in the same run."""

from __future__ import annotations

import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.lending import TODAY, demands, lending
from bench.plain import eligible_by_loop, remedies_by_loop
from bench.postgres import Shelf
from freshwater.servers import servers
from services.matching.domain.demand import Demand
from services.matching.domain.eligibility import Snapshot, best, match
from services.matching.domain.nearest import views
from services.matching.domain.remedies import remedies_for
from services.matching.domain.rules import Rules
from services.matching.domain.whatif import compare

TOP = 5
DEMANDS = 1_000
PASSES = 5
WHAT_IF_DEMANDS, WHAT_IF_PRODUCTS = 10_000, 5_000


class Timed(NamedTuple):
    """Microseconds a demand: the median and the 99th percentile of the quietest pass, and the medians of all."""

    median: float
    p99: float
    medians: tuple[float, ...]

    def __str__(self) -> str:
        return f"{self.median:10,.1f} / {self.p99:,.1f}"


def timed(do: Callable[[Demand], object], asked: Sequence[Demand], passes: int = PASSES) -> Timed:
    """Each demand by itself, several passes. Others work on the machine too: the quietest pass counts, all are told."""
    found = []
    for _ in range(passes):
        took = []
        for demand in asked:
            start = time.perf_counter_ns()
            do(demand)
            took.append((time.perf_counter_ns() - start) / 1_000)
        took.sort()
        found.append((statistics.median(took), took[len(took) * 99 // 100]))
    median, p99 = min(found)
    return Timed(median, p99, tuple(each for each, _ in found))


async def measure(sizes: Sequence[int], check: int, postgres: str | None) -> None:
    """Everything, and how often the engine and the plain loop disagreed."""
    print(f"microseconds a demand, median / p99 of the quietest of {PASSES} passes over {DEMANDS:,} demands")
    differences, first = 0, None
    for size in sizes:
        rules, before = lending(size), _memory()
        start = time.perf_counter()
        snapshot = Snapshot(rules)
        built = time.perf_counter() - start
        gc.collect()
        gc.freeze()
        found = await _one_size(rules, snapshot, postgres)
        first = first or found
        size_of_index = _memory() - before
        print(f"  compiled in {built:.2f} s, {size_of_index:,.0f} MB beside the products; grown {found / first:.1f} x")
        differences += _differences(rules, snapshot, check)
        _edits(snapshot)
        del snapshot, rules
        gc.unfreeze()
    _what_if()
    print(f"differences from the oracle: {differences}")


async def _one_size(rules: Rules, snapshot: Snapshot, postgres: str | None) -> float:
    products, asked = len(rules.products), demands(rules, DEMANDS)
    top = timed(lambda demand: best(snapshot, demand, TODAY, TOP), asked)
    remedies = timed(lambda demand: remedies_for(snapshot, demand, match(snapshot, demand, TODAY), TODAY, ()), asked)
    bits = timed(lambda demand: views(snapshot, demand, snapshot.index.keys(demand.facts, TODAY), ()), asked)
    few = asked[: max(min(200_000 // products, 100), 3)]
    loop = timed(lambda demand: eligible_by_loop(rules, demand, TODAY)[:TOP], few, 2)
    print(f"\n{products:,} products")
    print(f"  top {TOP}            {top}    medians {_spread(top)}")
    print(f"  match, remedies  {remedies}    medians {_spread(remedies)}")
    print(f"    of that, bits  {bits}    the rest makes sets of steps, and counts and prices what each of them opens")
    print(f"  plain loop       {loop}    {loop.median / top.median:,.0f} x the engine")
    if postgres and products <= 50_000:
        shelf = await Shelf.filled(postgres, rules)
        try:
            there = await shelf.timed(snapshot, asked[:300])
        finally:
            await shelf.close()
        print(f"  PostgreSQL, GIN  {there[0]:10,.1f} / {there[1]:,.1f}    {there[0] / top.median:,.0f} x the engine")
    return top.median


def _spread(one: Timed) -> str:
    return f"{min(one.medians):.1f} / {statistics.median(one.medians):.1f} / {max(one.medians):.1f}"


def _differences(rules: Rules, snapshot: Snapshot, check: int) -> int:
    """How many of some other demands come out otherwise than by the plain loop: products, order, cost, remedies."""
    few = max(min(check, check * 5_000 // len(rules.products)), 3)
    wrong = 0
    for demand in demands(rules, few, seed=7):
        found = [(each.cost_bp, each.product.id) for each in match(snapshot, demand, TODAY).eligible]
        wrong += found != eligible_by_loop(rules, demand, TODAY)
        first = [(each.cost_bp, each.product.id) for each in best(snapshot, demand, TODAY, TOP)]
        wrong += first != found[:TOP]
        if len(rules.products) <= 5_000:
            told = remedies_for(snapshot, demand, match(snapshot, demand, TODAY), TODAY, ())
            wrong += list(told) != remedies_by_loop(rules, demand, TODAY)
    print(f"  compared with the plain loop on {few:,} other demands: {wrong} differences")
    return wrong


def _edits(snapshot: Snapshot) -> None:
    """One product changed at a time. Whoever reads holds the index before, which nothing changes: there is no lock."""
    took, index, products = [], snapshot.index, snapshot.rules.products
    for number in range(200):
        before = products[number * len(products) // 200]
        after = replace(before, rate_bp=before.rate_bp + 5)
        start = time.perf_counter_ns()
        index = index.edited(before, after)
        took.append((time.perf_counter_ns() - start) / 1_000)
    took.sort()
    spread = f"{statistics.median(took):,.0f} / {took[197]:,.0f} µs"
    print(f"  one product changed: {spread}, median / p99; whoever reads goes on with the index before")


def _what_if() -> None:
    """Ten thousand recorded demands under another catalogue of five thousand products."""
    rules = lending(WHAT_IF_PRODUCTS)
    recorded = demands(rules, WHAT_IF_DEMANDS, seed=3)
    eased = tuple(
        replace(product, criteria=tuple(each for each in product.criteria if each.fact != "operating_months"))
        for product in rules.products
    )
    before, after = Snapshot(rules), Snapshot(replace(rules, products=eased))
    compare(before, after, recorded[:1_000], TODAY)
    found, seconds, own = None, [], []
    for _ in range(3):
        start, busy = time.perf_counter(), time.process_time()
        found = compare(before, after, recorded, TODAY)
        seconds.append(time.perf_counter() - start)
        own.append(time.process_time() - busy)
    assert found is not None
    runs = " / ".join(f"{each:.2f}" for each in sorted(seconds))
    print(f"\nwhat if, {WHAT_IF_DEMANDS:,} demands and {WHAT_IF_PRODUCTS:,} products: {min(seconds):.2f} s ({runs})")
    print(f"  of a core's own time: {min(own):.2f} s, whatever else the machine does; the first look fills the tables")
    print(f"  {len(found.gained):,} households gained, {len(found.wider):,} with more banks to go to")


def _memory() -> float:
    """Megabytes of this process."""
    return float(psutil.Process().memory_info().rss) / 1e6


async def run(sizes: Sequence[int], check: int, *, with_postgres: bool) -> None:
    """The whole measurement, on a PostgreSQL of its own where one is wanted."""
    if not with_postgres:
        await measure(sizes, check, None)
        return
    with tempfile.TemporaryDirectory() as folder:
        async with servers(Path(folder)) as running:
            await measure(sizes, check, running.postgres)
