"""A release of the catalogue as the gate's decisions need it; made once per release."""

from __future__ import annotations

from hashlib import sha256

from services.intake.domain.terms import ConsentTerms, FactTerms, Terms
from shared.catalogue.release import Release
from shared.contracts.entities import ConsentText


def terms_of(release: Release) -> Terms:
    """What of a release the gate must know."""
    return Terms(
        release=release.number,
        counties=counties_of(release),
        facts={
            name: FactTerms(fact.type, frozenset(choice.id for choice in fact.values), fact.supplied_by == "household")
            for name, fact in release.facts.items()
        },
        consents={
            version: ConsentTerms(
                frozenset(text.banks), frozenset(text.boxes), text.bank_limit, text.valid_days, text_hash_of(text)
            )
            for version, text in release.consents.items()
        },
        banks=frozenset(release.institutions),
        units={unit.id: bank.id for bank in release.institutions.values() for unit in bank.units},
        decline_codes=frozenset(release.decline_codes),
        numbered=frozenset(
            each.id for each in release.obstacles.values() if not each.evidence_kinds or "number" in each.evidence_kinds
        ),
    )


def text_hash_of(text: ConsentText) -> str:
    """Of what was shown: the text in both languages, who is named in it, and the boxes."""
    shown = (text.text_zh, text.text_en, *text.banks, "", *text.boxes)
    return sha256("\n".join(shown).encode()).hexdigest()


def counties_of(release: Release) -> frozenset[str]:
    """The counties in which the campaign has an authority; a city without counties (嘉峪关) stands for itself."""
    counties = {authority.region[:6] for authority in release.authorities.values() if authority.level == "county"}
    cities = {authority.region[:6] for authority in release.authorities.values() if authority.level == "city"}
    whole = {city for city in cities if not any(county.startswith(city[:4]) for county in counties)}
    return frozenset(counties | whole)


class LatestTerms:
    """The terms of one release after the other."""

    def __init__(self) -> None:
        self._terms: Terms | None = None

    def of(self, release: Release) -> Terms:
        if self._terms is None or self._terms.release != release.number:
            self._terms = terms_of(release)
        return self._terms
