"""A remedy is true: do what it says, and the products open that it counts, at the cost that it names."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.plain import remedies_by_loop
from services.matching.domain.criteria import verdict
from services.matching.domain.demand import Demand, Remedy
from services.matching.domain.eligibility import Snapshot, match
from services.matching.domain.facts import ON_OFFER, Fact, aged, known_at
from services.matching.domain.pricing import Match
from services.matching.domain.remedies import QUESTIONS, price_of, remedies_for, worth_showing
from services.matching.domain.rules import Criterion, FactValue, Product
from services.matching.domain.steps import passes, step_for
from tests.matching import makers
from tests.matching.room import TODAY

RULES = makers.RULES
SEEDS = st.integers(0, 2**40).map(Random)


def opened(snapshot: Snapshot, before: Demand, changes: dict[str, Fact]) -> list[Match]:
    """What is met after the changes and was not before."""
    already = {each.product.id for each in match(snapshot, before, TODAY).eligible}
    if ON_OFFER in changes:
        changes = dict(changes)
        snapshot = on_the_day(snapshot, date.fromordinal(int(changes.pop(ON_OFFER).value)))  # type: ignore[arg-type]
    after = makers.with_facts(before, changes)
    return [each for each in match(snapshot, after, TODAY).eligible if each.product.id not in already]


def on_the_day(snapshot: Snapshot, day: date) -> Snapshot:
    """What is on offer on that day, for good."""
    products = tuple(
        replace(product, criteria=tuple(each for each in product.criteria if each.fact != ON_OFFER))
        for product in snapshot.rules.products
        if all(
            verdict(each, RULES.facts[ON_OFFER], day.toordinal(), True)
            for each in product.criteria
            if each.fact == ON_OFFER
        )
    )
    return Snapshot(replace(snapshot.rules, products=products))


def shown(chance: Random) -> tuple[Snapshot, Demand, tuple[Remedy, ...]]:
    snapshot, demand = makers.snapshot(chance), makers.demand(chance)
    matches = match(snapshot, demand, TODAY)
    return snapshot, demand, remedies_for(snapshot, demand, matches, TODAY, ())


def answer(snapshot: Snapshot, product: Product, name: str) -> FactValue | None:
    """What this product would like to hear; None where its own criteria contradict each other, and for the place:
    another one is in reach of other products."""
    if name == "region":
        return None
    rule, asked = snapshot.rules.facts[name], [each for each in product.criteria if each.fact == name]
    listed = [value for each in asked if isinstance(each.value, tuple) for value in each.value]
    candidates: list[FactValue] = [False, True, *range(2 * makers.MOST + 20), *rule.values, *listed]
    candidates += [*makers.INDUSTRIES, *makers.REGIONS, "Q", "11", *((value,) for value in rule.values)]
    return next((value for value in candidates if passes(rule, asked, value)), None)


@given(SEEDS)
@settings(max_examples=500, deadline=None)
def test_doing_what_it_says_opens_the_product_that_it_names(chance: Random) -> None:
    """Each step as the remedy says it; a question is answered as that product would like."""
    snapshot, demand, remedies = shown(chance)
    for remedy in remedies:
        best = snapshot.product(remedy.best_product or "")
        assert best is not None
        assert remedy.products > 0
        values = {s.fact: answer(snapshot, best, s.fact) if s.target is None else s.target for s in remedy.steps}
        on = {step.fact: step.on or TODAY for step in remedy.steps}
        changes = {
            name: Fact(value, "done", on[name], "register") for name, value in values.items() if value is not None
        }
        if len(changes) == len(values):
            assert best.id in {each.product.id for each in opened(snapshot, demand, changes)}


@given(SEEDS)
@settings(max_examples=500, deadline=None)
def test_without_questions_the_count_and_the_cost_are_exact(chance: Random) -> None:
    snapshot, demand, remedies = shown(chance)
    for remedy in remedies:
        done = {step.fact: (step.target, step.on or TODAY) for step in remedy.steps if step.target is not None}
        if len(done) == len(remedy.steps):
            changes = {name: Fact(value, "done", on, "register") for name, (value, on) in done.items()}
            found = opened(snapshot, demand, changes)
            assert remedy.products == len(found)
            assert (remedy.best_product, remedy.best_rate_bp) == (found[0].product.id, found[0].cost_bp)


@given(SEEDS)
@settings(max_examples=600, deadline=None)
def test_the_search_finds_what_the_oracle_finds(chance: Random) -> None:
    """Every set of steps, which of them are shown, what each opens and what the best of that costs."""
    snapshot, demand = makers.snapshot(chance), makers.demand(chance)
    if chance.random() < 0.4:
        kept = chance.sample(sorted(demand.facts), chance.randint(0, len(demand.facts)))
        demand = makers.with_facts(replace(demand, facts={}), {name: demand.facts[name] for name in kept})
    if chance.random() < 0.3:
        demand = replace(demand, unremovable=tuple(chance.sample(sorted(RULES.obstacles), 5)))
    shut = set(chance.sample(makers.BANKS, chance.choice([0, 0, 1, 2])))
    found = remedies_for(snapshot, demand, match(snapshot, demand, TODAY), TODAY, shut)
    assert list(found) == remedies_by_loop(snapshot.rules, demand, TODAY, shut)


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_no_step_is_needless(chance: Random) -> None:
    """Each step is about another fact, that now fails or is unknown, and of the kind that its declaration calls for."""
    snapshot, demand, remedies = shown(chance)
    for remedy in remedies:
        assert len({step.fact for step in remedy.steps}) == len(remedy.steps)
        for step in remedy.steps:
            rule, fact = snapshot.rules.facts[step.fact], known_at(demand.facts, step.fact, TODAY)
            if step.kind == "supply":
                assert fact is None or fact.assurance == "self" or rule.type in ("industry", "region")
            else:
                assert fact is not None
                assert step.kind == rule.failure
                assert step.on is not None or step.target != fact.value


@given(SEEDS)
@settings(max_examples=200, deadline=None)
def test_the_cheapest_come_first_and_questions_do_not_hide_the_rest(chance: Random) -> None:
    remedies = shown(chance)[2]
    assert list(remedies) == sorted(remedies, key=price_of)
    assert len({each.steps for each in remedies}) == len(remedies)
    assert sum(all(step.kind == "supply" for step in each.steps) for each in remedies) <= QUESTIONS
    assert worth_showing(remedies) == remedies


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_a_wait_names_the_first_day_on_which_it_passes(chance: Random) -> None:
    rule = RULES.facts[
        chance.choice([name for name, each in RULES.facts.items() if each.failure == "wait" and name in makers.NAMES])
    ]
    since = date.fromordinal(TODAY.toordinal() - chance.randint(0, 700))
    fact = Fact(chance.randint(1, 40), "market", since, "register")
    now = int(aged(rule, fact, TODAY))  # type: ignore[arg-type]
    assume(now > 0)
    op, wanted = ("at_most", now - 1) if rule.window_months else ("at_least", now + chance.randint(1, 30))
    criterion = Criterion(rule.name, op, wanted)
    step = step_for(RULES, rule, (criterion,), fact, TODAY, ())
    assert step is not None
    assert step.on is not None
    assert step.on > TODAY
    assert verdict(criterion, rule, aged(rule, fact, step.on), True) is True
    assert verdict(criterion, rule, aged(rule, fact, date.fromordinal(step.on.toordinal() - 1)), True) is False
