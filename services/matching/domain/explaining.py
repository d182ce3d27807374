"""A recorded decision computed again: what follows from what is known, and where that differs from what was told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from services.matching.domain.course import lasting
from services.matching.domain.demand import AT_BANKS, WAITING, Demand, Remedy, Step
from services.matching.domain.docking import Docking
from services.matching.domain.eligibility import Left, Line, Matches, Snapshot, explain, funnel, match, region_of
from services.matching.domain.facts import ON_OFFER
from services.matching.domain.pricing import Match
from services.matching.domain.remedies import remedies_for
from services.matching.domain.rules import Product
from services.matching.domain.weighing import (
    AskConsent,
    AskHousehold,
    Course,
    NoRemedy,
    Remove,
    Stand,
    ToBanks,
    weigh,
)

FEW = 5


class Differs(NamedTuple):
    """One thing that was recorded otherwise than it comes out now."""

    what: str
    recorded: object
    recomputed: object


class Verdict(NamedTuple):
    """One product: whether it is met, and every criterion with fact, value, threshold and source."""

    product: Product
    met: bool
    lines: tuple[Line, ...]


class Explanation(NamedTuple):
    """`met`: the best products; `verdicts`: the products in question, criterion by criterion; `differs`: empty where
    the recorded decision comes out again."""

    met: tuple[Match, ...]
    funnel: tuple[Left, ...]
    verdicts: tuple[Verdict, ...]
    remedies: tuple[Remedy, ...]
    recomputed: str
    differs: tuple[Differs, ...]


def explained(docking: Docking, bank: str | None = None) -> Explanation:
    """Why this and not that. `bank`: the verdicts are on all of its products in reach, else on those that matter."""
    demand, snapshot, today = docking.demand, docking.snapshot, docking.moment.today
    matches = match(snapshot, demand, today)
    met = tuple(matches.best(FEW))
    if demand.label in WAITING:
        course = weigh(docking)
        label, differs = LABELS[type(course)], tuple(_other_course(demand, course))
    else:
        label, differs = demand.label, tuple(_other_referrals(demand, matches))
    remedies = remedies_for(snapshot, demand, matches, today, {*demand.excluded_banks, *demand.barred})
    verdicts = tuple(
        Verdict(product, all(line.verdict == "passed" for line in lines), lines)
        for product in _in_question(snapshot, demand, met, remedies, bank)
        for lines in [explain(snapshot, demand, product, today)]
    )
    return Explanation(met, funnel(snapshot, demand, today), verdicts, remedies, label, differs)


def as_data(why: Explanation) -> dict[str, Any]:
    """For a wire: every part by the names of its fields; of a product its id, its bank and its rate."""
    found: dict[str, Any] = _plain(why)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Product):
        return {"id": value.id, "bank": value.bank, "rate_bp": value.rate_bp}
    if isinstance(value, Step) and value.fact == ON_OFFER:
        value = value._replace(target=None)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(each) for name, each in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def overlooked(docking: Docking) -> tuple[str, ...]:
    """The products for which a demand that waits would go to banks now; empty where it rightly waits."""
    course = weigh(docking)
    if isinstance(course, ToBanks):
        return tuple(each.match.product.id for each in course.candidates)
    if isinstance(course, AskConsent) and docking.demand.asked != (course.bank, course.product):
        return (course.product,)
    return ()


def _in_question(
    snapshot: Snapshot, demand: Demand, met: tuple[Match, ...], remedies: tuple[Remedy, ...], bank: str | None
) -> Iterator[Product]:
    """A bank's products in reach; or what was referred, what is met best, and what the remedies would open."""
    if bank is not None:
        reach = snapshot.reach(region_of(demand), demand.kind)
        yield from (each.product for each in reach if each.product.bank == bank)
        return
    names = [each.product for each in demand.referrals] + [each.product.id for each in met]
    names += [each.best_product for each in remedies if each.best_product]
    for name in dict.fromkeys(names):
        product = snapshot.product(name)
        if product is not None:
            yield product


def _other_course(demand: Demand, course: Course) -> Iterator[Differs]:
    label = LABELS[type(course)]
    if label != demand.label:
        yield Differs("state", demand.label, label)
    obstacles = course.obstacles if isinstance(course, Remove) else ()
    if obstacles != demand.obstacles:
        yield Differs("obstacles", demand.obstacles, obstacles)
    told, found = demand.remedies, getattr(course, "remedies", ())
    if [lasting(each) for each in told] != [lasting(each) for each in found]:
        yield Differs("remedies", told, found)
    if isinstance(course, AskConsent) and demand.asked != (course.bank, course.product):
        yield Differs("asked", demand.asked, (course.bank, course.product))


def _other_referrals(demand: Demand, matches: Matches) -> Iterator[Differs]:
    """Of what banks have now: a product that is no longer met, or costs something else."""
    if demand.label not in AT_BANKS:
        return
    costs = {each.product.id: each.cost_bp for each in matches.eligible}
    for referral in demand.live:
        cost_bp = costs.get(referral.product)
        if cost_bp != referral.cost_bp:
            yield Differs(f"referral {referral.product}", referral.cost_bp, cost_bp)


LABELS: dict[type[Course], str] = {
    ToBanks: "referred",
    AskConsent: "consent_wanted",
    AskHousehold: "obstructed",
    Remove: "obstructed",
    Stand: "standing",
    NoRemedy: "closed",
}
