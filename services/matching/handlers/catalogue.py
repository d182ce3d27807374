"""From a release of the catalogue to the rules that matching decides by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.matching.domain import rules
from services.matching.domain.facts import ON_OFFER, ON_OFFER_RULE
from services.matching.domain.rules import Criterion, FactValue, Rules
from shared.catalogue.regions import stem
from shared.catalogue.release import Release
from shared.contracts import entities


def rules_of(release: Release) -> Rules:
    """All that matching needs of a release, with every region as the stem that its places share."""
    regions = frozenset(fact.id for fact in release.facts.values() if fact.type == "region")
    return Rules(
        number=release.number,
        campaign=_campaign(release.campaign),
        facts={fact.id: _fact(fact) for fact in release.facts.values()} | {ON_OFFER: ON_OFFER_RULE},
        products=tuple(_product(product, regions) for product in release.products.values()),
        policies={policy.id: _policy(policy, regions) for policy in release.policies.values()},
        institutions={bank.id: _institution(bank) for bank in release.institutions.values()},
        obstacles={obstacle.id: _obstacle(obstacle) for obstacle in release.obstacles.values()},
        decline_codes={code.id: _decline_code(code) for code in release.decline_codes.values()},
        consents={text.id: _consent(text) for text in release.consents.values()},
    )


def plain(value: bool | int | str | list[str]) -> FactValue:
    """A value as it may stand in a state and in a key: a list as a tuple."""
    return tuple(value) if isinstance(value, list) else value


def _campaign(campaign: entities.Campaign) -> rules.Campaign:
    return rules.Campaign(
        id=campaign.id,
        clocks=_clocks(campaign.clocks),
        banks_per_round=campaign.banks_per_round,
        rounds=campaign.rounds,
        cost_band_bp=campaign.cost_band_bp,
        payments_desk=campaign.payments_desk,
        household_days=campaign.household_days,
        review_days=campaign.review_days,
        handling_days=campaign.sign_days + campaign.plan_days,
        card_households=campaign.card_households,
    )


def _clocks(clocks: entities.Clocks) -> rules.Clocks:
    return rules.Clocks(clocks.accept, clocks.contact, clocks.decide)


def _fact(fact: entities.FactDeclaration) -> rules.FactRule:
    return rules.FactRule(
        name=fact.id,
        type=fact.type,
        failure=fact.failure,
        unit=fact.unit,
        values=tuple(choice.id for choice in fact.values),
        window_months=fact.window_months,
        obstacle=fact.obstacle,
        obstacle_by_value={choice.id: choice.obstacle for choice in fact.values if choice.obstacle},
    )


def _product(product: entities.Product, regions: frozenset[str]) -> rules.Product:
    ranges = (
        Criterion("amount_yuan", "at_least", product.amount_min),
        Criterion("amount_yuan", "at_most", product.amount_max),
        Criterion("term_months", "at_least", product.term_min),
        Criterion("term_months", "at_most", product.term_max),
    )
    return rules.Product(
        id=product.id,
        bank=product.bank,
        kinds=tuple(product.kinds),
        regions=tuple(stem(region) for region in product.regions),
        rate_bp=product.rate_bp,
        criteria=(*_criteria(product.criteria, regions), *(ranges if product.amount_max else ()), *_window(product)),
        amount_max=product.amount_max,
        guarantee_fee_bp=product.guarantee_fee_bp,
        policies=tuple(product.policies),
        special=product.campaign_special,
        clocks=_clocks(product.clocks) if product.clocks else None,
        backed_by=product.backed_by,
    )


def _window(product: entities.Product) -> Iterator[Criterion]:
    if product.valid_from is not None:
        yield Criterion(ON_OFFER, "at_least", product.valid_from.toordinal())
    if product.valid_to is not None:
        yield Criterion(ON_OFFER, "at_most", product.valid_to.toordinal())


def _criteria(criteria: Iterable[entities.Criterion], regions: frozenset[str]) -> tuple[Criterion, ...]:
    return tuple(
        Criterion(each.fact, each.op, _stems(each.value) if each.fact in regions else plain(each.value), each.verified)
        for each in criteria
    )


def _stems(value: bool | int | str | list[str]) -> FactValue:
    return tuple(stem(each) for each in (value if isinstance(value, list) else [str(value)]))


def _policy(policy: entities.Policy, regions: frozenset[str]) -> rules.Policy:
    return rules.Policy(
        id=policy.id,
        kind=policy.kind,
        valid_from=policy.valid_from,
        valid_to=policy.valid_to,
        rate_cut_bp=policy.rate_cut_bp,
        interest_share_percent=policy.interest_share_percent,
        fee_cut_bp=policy.fee_cut_bp,
        base_cap_yuan=policy.base_cap_yuan,
        criteria=_criteria(policy.criteria, regions),
        evidence=tuple(policy.evidence),
    )


def _institution(bank: entities.Institution) -> rules.Institution:
    units = tuple(
        rules.Unit(unit.id, tuple(stem(region) for region in unit.regions), tuple(unit.industries))
        for unit in bank.units
    )
    return rules.Institution(bank.id, units, bank.default_open_limit)


def _obstacle(obstacle: entities.Obstacle) -> rules.Obstacle:
    return rules.Obstacle(
        id=obstacle.id,
        fact=obstacle.fact,
        cleared_value=plain(obstacle.cleared_value),
        acts=obstacle.acts,
        lead=obstacle.lead,
        days=obstacle.working_days,
        removable=obstacle.removable,
    )


def _decline_code(code: entities.DeclineCode) -> rules.DeclineCode:
    directions = tuple(code.directions)
    return rules.DeclineCode(code.id, code.leads_to, code.obstacle, code.fact, code.needs_direction, directions)


def _consent(text: entities.ConsentText) -> rules.ConsentText:
    return rules.ConsentText(text.id, frozenset(text.banks), text.bank_limit)
