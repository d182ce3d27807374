"""The engine is exact: it says what the plain rules say, on thresholds and beside them, for any catalogue."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain import answers, question
from services.matching.domain.asked import Bounds
from services.matching.domain.demand import Demand
from services.matching.domain.eligibility import Snapshot, best, explain, funnel, match, meets
from services.matching.domain.facts import ON_OFFER, Fact
from services.matching.domain.remedies import remedies_for
from tests.matching import makers, oracle
from tests.matching.room import DEMAND, SNAPSHOT, TODAY, Room

SEEDS = st.integers(0, 2**40).map(Random)


@given(SEEDS)
@settings(max_examples=800, deadline=None)
def test_the_engine_finds_what_the_oracle_finds(chance: Random) -> None:
    snapshot = makers.snapshot(chance)
    for _ in range(4):
        demand = makers.demand(chance)
        found = [(each.cost_bp, each.product.id) for each in match(snapshot, demand, TODAY).eligible]
        assert found == oracle.eligible(snapshot.rules, demand, TODAY)


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_the_order_of_loading_and_what_was_asked_before_do_not_matter(chance: Random) -> None:
    snapshot = makers.snapshot(chance)
    shuffled = list(snapshot.rules.products)
    chance.shuffle(shuffled)
    used = Snapshot(replace(snapshot.rules, products=tuple(shuffled)))
    for _ in range(4):
        demand = makers.demand(chance)
        fresh = Snapshot(snapshot.rules)
        assert match(used, demand, TODAY).eligible == match(fresh, demand, TODAY).eligible


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_the_best_few_are_the_first_of_all(chance: Random) -> None:
    snapshot, demand = makers.snapshot(chance), makers.demand(chance)
    everything = list(match(snapshot, demand, TODAY).eligible)
    count = chance.randint(1, 6)
    assert best(snapshot, demand, TODAY, count) == everything[:count]


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_an_edited_catalogue_answers_like_one_made_anew(chance: Random) -> None:
    """Whatever was put in, taken out or changed; and who holds the one before sees nothing of it."""
    first = makers.snapshot(chance)
    demands = [makers.demand(chance) for _ in range(3)]
    before = [match(first, demand, TODAY).eligible for demand in demands]
    edited, rules = first, first.rules
    for _ in range(chance.randint(1, 4)):
        rules = makers.edited(rules, chance)
        edited = Snapshot(rules, edited)
    fresh = Snapshot(rules)
    for demand, known in zip(demands, before, strict=True):
        matches = match(edited, demand, TODAY)
        assert matches.eligible == match(fresh, demand, TODAY).eligible
        shown = remedies_for(edited, demand, matches, TODAY, ())
        assert shown == remedies_for(fresh, demand, match(fresh, demand, TODAY), TODAY, ())
        assert match(first, demand, TODAY).eligible == known
    assert columns(edited) == columns(fresh)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_it_answers_alike_however_few_answers_are_kept(chance: Random) -> None:
    """Beyond so many keys everything is judged anew, also after edits, and keys that nobody uses any more are gone."""
    kept = chance.choice([0, 5, 20])
    with pytest.MonkeyPatch.context() as patched:
        for module in (answers, question):
            patched.setattr(module, "MOST_KEYS", kept)
        patched.setattr(answers, "MOST_PASSING", 100)
        few = makers.snapshot(chance)
        asked = [makers.demand(chance) for _ in range(12)]
        for demand in asked:
            match(few, demand, TODAY)
        rules = makers.edited(few.rules, chance)
        edited = Snapshot(rules, few)
        found = [_answers(each, demand) for each in (few, edited) for demand in asked]
    assert found == [_answers(Snapshot(each), demand) for each in (few.rules, rules) for demand in asked]


def _answers(snapshot: Snapshot, demand: Demand) -> tuple[object, ...]:
    matches = match(snapshot, demand, TODAY)
    return matches.eligible, remedies_for(snapshot, demand, matches, TODAY, ())


def columns(snapshot: Snapshot) -> dict[str, list[tuple[object, ...]]]:
    """Every bitset of every segment, by node and by what it stands for."""
    questions = snapshot.index.questions
    return {
        node: [
            (
                [each.product for each in segment.products],
                {questions[place].name: table.parts for place, table in segment.answers.tables.items()},
                (dict(segment.areas), dict(segment.kinds)),
            )
            for segment in segments
        ]
        for node, segments in snapshot.index.nodes.items()
        if segments
    }


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_an_explanation_agrees_with_the_verdict(chance: Random) -> None:
    snapshot, demand = makers.snapshot(chance), makers.demand(chance)
    met = {each.product.id for each in match(snapshot, demand, TODAY).eligible}
    for compiled in snapshot.reach(demand.county, demand.kind):
        words = {line.verdict for line in explain(snapshot, demand, compiled.product, TODAY)}
        assert (words <= {"passed"}) == (compiled.product.id in met)
        assert meets(snapshot, demand, compiled.product, TODAY) == (compiled.product.id in met)


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_the_funnel_leads_from_all_that_is_offered_to_all_that_is_met(chance: Random) -> None:
    snapshot, demand = makers.snapshot(chance), makers.demand(chance)
    lines = funnel(snapshot, demand, TODAY)
    assert lines[0].products == len(list(snapshot.reach(demand.county, demand.kind)))
    assert lines[-1].products == len(match(snapshot, demand, TODAY).eligible)
    assert all(one.products > other.products for one, other in pairwise(lines))


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_unknown_is_neither_passed_nor_failed(chance: Random) -> None:
    """Of a demand that says nothing everything is unknown; a fact that is told decides its own criteria alone."""
    snapshot = makers.snapshot(chance)
    silent = replace(makers.demand(chance), facts={})
    criteria = [each for product in snapshot.rules.products for each in product.criteria]
    name = chance.choice([each.fact for each in criteria if each.fact != ON_OFFER])
    fact = Fact(makers.value_of(snapshot.rules.facts[name], chance), "register", TODAY, "register")
    for product in snapshot.rules.products:
        asked = [line for line in explain(snapshot, silent, product, TODAY) if line.criterion.fact != ON_OFFER]
        assert {line.verdict for line in asked} == {"unknown"}
        lines = explain(snapshot, replace(silent, facts={name: fact}), product, TODAY)
        assert {line.verdict for line in lines if line.criterion.fact not in (name, ON_OFFER)} <= {"unknown"}
    assert match(snapshot, silent, TODAY).eligible == ()


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_however_fine_the_grid_of_kept_sums_the_verdicts_are_the_same(chance: Random) -> None:
    limits = {chance.randint(0, 10**6): 1 << place for place in range(chance.randint(1, 600))}
    lower, upper = Bounds(limits, lower=True), Bounds(limits, lower=False)
    for value in [*chance.sample(sorted(limits), min(len(limits), 20)), 0, 10**6]:
        for near in (value - 1, value, value + 1):
            over = sum(bit for limit, bit in limits.items() if near < limit)
            under = sum(bit for limit, bit in limits.items() if near > limit)
            assert lower.first(bisect_left(lower.limits, -near)) == over
            assert upper.first(bisect_left(upper.limits, near)) == under


def test_a_value_that_the_fact_cannot_have_counts_as_unknown() -> None:
    wrong = Fact("many", "platform", TODAY)
    demand = replace(_shop(), facts={**_shop().facts, "operating_months": wrong})
    product = next(each for each in SNAPSHOT.rules.products if each.id == "beichen-tax")
    lines = explain(SNAPSHOT, demand, product, TODAY)
    assert {line.verdict for line in lines if line.criterion.fact == "operating_months"} == {"unknown"}


def test_what_must_be_verified_is_not_believed_to_the_household_alone() -> None:
    product = next(each for each in SNAPSHOT.rules.products if each.id == "beichen-tax")
    said = {"tax_grade": Fact("A", "platform", TODAY, "self")}
    known = {"tax_grade": Fact("A", "tax", TODAY, "register")}
    demand = _shop()
    for facts, word in ((said, "unverified"), (known, "passed")):
        lines = explain(SNAPSHOT, replace(demand, facts={**demand.facts, **facts}), product, TODAY)
        assert [line.verdict for line in lines if line.criterion.fact == "tax_grade"] == [word]


def test_months_grow_by_themselves() -> None:
    demand = _shop()
    young = replace(
        demand, facts={**demand.facts, "operating_months": Fact(5, "market", TODAY - timedelta(days=31), "register")}
    )
    today = {each.product.id for each in match(SNAPSHOT, young, TODAY).eligible}
    a_month_before = {each.product.id for each in match(SNAPSHOT, young, TODAY - timedelta(days=20)).eligible}
    assert "tianxuan-shop" in today - a_month_before


def _shop() -> Demand:
    room = Room()
    room.accept()
    assert room.demand().id == DEMAND
    return room.demand()
