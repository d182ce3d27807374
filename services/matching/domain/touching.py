"""长期匹配: which of the demands that wait a change can touch. None that it could is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from services.matching.domain.demand import Demand
from services.matching.domain.eligibility import Snapshot, match, region_of
from services.matching.domain.facts import ON_OFFER
from services.matching.domain.nearest import views
from services.matching.domain.rules import Policy, Product, Rules

Touches = Callable[[Demand], bool]


def anything(_: Demand) -> bool:
    """A change of which nobody knows what it changes."""
    return True


def by_release(before: Rules, after: Rules, today: date) -> Touches:
    """What another release can change. What it says of facts, obstacles, consent or the campaign bears on all."""
    if any(getattr(before, part) != getattr(after, part) for part in ("campaign", "facts", "obstacles", "consents")):
        return anything
    banks = _differing(before.institutions, after.institutions)
    policies = _differing(before.policies, after.policies)
    old, new = ({each.id: each for each in rules.products} for rules in (before, after))
    changed = _differing(old, new)

    def meant(product: Product) -> bool:
        return product.id in changed or product.bank in banks or not policies.isdisjoint(product.policies)

    parts = [(_only(rules, meant), today) for rules in (before, after)]

    def touches(demand: Demand) -> bool:
        lender = demand.facts.get("present_lender")
        first = {demand.named_bank, lender.value if lender else None}
        return not banks.isdisjoint(first) or any(_reached(part, demand, day) for part, day in parts)

    return touches


def by_days(rules: Rules, since: date, today: date) -> Touches:
    """What the days after `since` up to today change by themselves: windows that have opened, or closed."""
    policies = {each.id for each in rules.policies.values() if any(since < day <= today for day in _turns(each))}

    def meant(product: Product) -> bool:
        turns = [_turn(each.op, int(each.value)) for each in product.criteria if each.fact == ON_OFFER]  # type: ignore[arg-type]
        return any(since < day <= today for day in turns) or not policies.isdisjoint(product.policies)

    part = _only(rules, meant)

    def touches(demand: Demand) -> bool:
        return _reached(part, demand, since) or _reached(part, demand, today)

    return touches if part.rules.products else nothing


def nothing(_: Demand) -> bool:
    """A change that touches nobody."""
    return False


def by_limit(snapshot: Snapshot, bank: str, unit: str, today: date) -> Touches:
    """What a place more at a unit changes: for who meets a product of its bank, and would go there."""
    part = _only(snapshot.rules, lambda product: product.bank == bank)

    def touches(demand: Demand) -> bool:
        place = snapshot.unit(bank, demand.county, demand.industry)
        return place is not None and place[1].id == unit and bool(match(part, demand, today).lots)

    return touches


def _only(rules: Rules, meant: Callable[[Product], bool]) -> Snapshot:
    return Snapshot(replace(rules, products=tuple(each for each in rules.products if meant(each))))


def _reached(part: Snapshot, demand: Demand, today: date) -> bool:
    """Whether it meets one of these products, or could come to: a bank that it excluded it never goes to."""
    if not part.index.offered(region_of(demand), demand.kind):
        return False
    matches, excluded = match(part, demand, today), demand.excluded_banks
    for segment, products in matches.lots:
        for bank in excluded:
            products ^= products & segment.of_bank(bank)  # noqa: PLW2901
        if products:
            return True
    return bool(views(part, demand, matches.keys, excluded))


def _differing(before: Mapping[str, object], after: Mapping[str, object]) -> set[str]:
    return {name for name in {**before, **after} if before.get(name) != after.get(name)}


def _turns(policy: Policy) -> Iterator[date]:
    yield policy.valid_from
    if policy.valid_to is not None:
        yield _turn("at_most", policy.valid_to.toordinal())


def _turn(op: str, day: int) -> date:
    """The first day on which a window's criterion is judged otherwise than the day before."""
    return date.fromordinal(day + (op == "at_most"))
