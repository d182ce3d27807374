"""The product shelf (产品货架), open to all: filters, conditions in plain words, what a loan costs, a handbook."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import segno
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.desk.domain.costs import Example, examples
from services.desk.web.conditions import Condition, conditions
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.words import CHINA
from shared.catalogue import Release
from shared.catalogue.regions import within
from shared.contracts.entities import Policy, Product

MOST_WAN = 10_000
KINDS = ("loan", "renewal", "service")
_SAVED = {
    "rate_cut_bp": N_("%(rate)s less a year"),
    "interest_share_percent": N_("%(n)d percent of the interest"),
    "fee_cut_bp": N_("guarantee fee %(rate)s less a year"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the shelf is narrowed to; None takes all. The amount is in 万元, as people say it."""

    bank: str | None = None
    kind: str | None = None
    county: str | None = None
    wan: int | None = None
    special: bool = False

    def takes(self, product: Product) -> bool:
        yuan = None if self.wan is None else self.wan * 10_000
        return (
            (self.bank is None or product.bank == self.bank)
            and (self.kind is None or self.kind in product.kinds)
            and (self.county is None or any(within(self.county, region) for region in product.regions))
            and (yuan is None or product.amount_min <= yuan <= product.amount_max)
            and (product.campaign_special or not self.special)
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """One product with all that its page says."""

    product: Product
    conditions: list[Condition]
    examples: list[Example]
    savings: list[tuple[Policy, str]]


async def shelf(visit: Visit) -> Response:
    """All products that fit, those of the campaign first, then by rate."""
    release, wanted = _release(visit), _wanted(visit)
    found = sorted(_fitting(release, wanted), key=lambda each: (not each.campaign_special, each.rate_bp, each.id))
    return visit.page(
        "shelf.html",
        products=[_shown(each, release, visit) for each in found],
        wanted=wanted,
        banks=sorted(release.institutions.values(), key=lambda each: each.id),
        counties=_counties(release),
        kinds=KINDS,
        query=urlencode(visit.request.query_params.multi_items()),
    )


async def product(visit: Visit) -> Response:
    """One product."""
    release = _release(visit)
    found = release.products.get(visit.request.path_params["id"])
    if found is None:
        raise HTTPException(404)
    return visit.page("product.html", each=_shown(found, release, visit))


async def handbook(visit: Visit) -> Response:
    """All that fit as one document to print, bank by bank."""
    release, wanted = _release(visit), _wanted(visit)
    found = sorted(_fitting(release, wanted), key=lambda each: (each.bank, each.rate_bp, each.id))
    banks = [
        (bank, [_shown(each, release, visit) for each in mine]) for bank, mine in groupby(found, lambda each: each.bank)
    ]
    today = visit.office.clock.now().astimezone(CHINA).date()
    return visit.page("handbook.html", banks=banks, today=today, count=len(found))


async def code(visit: Visit) -> Response:
    """A QR code that leads to a product's page: to hang up in a hall, or to print."""
    release = _release(visit)
    found = release.products.get(visit.request.path_params["id"])
    if found is None:
        raise HTTPException(404)
    made, address = io.BytesIO(), str(visit.request.url.replace(path=f"/products/{found.id}", query=""))
    segno.make(address, error="m", micro=False).save(made, kind="svg", scale=6, border=4, xmldecl=False)
    return Response(made.getvalue(), media_type="image/svg+xml")


def _release(visit: Visit) -> Release:
    release = visit.office.catalogue()
    if release is None:
        raise HTTPException(503)
    return release


def _wanted(visit: Visit) -> Wanted:
    """What makes no sense is left out."""
    asked, release = visit.request.query_params, _release(visit)
    wan = asked.get("wan", "").strip()
    county = asked.get("county", "")
    return Wanted(
        bank=asked.get("bank") if asked.get("bank") in release.institutions else None,
        kind=asked.get("kind") if asked.get("kind") in KINDS else None,
        county=county if county in _counties(release) else None,
        wan=int(wan) if wan.isascii() and wan.isdigit() and len(wan) < 6 and 0 < int(wan) <= MOST_WAN else None,
        special=bool(asked.get("special")),
    )


def _fitting(release: Release, wanted: Wanted) -> Iterable[Product]:
    return (each for each in release.products.values() if wanted.takes(each))


def _counties(release: Release) -> list[str]:
    """The counties of the campaign, by their teams."""
    return sorted(each.region for each in release.authorities.values() if each.catch_all and each.level == "county")


def _shown(product: Product, release: Release, visit: Visit) -> Shown:
    amount, term = (product.amount_min, product.amount_max), (product.term_min, product.term_max)
    costs = examples(amount, term, product.rate_bp, product.guarantee_fee_bp) if product.amount_max else []
    policies = (release.policies[each] for each in product.policies if each in release.policies)
    today = visit.office.clock.now().astimezone(CHINA).date()
    valid = [
        each for each in policies if each.valid_from <= today and (each.valid_to is None or today <= each.valid_to)
    ]
    return Shown(product, conditions(product, visit.words), costs, [(each, _saves(each, visit)) for each in valid])


def _saves(policy: Policy, visit: Visit) -> str:
    words = visit.words
    said: list[str] = []
    for name, message in _SAVED.items():
        value: Any = getattr(policy, name)
        if value:
            said.append(words.language.text(message) % {"rate": words.rate(value), "n": value})
    return words.language.of("，", ", ").join(said)
