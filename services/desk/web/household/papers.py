"""Which papers can be photographed, first those that would make this demand's money cheaper or that an office wants."""

from __future__ import annotations

from collections.abc import Iterable

from asyncpg import Record

from services.desk.domain.acts import AUTHORITY
from services.desk.domain.card import KNOWN_TO
from services.desk.domain.household import Paper
from services.desk.web.wording.words import Words
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


def readers(referrals: Iterable[Record], cases: Iterable[Record], words: Words) -> dict[str, list[str]]:
    """By kind of paper, the banks and offices that work on the demand now and may open it; `""`: all kinds."""
    found = {"": [words.name(each["bank"], "institutions") for each in referrals if each["state"] in KNOWN_TO]}
    obstacles = words.release.obstacles if words.release else {}
    for case in cases:
        if case["state"] in AUTHORITY and case["obstacle"] in obstacles:
            for name in obstacles[case["obstacle"]].identity_fields:
                if name.startswith(FILE):
                    kind = name.removeprefix(FILE)
                    found.setdefault(kind, []).append(words.name(case["authority"], "authorities"))
    return {kind: list(dict.fromkeys(names)) for kind, names in found.items()}
