"""What if the catalogue were another one: the same demands under both, and what differs. Nothing is decided by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.matching.domain.demand import Demand
from services.matching.domain.eligibility import Snapshot, match
from services.matching.domain.pricing import Match


class Change(NamedTuple):
    """One demand whose best product is another one: None where there was or is none."""

    demand: UUID
    before: Match | None
    after: Match | None


@dataclass(slots=True)
class BankGain:
    """What one bank by itself would gain: households that meet a product of its own only then, and what they ask for.

    `lost`: households that would meet none of it any more.
    """

    households: set[UUID] = field(default_factory=set)
    yuan: int = 0
    lost: set[UUID] = field(default_factory=set)


@dataclass(slots=True)
class Difference:
    """`gained`: met nothing and would; `lost`: the other way round; `cheaper`, `dearer`: met something both times.

    `wider`: met something, and would have more banks to go to. `banks` are counted each by itself: who could go to two
    of them stands at both. `spared`: for each first step of a remedy that was needed, how many demands would need none.
    """

    demands: int = 0
    served_before: int = 0
    served_after: int = 0
    gained: set[UUID] = field(default_factory=set)
    lost: set[UUID] = field(default_factory=set)
    gained_yuan: int = 0
    wider: set[UUID] = field(default_factory=set)
    wider_yuan: int = 0
    cheaper: int = 0
    dearer: int = 0
    banks: dict[str, BankGain] = field(default_factory=dict)
    spared: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)


def compare(before: Snapshot, after: Snapshot, demands: Iterable[Demand], today: date) -> Difference:
    """Every demand under both catalogues. Places and consent are left out: they are not the catalogue's."""
    found = Difference()
    for demand in demands:
        found.demands += 1
        (one, banks), (other, banks_after) = _met(before, demand, today), _met(after, demand, today)
        found.served_before += one is not None
        found.served_after += other is not None
        if banks != banks_after:
            _banks(found, demand, banks, banks_after)
        if one is None or other is None:
            if one is not other:
                _crossed(found, demand, one, other)
        elif one.cost_bp != other.cost_bp:
            found.cheaper += other.cost_bp < one.cost_bp
            found.dearer += other.cost_bp > one.cost_bp
            found.changes.append(Change(demand.id, one, other))
        elif one.product.id != other.product.id:
            found.changes.append(Change(demand.id, one, other))
    return found


def _met(snapshot: Snapshot, demand: Demand, today: date) -> tuple[Match | None, set[str]]:
    """The best product of a bank that the household has not excluded, and all such banks of which it meets one."""
    matches, excluded = match(snapshot, demand, today), demand.excluded_banks
    banks = matches.banks
    if not excluded:
        first = matches.best(1)
        return (first[0] if first else None), banks
    allowed = (each for each in matches.eligible if each.product.bank not in excluded)
    return next(allowed, None), banks.difference(excluded)


def _banks(found: Difference, demand: Demand, before: set[str], after: set[str]) -> None:
    """Which banks more, or fewer, a demand could go to."""
    asked = demand.amount_yuan or 0
    if before and after - before:
        found.wider.add(demand.household)
        found.wider_yuan += asked
    for bank in after - before:
        gain = found.banks.setdefault(bank, BankGain())
        gain.households.add(demand.household)
        gain.yuan += asked
    for bank in before - after:
        found.banks.setdefault(bank, BankGain()).lost.add(demand.household)


def _crossed(found: Difference, demand: Demand, before: Match | None, after: Match | None) -> None:
    """A demand that meets something only under one of the two."""
    found.changes.append(Change(demand.id, before, after))
    if after is None:
        found.lost.add(demand.household)
        return
    found.gained.add(demand.household)
    found.gained_yuan += demand.amount_yuan or 0
    if demand.remedies:
        found.spared.update({step.obstacle or f"{step.kind} {step.fact}" for step in demand.remedies[0].steps})


def as_data(found: Difference, names: Mapping[str, str], listed: int = 50) -> dict[str, object]:
    """For a wire: counts, banks by what they gain, steps by how many are spared, and the first changes."""
    banks = sorted(found.banks.items(), key=lambda each: (-len(each[1].households), each[0]))
    return {
        "demands": found.demands,
        "served_before": found.served_before,
        "served_after": found.served_after,
        "households_gained": len(found.gained),
        "households_lost": len(found.lost),
        "yuan_gained": found.gained_yuan,
        "households_with_more_banks": len(found.wider),
        "yuan_with_more_banks": found.wider_yuan,
        "cheaper": found.cheaper,
        "dearer": found.dearer,
        "banks": [
            {
                "bank": bank,
                "name": names.get(bank, bank),
                "households": len(gain.households),
                "yuan": gain.yuan,
                "lost": len(gain.lost),
            }
            for bank, gain in banks
        ],
        "spared": [{"step": step, "demands": count} for step, count in found.spared.most_common()],
        "changed": len(found.changes),
        "changes": [
            {"demand": str(each.demand), "before": _plain(each.before), "after": _plain(each.after)}
            for each in found.changes[:listed]
        ],
    }


def _plain(met: Match | None) -> dict[str, object] | None:
    return met and {"product": met.product.id, "bank": met.product.bank, "cost_bp": met.cost_bp}
