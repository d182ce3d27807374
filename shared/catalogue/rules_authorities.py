"""Rules for authorities: every line climbs, nobody leads twice in one place, and somebody takes what nobody leads."""

from __future__ import annotations

from collections.abc import Iterator

from shared.catalogue.problems import Problem
from shared.catalogue.regions import stem, within
from shared.catalogue.rules_facts import broken_industries
from shared.catalogue.whole import Whole, overlapping
from shared.contracts.entities import Authority

RANK = {"county": 0, "city": 1, "province": 2}


def broken_authority(authority: Authority, whole: Whole) -> Iterator[Problem]:
    """An authority's next level is of its own kind, stands higher, and holds its region."""
    kind, code = "authority", authority.id
    if authority.upper is not None:
        yield from whole.dangling(kind, code, ("upper",), "authority", authority.upper)
        upper = whole.authorities.get(authority.upper)
        if upper:
            yield from _broken_step(authority, upper)
    for place, unit in enumerate(authority.units):
        yield from overlapping(kind, code, ("units", place, "regions"), unit.regions)
        yield from broken_industries(kind, code, ("units", place, "industries"), unit.industries)
        for at, region in enumerate(unit.regions):
            if not within(region, authority.region):
                what = f"{region} does not lie in {authority.region}, the region of {code}"
                yield Problem(kind, code, ("units", place, "regions", at), what)
        for at, obstacle in enumerate(unit.obstacles):
            yield from whole.dangling(kind, code, ("units", place, "obstacles", at), "obstacle", obstacle)


def _broken_step(authority: Authority, upper: Authority) -> Iterator[Problem]:
    faults = []
    if RANK[upper.level] <= RANK[authority.level]:
        faults.append(f"{upper.id} is of level {upper.level}, which is not above {authority.level}")
    if upper.kind != authority.kind:
        faults.append(f"{upper.id} is of kind {upper.kind}: a line stays within its own kind, {authority.kind}")
    if not within(authority.region, upper.region):
        faults.append(f"{upper.id} is for {upper.region}, which does not hold {authority.region}")
    for what in faults:
        yield Problem("authority", authority.id, ("upper",), what)


def broken_lines(whole: Whole) -> Iterator[Problem]:
    """One lead for a kind and region, and a catch-all at the province for what finds nobody."""
    leads: dict[tuple[str, str], str] = {}
    for authority in whole.authorities.values():
        place = (authority.kind, stem(authority.region))
        if place in leads:
            what = f"{leads[place]} is already the {authority.kind} for {authority.region}; one leads"
            yield Problem("authority", authority.id, ("region",), what)
        leads.setdefault(place, authority.id)
    if not any(authority.catch_all and authority.level == "province" for authority in whole.authorities.values()):
        yield Problem("authority", "", (), "no authority of level province is a catch_all: some cases would be lost")
