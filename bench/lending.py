"""A country of products and demands for `bench matching`: invented, drawn from a seed, over the shipped facts.

Weights of counties are lognormal and shared by supply and demand: where many shops are, many products are offered. Of
the demands one in ten lies exactly on a threshold and one in twenty beside it; a quarter comes from any county alike.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from uuid import UUID

from services.matching.domain.demand import Demand, Submitter
from services.matching.domain.facts import Fact
from services.matching.domain.rules import Criterion, FactValue, Product, Rules
from services.matching.handlers.catalogue import rules_of
from shared.catalogue import load_directory

TODAY = date(2026, 11, 24)
PROVINCES, CITIES, COUNTIES = 31, 334, 3_086
NATION = ""
AMOUNTS = [10_000 * each for each in (1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 80, 100, 150, 200, 300, 500, 1000)]
TERMS = [3, 6, 12, 18, 24, 36, 48, 60]
SECTIONS = "ACEFGHILNOPQRS"
COLLATERAL = ["house", "vehicle", "equipment", "receivable", "stock", "land_use_right", "livestock"]
GROUPS = ["veteran", "graduate", "woman", "returning_migrant", "disabled", "lifted_from_poverty"]
GRADES = ["A", "B", "M", "C", "D", "none"]
GUARANTEES = ["none", "person", "guarantee_company", "agricultural_guarantee"]
BANKS = 4_000


class Country:
    """Counties with their weights; a county's code begins with its city's, and that with its province's."""

    def __init__(self, chance: Random) -> None:
        cities = [f"{11 + place % PROVINCES:02d}{1 + place // PROVINCES:02d}" for place in range(CITIES)]
        self.counties = [f"{cities[place % CITIES]}{1 + place // CITIES:02d}" for place in range(COUNTIES)]
        self._sums = list(accumulate(chance.lognormvariate(0, 1) for _ in self.counties))

    def county(self, chance: Random) -> str:
        """One county, as often as its weight says."""
        return self.counties[bisect(self._sums, chance.random() * self._sums[-1])]

    def area(self, chance: Random) -> tuple[str, ...]:
        """Where a product is offered: 3 % everywhere, 17 % in a province, 45 % in one to four cities, else counties."""
        draw = chance.random()
        if draw < 0.03:
            return (NATION,)
        digits, most = (2, 1) if draw < 0.20 else (4, 4) if draw < 0.65 else (6, 8)
        return tuple(sorted({self.county(chance)[:digits] for _ in range(chance.randint(1, most))}))


def lending(products: int, seed: int = 1, *, one_city: bool = False) -> Rules:
    """The shipped facts and policies with so many invented products. `one_city`: all of them are offered in one."""
    chance = Random(seed)
    shipped = rules_of(load_directory("catalogue"))
    country = Country(Random(0))
    names = sorted(shipped.policies)
    shared: dict[Criterion, Criterion] = {}
    made = (_product(number, country, names, chance) for number in range(products))
    return replace(shipped, products=tuple(_interned(each, shared, one_city=one_city) for each in made))


def _interned(product: Product, shared: dict[Criterion, Criterion], *, one_city: bool) -> Product:
    """Equal criteria are one object, as where a catalogue is read: half a million products have to fit."""
    criteria = tuple(shared.setdefault(each, each) for each in product.criteria)
    return replace(product, criteria=criteria, regions=("1101",) if one_city else product.regions)


def _product(number: int, country: Country, policies: Sequence[str], chance: Random) -> Product:
    low = bisect(AMOUNTS, 0) + int(chance.triangular(0, 8, 1))
    high = min(low + chance.randint(4, 10), len(AMOUNTS) - 1)
    short = chance.randint(0, 2)
    long = min(short + chance.randint(2, 6), len(TERMS) - 1)
    rate = round(max(250, chance.gauss(420, 110)) / 5) * 5
    guaranteed = chance.random() < 0.15
    return Product(
        id=f"p{number:06d}",
        bank=f"b{chance.randrange(BANKS):04d}",
        kinds=("loan", "renewal") if chance.random() < 0.05 else ("loan",) if chance.random() < 0.7 else ("renewal",),
        regions=country.area(chance),
        rate_bp=rate,
        criteria=(
            *_criteria(chance),
            Criterion("amount_yuan", "at_least", AMOUNTS[low]),
            Criterion("amount_yuan", "at_most", AMOUNTS[high]),
            Criterion("term_months", "at_least", TERMS[short]),
            Criterion("term_months", "at_most", TERMS[long]),
        ),
        amount_max=AMOUNTS[high],
        guarantee_fee_bp=50 if guaranteed else 0,
        policies=tuple(sorted(chance.sample(policies, chance.choice([0, 0, 1, 1, 2])))),
        special=chance.random() < 0.05,
    )


