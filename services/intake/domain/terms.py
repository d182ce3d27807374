"""What the catalogue says, as far as the gate must know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from services.intake.domain.problems import listed

FactType = Literal["flag", "integer", "choice", "set", "region", "industry"]


@dataclass(frozen=True, slots=True)
class FactTerms:
    """One declared fact: its type, its values where they are listed, and whether the household itself says it."""

    type: FactType
    values: frozenset[str] = frozenset()
    by_household: bool = True


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """One version of the consent text."""

    banks: frozenset[str]
    boxes: frozenset[str]
    bank_limit: int
    valid_days: int
    text_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """One release. `units` leads from a bank's unit to its institution; `numbered`: obstacles that a
    paper's number clears, without its file."""

    release: int
    counties: frozenset[str]
    facts: Mapping[str, FactTerms]
    consents: Mapping[str, ConsentTerms]
    banks: frozenset[str]
    units: Mapping[str, str] = field(default_factory=dict)
    decline_codes: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()

    @property
    def purposes(self) -> frozenset[str]:
        """What money can be for; empty where the catalogue does not list it."""
        declared = self.facts.get("purpose")
        return declared.values if declared else frozenset()

    def has_county(self, region: str) -> bool:
        """Whether a place (6, 9 or 12 digits) lies in a county of the campaign."""
        return region[:6] in self.counties

    def needs_no_file(self, paper: str) -> bool:
        """Whether the number of a paper of this kind (food-permit, FOOD_PERMIT) is enough."""
        return paper.upper().replace("-", "_") in self.numbered

    def units_of(self, institution: str | None) -> str:
        """An institution's units, for a text."""
        return listed([unit for unit, bank in self.units.items() if bank == institution])
