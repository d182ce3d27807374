"""The engine is exact: it says what the plain rules say, on thresholds and beside them, for any catalogue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.domain.demand import Demand
from services.matching.domain.eligibility import Snapshot, explain, match
from services.matching.domain.facts import Fact
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
def test_an_explanation_agrees_with_the_verdict(chance: Random) -> None:
    snapshot, demand = makers.snapshot(chance), makers.demand(chance)
    matches = match(snapshot, demand, TODAY)
    met = {each.product.id for each in matches.eligible}
    for compiled in matches.reach:
        words = {line.verdict for line in explain(snapshot, demand, compiled.product, TODAY)}
        assert (words <= {"passed"}) == (compiled.product.id in met)


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_unknown_is_neither_passed_nor_failed(chance: Random) -> None:
    """Of a demand that says nothing everything is unknown; a fact that is told decides its own criterion alone."""
    snapshot = makers.snapshot(chance)
    silent = replace(makers.demand(chance), facts={})
    assert match(snapshot, silent, TODAY).verdicts == (0, snapshot.all_bits)
    name = chance.choice([each.fact for each in snapshot.criteria])
    fact = Fact(makers.value_of(snapshot.rules.facts[name], chance), "register", TODAY, "register")
    fails, unknown = match(snapshot, replace(silent, facts={name: fact}), TODAY).verdicts
    others = snapshot.all_bits & ~snapshot.bits_about(name)
    assert unknown & others == others
    assert fails & others == 0
    assert fails & unknown == 0


def test_a_value_that_the_fact_cannot_have_counts_as_unknown() -> None:
    wrong = Fact("many", "platform", TODAY)
    demand = replace(_shop(), facts={**_shop().facts, "operating_months": wrong})
    lines = explain(SNAPSHOT, demand, SNAPSHOT.rules.products[0], TODAY)
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