def _criteria(chance: Random) -> Iterator[Criterion]:
    def often(share: float) -> bool:
        return chance.random() < share

    if often(0.8):
        yield Criterion("industry", "in", tuple(sorted(chance.sample(SECTIONS, chance.randint(2, 8)))))
    if often(0.9):
        yield Criterion("operator_age", "at_least", 18)
        yield Criterion("operator_age", "at_most", chance.choice([60, 65, 65, 70]))
    if often(0.35):
        yield Criterion(
            "tax_grade", "in", tuple(GRADES[: chance.randint(2, 5)]), chance.choice(["no", "before_referral"])
        )
    if often(0.65):
        yield Criterion("collateral", "any_of", tuple(sorted(chance.sample(COLLATERAL, chance.randint(1, 4)))))
    if often(0.15):
        yield Criterion("special_groups", "any_of", tuple(sorted(chance.sample(GROUPS, chance.randint(1, 4)))))
    if often(0.8):
        yield Criterion("operating_months", "at_least", chance.choice([3, 6, 12, 12, 18, 24, 36]))
    if often(0.8):
        yield Criterion("overdue_now", "is", False)
    if often(0.6):
        yield Criterion("enquiries_3m", "at_most", chance.choice([2, 3, 4, 6, 8]))
    if often(0.25):
        yield Criterion("guarantee", "in", tuple(GUARANTEES[chance.randint(1, 3) :]))
    if often(0.5):
        yield Criterion("annual_report_filed", "is", True)
    if often(0.35):
        yield Criterion("tax_filing_months", "at_least", chance.choice([6, 12, 12, 24]))
    if often(0.25):
        yield Criterion("food_permit", "is", True)


def demands(rules: Rules, count: int, seed: int = 2, *, one_city: bool = False) -> list[Demand]:
    """So many demands that know everything that is asked."""
    chance, country = Random(seed), Country(Random(0))
    return [_demand(rules, number, country, chance, one_city=one_city) for number in range(count)]


def _demand(rules: Rules, number: int, country: Country, chance: Random, *, one_city: bool) -> Demand:
    county = country.county(chance) if chance.random() < 0.75 else chance.choice(country.counties)
    county = "1101" + county[4:] if one_city else county
    weak = chance.random() < 0.2
    values = _values(chance, weak=weak)
    draw = chance.random()
    if draw < 0.15:
        # On a threshold, or one beside it.
        values["amount_yuan"] = chance.choice(AMOUNTS) + (0 if draw < 0.10 else chance.choice([-1, 1]))
        values["operating_months"] = max(chance.choice([3, 6, 12, 18, 24, 36]) + (0 if draw < 0.10 else -1), 0)
    known = {
        name: Fact(
            value,
            "platform",
            TODAY - timedelta(days=chance.choice([0, 0, 3, 20, 45])),
            chance.choice(["self", "partner", "partner", "register"]),
        )
        for name, value in values.items()
    }
    known["region"] = Fact(county, "platform", TODAY)
    kind = "loan" if chance.random() < 0.7 else "renewal"
    known["kind"] = Fact(kind, "platform", TODAY)
    return Demand(
        UUID(int=number),
        UUID(int=number),
        Submitter("platform", str(number)),
        county,
        kind=kind,
        industry=str(values["industry"]),
        amount_yuan=int(values["amount_yuan"]),  # type: ignore[arg-type]
        facts=known,
        label="obstructed",
    )


def _values(chance: Random, *, weak: bool) -> dict[str, FactValue]:
    good = 0.6 if weak else 0.93
    pledged = chance.sample(COLLATERAL, chance.choice([0, 1, 1, 2, 3]))
    groups = chance.sample(GROUPS, chance.choice([0, 0, 1, 2]))
    return {
        "industry": chance.choice(SECTIONS) + f"{chance.randint(1, 97):02d}",
        "amount_yuan": 1000 * round(chance.lognormvariate(11.9, 0.9) / 1000) or 1000,
        "term_months": chance.choice([6, 12, 12, 24, 24, 36]),
        "operator_age": chance.randint(19, 68),
        "tax_grade": chance.choice(GRADES[3:] if weak else GRADES[:4]),
        "collateral": tuple(sorted(pledged)) or ("none",),
        "special_groups": tuple(sorted(groups)) or ("none",),
        "operating_months": chance.randint(0, 20) if weak else chance.randint(4, 90),
        "overdue_now": chance.random() > good,
        "enquiries_3m": chance.randint(1, 9) if weak else chance.randint(0, 5),
        "guarantee": chance.choice(GUARANTEES),
        "annual_report_filed": chance.random() < good,
        "tax_filing_months": chance.randint(0, 60),
        "food_permit": chance.random() < 0.7,
    }
