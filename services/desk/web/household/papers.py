"""Which papers can be photographed, first those that would make this demand's money cheaper or that an office wants."""

from __future__ import annotations

from collections.abc import Iterable

from asyncpg import Record

from services.desk.domain.household import Paper
from shared.catalogue import Release
from shared.contracts.values import Referral

FILE = "file:"
ALWAYS = ("licence", "lease", "food_permit", "flow", "paper")
"""What any shop may have to show."""


def papers(offers: Iterable[Referral], cases: Iterable[Record], release: Release | None) -> list[Paper]:
    """Each kind once, what is missing now first. The kinds are the catalogue's: only under them a cost card or an
    office takes a paper for the one that it waits for."""
    missing = [each for offer in offers for line in offer.cost_lines for each in line.evidence_missing]
    obstacles = release.obstacles if release else {}
    asked = [obstacles[case["obstacle"]] for case in cases if case["obstacle"] in obstacles]
    files = [name.removeprefix(FILE) for each in asked for name in each.identity_fields if name.startswith(FILE)]
    wanted = dict.fromkeys([*missing, *files])
    return [Paper(kind, kind in wanted) for kind in dict.fromkeys([*wanted, *ALWAYS])]
