"""What things are called in the languages of the catalogue, and what it says of obstacles that a message repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Pair = tuple[str, str]
"""The Chinese and the English text of one thing."""


def side(language: str) -> int:
    """Which of the two texts a language reads: Chinese for zh, English for all others."""
    return 0 if language.startswith("zh") else 1


@dataclass(frozen=True, slots=True)
class Guide:
    """What the household does itself, one text per language."""

    steps: tuple[tuple[str, ...], tuple[str, ...]]
    place: Pair
    papers: tuple[tuple[str, ...], tuple[str, ...]]
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """One release's words. `labels` by (kind, id); `asks` are the questions behind facts.

    Whom departments' notices are for: `lines` are (authority, region) of cities and provinces by obstacle, `teams` the
    county teams by region, `office` the campaign.
    """

    labels: Mapping[tuple[str, str], Pair] = field(default_factory=dict)
    asks: Mapping[str, Pair] = field(default_factory=dict)
    guides: Mapping[str, Guide] = field(default_factory=dict)
    evidence: Mapping[str, Pair] = field(default_factory=dict)
    units_of_facts: Mapping[str, str] = field(default_factory=dict)
    identity: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    upper: Mapping[str, str] = field(default_factory=dict)
    recipients: Mapping[str, frozenset[str]] = field(default_factory=dict)
    mailboxes: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, tuple[Pair, ...]] = field(default_factory=dict)
    teams: Mapping[str, str] = field(default_factory=dict)
    office: str = ""

    def label(self, kind: str, identifier: str, language: str) -> str:
        """What a thing is called; a thing that the release no longer holds keeps its code."""
        pair = self.labels.get((kind, identifier))
        return pair[side(language)] if pair else identifier

    def ask(self, fact: str, language: str) -> str:
        pair = self.asks.get(fact)
        return pair[side(language)] if pair else fact
