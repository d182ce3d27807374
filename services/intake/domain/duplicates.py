"""The same again, a contradiction, a correction, a second demand for one purpose: what a submission is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.intake.domain.demand import Demand, place_of_purpose
from services.intake.domain.facts import merged as merged_facts

# What a correction may change, by the names that people are told.
_FIELDS = (
    "kind", "purpose", "county", "sentence", "amount_yuan", "term_months", "industry", "named_bank", "excluded_banks",
    "identity", "language",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accepted:
    demand: Demand


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same copy, or an older one that comes late: nothing changes."""

    demand: Demand


@dataclass(frozen=True, slots=True)
class Refused:
    """A contradicting copy, or a correction of what is no longer open; `code` is the problem's."""

    code: str


@dataclass(frozen=True, slots=True)
class Corrected:
    demand: Demand
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """Another open demand of the household has the same purpose: it survives, this one is its alias."""

    survivor: Demand
    alias: Demand


Verdict = Accepted | Repeated | Refused | Corrected | Merged


def judge(offer: Demand, earlier: Demand | None, rival: Demand | None) -> Verdict:
    """What a submission is.

    `earlier` is what the same partner said under the same number; `rival` the open demand that the household has for
    the offer's purpose (the survivor, where the earlier one was merged).
    """
    if rival is not None and rival.id == offer.id:
        rival = None
    if earlier is None:
        return _merge(rival, offer) if rival else Accepted(offer)
    if offer.version < earlier.version:
        return Repeated(earlier)
    if offer.version == earlier.version:
        return Repeated(earlier) if offer.fingerprint == earlier.fingerprint else Refused("contradicts-earlier")
    if earlier.state == "merged" and rival is not None:
        return _merge(rival, offer)
    if earlier.state != "open":
        return Refused("erased" if earlier.state == "erased" else "demand-not-open")
    return _merge(rival, offer) if rival else _correct(earlier, offer)


def _merge(survivor: Demand, offer: Demand) -> Merged:
    """The survivor keeps the earliest clock, and learns what it did not know."""
    facts = {**offer.facts, **survivor.facts}
    partners = tuple(sorted({*survivor.partners, *offer.partners}))
    kept = replace(survivor, received_at=min(survivor.received_at, offer.received_at), facts=facts, partners=partners)
    return Merged(kept, replace(offer, state="merged", survivor=survivor.id))


def _correct(earlier: Demand, offer: Demand) -> Corrected:
    """The new copy replaces the old one, even where it says the same: from now on its version is taken.

    What others have supplied since, and the first clock, stay.
    """
    facts, changed, _ = merged_facts(earlier.facts, offer.facts)
    mine = [name for name in _FIELDS if getattr(earlier, name) != getattr(offer, name)]
    kept = replace(
        offer,
        received_at=min(earlier.received_at, offer.received_at),
        facts=facts,
        partners=earlier.partners,
        identity=offer.identity if offer.identity != "none" else earlier.identity,
    )
    return Corrected(kept, (*mine, *changed))


def moves(before: Demand, after: Demand) -> bool:
    """Whether the household's one open demand for a purpose is now for another."""
    return place_of_purpose(before.kind, before.purpose) != place_of_purpose(after.kind, after.purpose)
