"""Random catalogues and demands for property tests: every type of fact, values on thresholds and one beside.

From a seed, not from strategies: a demand knows dozens of facts, and drawing each of them would take a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from services.matching.domain.demand import Demand, Submitter
from services.matching.domain.eligibility import Snapshot
from services.matching.domain.facts import ON_OFFER, Fact
from services.matching.domain.rules import Criterion, FactRule, FactValue, Policy, Product, Rules
from tests.matching.room import DEMAND, HOUSEHOLD, SNAPSHOT, TODAY

RULES = SNAPSHOT.rules
MOST = 40
"""Numbers are small, so that they meet thresholds often."""
INDUSTRIES = ["A", "F51", "F52", "H61", "H62", "H621", "O", "R90"]
REGIONS = ["62", "6201", "620102", "620103", "6202"]
BANKS = sorted(RULES.institutions)[:5]
ASKED = ["licence_state", "operating_months", "overdue_now", "industry", "collateral", "annual_report_filed"]
"""Asked for often, so that products have criteria in common."""


NAMES = sorted(RULES.facts.keys() - {ON_OFFER})
"""What somebody can say; which day it is nobody has to."""


def value_of(rule: FactRule, chance: Random) -> FactValue:
    """A value that the fact can have."""
    if rule.type == "flag":
        return chance.random() < 0.5
    if rule.type == "integer":
        return chance.randint(0, MOST)
    if rule.type == "set":
        return tuple(sorted(chance.sample(rule.values, min(len(rule.values), chance.randint(1, 3)))))
    if rule.type == "choice":
        return chance.choice(rule.values)
    return chance.choice(INDUSTRIES if rule.type == "industry" else REGIONS)


def criterion(chance: Random, rule: FactRule | None = None) -> Criterion:
    """A rule over one fact, of an operator that its type knows."""
    rule = rule or RULES.facts[chance.choice(ASKED if chance.random() < 0.5 else NAMES)]
    verified = chance.choice(["no", "no", "no", "before_referral", "before_offer"])
    if rule.type == "integer":
        return Criterion(rule.name, chance.choice(["at_least", "at_most"]), chance.randint(0, MOST), verified)
    if rule.type == "flag":
        return Criterion(rule.name, "is", chance.random() < 0.5, verified)
    if rule.type == "set":
        return Criterion(rule.name, "any_of", value_of(rule, chance), verified)
    wanted = tuple(sorted({str(value_of(rule, chance)) for _ in range(chance.randint(1, 3))}))
    return Criterion(rule.name, chance.choice(["in", "in", "not_in"]), wanted, verified)


def policy(number: int, chance: Random) -> Policy:
    return Policy(
        id=f"policy-{number}",
        kind="subsidy",
        valid_from=TODAY + timedelta(days=chance.choice([-1, 0, 1])),
        valid_to=chance.choice([None, TODAY - timedelta(days=1), TODAY]),
        rate_cut_bp=chance.choice([0, 25, 100]),
        interest_share_percent=chance.choice([0, 0, 50]),
        fee_cut_bp=chance.choice([0, 50]),
        base_cap_yuan=chance.choice([None, 7, 20]),
        criteria=tuple(criterion(chance) for _ in range(chance.randint(0, 1))),
        evidence=("licence",),
    )


def product(number: int, chance: Random) -> Product:
    low, short = chance.randint(0, 20), chance.randint(0, 12)
    most = low + chance.randint(0, MOST)
    ranges = (
        Criterion("amount_yuan", "at_least", low),
        Criterion("amount_yuan", "at_most", most),
        Criterion("term_months", "at_least", short),
        Criterion("term_months", "at_most", short + chance.randint(0, MOST)),
    )
    asked = {(each.fact, each.op): each for each in (criterion(chance) for _ in range(chance.randint(0, 4)))}
    return Product(
        id=f"product-{number}",
        bank=chance.choice(BANKS),
        kinds=chance.choice([("loan",), ("loan",), ("renewal",), ("loan", "renewal")]),
        regions=chance.choice([("62",), ("6201",), ("620102", "620103"), ("6202",)]),
        rate_bp=chance.choice([300, 300, 350, 410]),
        criteria=(*asked.values(), *ranges, *window(chance)),
        amount_max=most,
        guarantee_fee_bp=chance.choice([0, 0, 80]),
        policies=tuple(f"policy-{number}" for number in chance.sample(range(4), chance.randint(0, 3))),
        special=chance.random() < 0.2,
    )


def window(chance: Random) -> Iterator[Criterion]:
    """The days on which a product is on offer: of most products all."""
    if chance.random() < 0.2:
        yield Criterion(ON_OFFER, "at_least", TODAY.toordinal() + chance.choice([-1, 0, 1, 2, 40]))
    if chance.random() < 0.1:
        yield Criterion(ON_OFFER, "at_most", TODAY.toordinal() + chance.choice([-1, 0, 1, 40]))


def snapshot(chance: Random) -> Snapshot:
    """A small catalogue over the shipped facts."""
    products = tuple(product(number, chance) for number in range(chance.randint(1, 16)))
    policies = {each.id: each for each in (policy(number, chance) for number in range(3))}
    return Snapshot(replace(RULES, products=products, policies=policies))


def edited(rules: Rules, chance: Random) -> Rules:
    """One product more, one less, or one that is another now."""
    products = list(rules.products)
    what = chance.choice(["in", "out", "change"])
    if what != "in" and len(products) > 1:
        products.pop(chance.randrange(len(products)))
    if what != "out":
        products.append(product(chance.randint(100, 110), chance))
    return replace(rules, products=tuple({each.id: each for each in products}.values()))


def demand(chance: Random) -> Demand:
    """A demand that knows most of what is asked, from sources of every assurance and of some age."""
    known = {
        name: Fact(
            value_of(rule, chance),
            "platform",
            TODAY - timedelta(days=chance.choice([0, 0, 27, 31, 400, 800])),
            chance.choice(["self", "partner", "register"]),
        )
        for name, rule in RULES.facts.items()
        if name in NAMES and chance.random() < 0.9
    }
    region = chance.choice(["620102", "620103", "620202"])
    known["region"] = Fact(region, "platform", TODAY)
    bare = Demand(
        DEMAND, HOUSEHOLD, Submitter("platform", "1"), region, kind=chance.choice(["loan", "loan", "renewal"])
    )
    return with_facts(bare, known)


def with_facts(before: Demand, changes: dict[str, Fact]) -> Demand:
    """The same demand knowing more; what it asks for follows its facts."""
    known = {**before.facts, **changes}
    amount = known.get("amount_yuan")
    return replace(before, facts=known, amount_yuan=amount.value if amount else None)  # type: ignore[arg-type]
