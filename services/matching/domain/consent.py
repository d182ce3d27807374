"""Which banks may see a household: those that its consent names, as many at one time as its limit allows."""

from __future__ import annotations

from datetime import date

from services.matching.domain.demand import Household
from services.matching.domain.rules import Rules

NOBODY: frozenset[str] = frozenset()


def recipients(rules: Rules, household: Household, today: date) -> frozenset[str]:
    """The banks that may be asked: the version's named recipients and those added by a tap.

    Nobody without a consent, after its last day, without the box "banks", or once it was revoked.
    """
    consent = household.consent
    if consent is None or household.revoked or household.erased:
        return NOBODY
    if "banks" not in consent.boxes or today > consent.expires_on:
        return NOBODY
    text = rules.consents.get(consent.version)
    named = text.banks if text else NOBODY
    return named.union(consent.added_banks) if consent.added_banks else named


def lets_authorities(household: Household, today: date) -> bool:
    """Whether authorities may see its demands: the box of its consent, as long as the consent holds."""
    consent = household.consent
    if consent is None or household.revoked or household.erased:
        return False
    return "authorities" in consent.boxes and today <= consent.expires_on


def limit_of(rules: Rules, household: Household) -> int:
    """How many banks may see the household at one time, over all its demands: its own word, or the consent's text."""
    if household.bank_limit is not None:
        return household.bank_limit
    text = rules.consents.get(household.consent.version) if household.consent else None
    return text.bank_limit if text else 0


def has_room(household: Household, bank: str, added: int, limit: int) -> bool:
    """Whether one more bank may see the household, beside `added` new ones; one that sees it takes no room."""
    return bank in household.seeing or len(household.seeing) + added < limit
