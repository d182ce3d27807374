"""Rules for institutions, their products, the policies behind them, and the consent that names them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shared.catalogue.problems import Path, Problem
from shared.catalogue.regions import within
from shared.catalogue.rules_facts import broken_criteria, broken_industries
from shared.catalogue.whole import Whole, overlapping
from shared.contracts.entities import ConsentText, Institution, Policy, Product


def broken_product(product: Product, whole: Whole) -> Iterator[Problem]:
    """A product's bank and policies exist, its limits are in order, its regions do not overlap, its criteria fit."""
    kind, code = "product", product.id
    yield from whole.dangling(kind, code, ("bank",), "institution", product.bank)
    for place, policy in enumerate(product.policies):
        yield from whole.dangling(kind, code, ("policies", place), "policy", policy)
    if product.backed_by is not None:
        yield from whole.dangling(kind, code, ("backed_by",), "institution", product.backed_by)
        guarantor = whole.institutions.get(product.backed_by)
        if guarantor is not None and guarantor.kind != "guarantee":
            yield Problem(kind, code, ("backed_by",), f"{guarantor.id} gives no guarantees", "one of kind guarantee")
    if not product.kinds:
        yield Problem(kind, code, ("kinds",), "is for no kind of demand")
    lends = "service" not in product.kinds
    if lends != bool(product.amount_max):
        what = "a loan needs its largest amount" if lends else "a service lends nothing"
        yield Problem(kind, code, ("amount_max",), what)
    if not lends and len(product.kinds) > 1:
        yield Problem(kind, code, ("kinds",), "a service is a product of its own")
    for low, high in (("amount_min", "amount_max"), ("term_min", "term_max")):
        least, most = getattr(product, low), getattr(product, high)
        if least > most:
            yield Problem(kind, code, (low,), f"{least} is more than {high}, which is {most}")
    for rate in ("rate_bp", "guarantee_fee_bp"):
        if getattr(product, rate) < 0:
            yield Problem(kind, code, (rate,), f"{getattr(product, rate)} is below zero", "0 or more basis points")
    if product.valid_from and product.valid_to and product.valid_to < product.valid_from:
        yield _ends_first(kind, code, product.valid_from)
    yield from overlapping(kind, code, ("regions",), product.regions)
    yield from _nobody_there(product, whole)
    yield from broken_criteria(kind, code, product.criteria, whole)


def _nobody_there(product: Product, whole: Whole) -> Iterator[Problem]:
    """A region in which the product is sold and no unit of the bank works: a referral there would have no desk."""
    bank = whole.institutions.get(product.bank)
    if bank is None or any(not unit.regions for unit in bank.units):
        return
    worked = [region for unit in bank.units for region in unit.regions]
    for place, region in enumerate(product.regions):
        if not any(within(region, area) for area in worked):
            what = f"no unit of {bank.id} takes {region}"
            yield Problem("product", product.id, ("regions", place), what, ", ".join(worked))


def _ends_first(kind: str, code: str, begins: date) -> Problem:
    return Problem(kind, code, ("valid_to",), "the window ends before it begins", f"{begins} or later")


def broken_policy(policy: Policy, whole: Whole) -> Iterator[Problem]:
    """A policy's window has an end after its beginning, and what it saves is not negative."""
    kind, code = "policy", policy.id
    if policy.valid_to is not None and policy.valid_to < policy.valid_from:
        yield _ends_first(kind, code, policy.valid_from)
    for cut in ("rate_cut_bp", "fee_cut_bp"):
        if getattr(policy, cut) < 0:
            yield Problem(kind, code, (cut,), f"{getattr(policy, cut)} is below zero", "0 or more basis points")
    yield from broken_criteria(kind, code, policy.criteria, whole)


def broken_institution(institution: Institution) -> Iterator[Problem]:
    """An institution's units name industries that exist, and no region twice over."""
    for place, unit in enumerate(institution.units):
        path: Path = ("units", place)
        yield from overlapping("institution", institution.id, (*path, "regions"), unit.regions)
        yield from broken_industries("institution", institution.id, (*path, "industries"), unit.industries)


def broken_consent(consent: ConsentText, whole: Whole) -> Iterator[Problem]:
    """The recipients that a consent names exist, each once."""
    for place, bank in enumerate(consent.banks):
        yield from whole.dangling("consent", consent.id, ("banks", place), "institution", bank)
        if bank in consent.banks[:place]:
            yield Problem("consent", consent.id, ("banks", place), f"{bank} is named twice")


def twice_named_units(whole: Whole) -> Iterator[Problem]:
    """A unit's id is its key on the capacity topic and in every desk: no two may share one."""
    owners: dict[str, str] = {}
    for kind, holders in (("institution", whole.institutions), ("authority", whole.authorities)):
        for holder in holders.values():
            for place, unit in enumerate(holder.units):
                if unit.id in owners:
                    what = f"{unit.id} is already a unit of {owners[unit.id]}"
                    yield Problem(kind, holder.id, ("units", place, "id"), what)
                owners[unit.id] = holder.id
