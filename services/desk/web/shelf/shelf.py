"""The product shelf (产品货架), open to all: filters, conditions in plain words, costs, a handbook, and what is on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.desk.domain.costs import Example, examples
from services.desk.domain.windows import Window, window
from services.desk.web.language import N_
from services.desk.web.rendering import Visit
from services.desk.web.shelf.activities import planned
from services.desk.web.shelf.codes import code_to
from services.desk.web.shelf.conditions import Condition, conditions
from shared.catalogue import Release
from shared.catalogue.regions import within
from shared.contracts.entities import Policy, Product

MOST_WAN = 10_000
PAGE = 10
"""Products on one page: a telephone scrolls through so many, and few read more."""
PRODUCTS_OF_A_PART = 50
"""A part of the handbook stays a page that a telephone loads, and a booklet that a hall prints."""
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
    page: int = 1

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
    window: Window


class Entries:
    """The handbook's entries, kept as they are written: whoever looks, they are the same in one language on one day
    under one release of the catalogue."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Release, date, dict[str, str]]] = {}

    def of(self, product: Product, release: Release, visit: Visit) -> str:
        """What is written of a product, as HTML."""
        language, today = visit.words.language.code, _today(visit)
        known = self._kept.get(language)
        if known is None or known[0] is not release or known[1] != today:
            known = self._kept[language] = (release, today, {})
        if product.id not in known[2]:
            parts: Any = visit.environment.get_template("product_parts.html").module
            known[2][product.id] = parts.entry(_shown(product, release, visit))
        return known[2][product.id]


_ENTRIES = Entries()


async def shelf(visit: Visit) -> Response:
    """All products that fit, those on offer today first, of these the campaign's, then by rate; page by page."""
    release, wanted, today = _release(visit), _wanted(visit), _today(visit)
    found = sorted(_fitting(release, wanted, visit), key=lambda each: _rank(each, today))
    last = max(1, -(-len(found) // PAGE))
    page = min(wanted.page, last)
    here = [_shown(each, release, visit) for each in found[PAGE * (page - 1) : PAGE * page]]
    filters = [(name, value) for name, value in visit.request.query_params.multi_items() if name != "page"]
    return visit.page(
        "shelf.html",
        products=here,
        count=len(found),
        page=page,
        last=last,
        activities=await planned(visit, release, wanted.county, "shelf"),
        wanted=wanted,
        banks=sorted(release.institutions.values(), key=lambda each: each.id),
        counties=_counties(release),
        kinds=KINDS,
        query=urlencode(filters),
    )


async def product(visit: Visit) -> Response:
    """One product."""
    release = _release(visit)
    found = release.products.get(visit.request.path_params["id"])
    if found is None:
        raise HTTPException(404)
    return visit.page("product.html", each=_shown(found, release, visit))


async def handbook(visit: Visit) -> Response:
    """All that fit as a document to print, bank by bank; where they are many, in parts that print alone."""
    release, wanted = _release(visit), _wanted(visit)
    found = sorted(_fitting(release, wanted, visit), key=lambda each: (each.bank, each.rate_bp, each.id))
    parts = _parts([(bank, list(mine)) for bank, mine in groupby(found, lambda each: each.bank)])
    asked = visit.request.query_params.get("part", "")
    part = min(int(asked), len(parts)) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 4 else 1
    here = parts[max(part, 1) - 1]
    return visit.page(
        "handbook.html",
        banks=[(bank, [_ENTRIES.of(each, release, visit) for each in mine]) for bank, mine in here],
        parts=[[bank for bank, _ in each] for each in parts],
        part=max(part, 1),
        query=urlencode([(name, value) for name, value in visit.request.query_params.items() if name != "part"]),
        activities=await planned(visit, release, wanted.county, "handbook"),
        today=_today(visit),
        count=len(found),
    )


def _parts(banks: Sequence[tuple[str, list[Product]]]) -> list[list[tuple[str, list[Product]]]]:
    """Whole banks together, as many as a part holds; one alone may be more than that."""
    parts: list[list[tuple[str, list[Product]]]] = [[]]
    for bank, products in banks:
        if parts[-1] and sum(len(mine) for _, mine in parts[-1]) + len(products) > PRODUCTS_OF_A_PART:
            parts.append([])
        parts[-1].append((bank, products))
    return parts


async def code(visit: Visit) -> Response:
    """A QR code that leads to a product's page: to hang up in a hall, or to print."""
    release = _release(visit)
    found = release.products.get(visit.request.path_params["id"])
    if found is None:
        raise HTTPException(404)
    return code_to(visit, f"/products/{found.id}")


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
        page=int(page) if (page := asked.get("page", "")).isascii() and page.isdigit() and 0 < len(page) < 4 else 1,
    )


def _fitting(release: Release, wanted: Wanted, visit: Visit) -> Iterable[Product]:
    """What is over is on its own page only: nobody can ask for it any more."""
    today = _today(visit)
    return (
        each
        for each in release.products.values()
        if wanted.takes(each) and (each.valid_to is None or today <= each.valid_to)
    )


def _rank(product: Product, today: date) -> tuple[bool, bool, int, str]:
    closed = window(product.valid_from, product.valid_to, today).state != "open"
    return closed, not product.campaign_special, product.rate_bp, product.id


def _today(visit: Visit) -> date:
    return visit.words.china_day(visit.office.clock.now())


def _counties(release: Release) -> list[str]:
    """The counties of the campaign, by their teams."""
    return sorted(each.region for each in release.authorities.values() if each.catch_all and each.level == "county")


def _shown(product: Product, release: Release, visit: Visit) -> Shown:
    amount, term = (product.amount_min, product.amount_max), (product.term_min, product.term_max)
    costs = examples(amount, term, product.rate_bp, product.guarantee_fee_bp) if product.amount_max else []
    policies = (release.policies[each] for each in product.policies if each in release.policies)
    today = _today(visit)
    valid = [each for each in policies if window(each.valid_from, each.valid_to, today).state == "open"]
    savings = [(each, _saves(each, visit)) for each in valid]
    on_offer = window(product.valid_from, product.valid_to, today)
    return Shown(product, conditions(product, visit.words), costs, savings, on_offer)


def _saves(policy: Policy, visit: Visit) -> str:
    words = visit.words
    said: list[str] = []
    for name, message in _SAVED.items():
        value: Any = getattr(policy, name)
        if value:
            said.append(words.language.text(message) % {"rate": words.rate(value), "n": value})
    return words.language.of("，", ", ").join(said)
