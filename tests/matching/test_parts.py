"""The smaller rules, each by example: which fact wins, what a loan costs, whose turn it is among equals, which unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.matching.domain.capacity import Capacity, Seat, unit_for
from services.matching.domain.consent import recipients
from services.matching.domain.cost import cost, estimate, still_missing
from services.matching.domain.criteria import verdict
from services.matching.domain.demand import Consent, Household
from services.matching.domain.facts import Fact, merge, months_after, months_between
from services.matching.domain.pricing import Match
from services.matching.domain.ranking import Candidate, order
from services.matching.domain.rules import Criterion, FactRule, Institution, Policy, Product, Unit
from tests.matching.room import HOUSEHOLD, SNAPSHOT, START, TODAY, Room

RULES = SNAPSHOT.rules
BEFORE, AFTER = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
PRODUCT = Product("p", "bank", ("loan",), ("62",), 400, (), amount_max=1_000_000)
HALF = Policy(
    "half", "subsidy", BEFORE, interest_share_percent=50, base_cap_yuan=300_000, evidence=("licence", "contract")
)
CUT = Policy("cut", "subsidy", BEFORE, rate_cut_bp=100, evidence=("licence",))
WAIVER = Policy("waiver", "guarantee", BEFORE, fee_cut_bp=50)


@pytest.mark.parametrize(
    ("known", "said", "winner"),
    [
        (("a", BEFORE, "self"), ("b", BEFORE, "self"), "b"),
        (("a", TODAY, "self"), ("b", BEFORE, "self"), "a"),
        (("a", TODAY, "self"), ("b", BEFORE, "partner"), "b"),
        (("a", BEFORE, "register"), ("b", TODAY, "partner"), "a"),
        (("a", BEFORE, "register"), ("b", TODAY, "register"), "b"),
    ],
)
def test_the_better_assurance_wins_then_the_newer(
    known: tuple[str, date, str], said: tuple[str, date, str], winner: str
) -> None:
    facts_known = {"fact": Fact(known[0], "one", *known[1:])}
    merged, changed = merge(facts_known, {"fact": Fact(said[0], "other", *said[1:])})
    assert merged["fact"].value == winner
    assert bool(changed) == (winner == "b")


def test_what_nobody_said_stays_unknown() -> None:
    assert merge({}, {}) == ({}, frozenset())


@pytest.mark.parametrize(
    ("start", "months", "day"),
    [
        (date(2026, 11, 30), 3, date(2027, 3, 1)),
        (date(2026, 1, 31), 1, date(2026, 3, 1)),
        (date(2024, 2, 29), 12, date(2025, 3, 1)),
        (date(2026, 3, 3), 12, date(2027, 3, 3)),
    ],
)
def test_a_month_is_whole_on_its_day_or_the_first_after(start: date, months: int, day: date) -> None:
    assert months_after(start, months) == day
    assert months_between(start, day) == months
    assert months_between(start, day - timedelta(days=1)) == months - 1


def test_what_a_loan_costs_line_by_line() -> None:
    product = replace(PRODUCT, guarantee_fee_bp=80)
    total, lines = cost(product, 200_000, [HALF, CUT, WAIVER])
    assert [(line.item, line.policy, line.bp) for line in lines] == [
        ("rate", None, 400),
        ("guarantee_fee", None, 80),
        ("subsidy", "half", -200),
        ("subsidy", "cut", -100),
        ("fee_waiver", "waiver", -50),
    ]
    assert total == sum(line.bp for line in lines) == 130


def test_a_saving_up_to_a_cap_is_spread_over_the_whole_loan_and_rounded_down() -> None:
    assert cost(PRODUCT, 300_000, [HALF])[0] == 200
    assert cost(PRODUCT, 700_000, [HALF])[0] == 400 - 200 * 300_000 // 700_000


def test_savings_never_make_a_loan_pay() -> None:
    assert cost(replace(PRODUCT, rate_bp=120), 100_000, [HALF, CUT])[0] == 0
    assert cost(replace(PRODUCT, guarantee_fee_bp=20), 100_000, [WAIVER])[0] == 400


def test_an_estimate_is_rounded_up_to_whole_yuan() -> None:
    assert estimate(100_000, 12, 301) == (3_010, 8_585)
    assert estimate(100_000, 7, 301) == (1_756, 14_537)
    assert estimate(1, 12, 0) == (0, 1)
    assert estimate(0, 12, 301) is None


def test_evidence_that_came_in_is_no_longer_missing() -> None:
    _, lines = cost(PRODUCT, 100_000, [HALF])
    assert still_missing(lines, ("licence",))[1].evidence_missing == ("contract",)
    assert still_missing(lines, ()) == lines


def candidate(bank: str, cost_bp: int, limit: int = 100, taken: int = 0) -> Candidate:
    product = replace(PRODUCT, id=f"{bank}-loan", bank=bank)
    return Candidate(Match(product, cost_bp, 0, ()), Seat(f"{bank}-unit", limit, taken))


def banks(found: list[Candidate]) -> list[str]:
    return [each.match.product.bank for each in found]


def test_cost_decides_where_it_differs() -> None:
    found = [candidate("a", 300), candidate("b", 311, taken=0), candidate("c", 400)]
    assert banks(list(order(found, 10, None))) == ["a", "b", "c"]


def test_among_nearly_equal_costs_the_one_furthest_behind_its_share_goes_first() -> None:
    found = [candidate("a", 300, 100, 50), candidate("b", 310, 100, 10), candidate("c", 305, 1000, 90)]
    assert banks(list(order(found, 10, None))) == ["c", "b", "a"]


def test_the_named_bank_goes_before_all() -> None:
    found = [candidate("a", 300), candidate("b", 310), candidate("c", 500)]
    assert banks(list(order(found, 10, "c"))) == ["c", "a", "b"]


def test_places_are_spread_in_the_proportion_of_the_limits() -> None:
    """Three banks at nearly the same cost, one referral at a time: each ends with its share, to one place."""
    limits, taken = {"a": 60, "b": 30, "c": 10}, {"a": 0, "b": 0, "c": 0}
    for _ in range(50):
        found = [candidate(bank, 300 + place, limits[bank], taken[bank]) for place, bank in enumerate(limits)]
        taken[next(iter(order(found, 10, None))).match.product.bank] += 1
    assert all(abs(taken[bank] - limits[bank] / 2) <= 1 for bank in limits)


def test_the_unit_is_the_nearest_that_takes_the_industry() -> None:
    whole, county, noodles, field = (
        Unit("whole", ("62",)),
        Unit("county", ("620102",)),
        Unit("noodles", ("620102",), ("H62",)),
        Unit("field", ("620123",), ("A",)),
    )
    bank = Institution("bank", (whole, county, noodles, field), 10)
    assert unit_for(bank, "620102", "H62") == noodles
    assert unit_for(bank, "620102", "F52") == county
    assert unit_for(bank, "620123", "H62") == whole
    assert unit_for(bank, "620123", None) == whole
    assert unit_for(bank, "110101", "H62") is None


@pytest.mark.parametrize(
    ("value", "wanted", "found"),
    [
        ("H62", ("H",), True),
        ("H", ("H62",), None),
        ("H61", ("H62",), False),
        ("62", ("H62",), True),
        ("62", ("H",), None),
        ("61", ("H62",), False),
    ],
)
def test_an_industry_is_compared_as_finely_as_it_is_known(
    value: str, wanted: tuple[str, ...], found: bool | None
) -> None:
    rule = FactRule("industry", "industry", "final")
    assert verdict(Criterion("industry", "in", wanted), rule, value) is found
    assert verdict(Criterion("industry", "not_in", wanted), rule, value) is (None if found is None else not found)


@pytest.mark.parametrize(
    ("changes", "count"),
    [({}, 17), ({"boxes": ("messages",)}, 0), ({"expires_on": BEFORE}, 0), ({"added_banks": ("xinxiu",)}, 18)],
)
def test_who_may_be_asked(changes: dict[str, object], count: int) -> None:
    consent = replace(Consent("v1", ("banks",), START, AFTER), **changes)  # type: ignore[arg-type]
    household = Household(HOUSEHOLD, consent)
    assert len(recipients(RULES, household, TODAY)) == count
    assert not recipients(RULES, replace(household, revoked=True), TODAY)
    assert not recipients(RULES, replace(household, erased=True), TODAY)


def test_who_waits_for_a_place_is_asked_about_quietly_every_working_day() -> None:
    room = Room()
    for bank in RULES.institutions.values():
        room.world.extra.units.update({unit.id: Capacity(0, 0) for unit in bank.units})
    assert room.accept() == ["standing"]
    assert room.demand().review_on == date(2026, 11, 25)
    assert room.ring() == []
    assert room.demand().review_on == date(2026, 11, 26)
    room.world.extra.units.clear()
    assert room.ring() == ["round-opened"]


def test_a_households_own_word_is_not_enough_where_more_is_asked() -> None:
    """It cannot pass, but it can fail."""
    rule, asked = RULES.facts["tax_grade"], Criterion("tax_grade", "in", ("A", "B"), "before_referral")
    assert verdict(asked, rule, "A") is None
    assert verdict(asked, rule, "A", sure=True) is True
    assert verdict(asked, rule, "D") is False
