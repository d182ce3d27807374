"""Rules of products as an edit of the catalogue says them, and what matching answers to the edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.desk.web.office import Office
from shared.catalogue import Release


@dataclass(frozen=True, slots=True)
class Rule:
    """What some products ask: `value` exactly as they ask it; `products`: how many do."""

    fact: str
    op: str
    value: Any
    products: int = 0

    @property
    def key(self) -> str:
        """What it is called in an address: the same in every release that has it."""
        return f"{self.fact}/{self.op}/{written(self.value)}"


def written(value: Any) -> str:
    """A rule's value as a form takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(value) if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True)
class Freed:
    """What it would set free if no product asked for a fact. `banks`: by the households that each would gain."""

    obstacle: str
    fact: str
    households: int
    yuan: int
    banks: tuple[tuple[str, int], ...]


def rules_of(release: Release) -> list[Rule]:
    """All that products ask, what most of them ask first."""
    asked = Counter(
        (criterion.fact, criterion.op, _key(criterion.value))
        for product in release.products.values()
        for criterion in product.criteria
    )
    values = {
        (criterion.fact, criterion.op, _key(criterion.value)): criterion.value
        for product in release.products.values()
        for criterion in product.criteria
    }
    ordered = sorted(asked.items(), key=lambda each: (-each[1], each[0]))
    return [Rule(fact, op, values[fact, op, key], count) for (fact, op, key), count in ordered]


def _key(value: Any) -> str:
    """A value that may be a list as part of a key; True and 1 are two values."""
    return repr(value)


def without(release: Release, fact: str) -> dict[str, Any] | None:
    """The edit after which no product asks for a fact; None where none does."""
    ops = sorted({rule.op for rule in rules_of(release) if rule.fact == fact})
    return {"criteria": [{"fact": fact, "op": op, "drop": True} for op in ops]} if ops else None


async def freed(office: Office, release: Release, obstacle: str, county: str | None) -> Freed | None:
    """What one rule less would set free; None where no product asks for the obstacle's fact, or nobody answers."""
    known = release.obstacles.get(obstacle)
    edit = without(release, known.fact) if known else None
    if known is None or edit is None:
        return None
    answer = await office.services.what_if(edit, county)
    if "problems" in answer:
        return None
    banks = tuple((each["bank"], int(each["households"])) for each in answer["banks"])
    return Freed(obstacle, known.fact, answer["households_gained"], answer["yuan_gained"], banks)


def edit_of(rule: Rule, becomes: Any, drop: bool, bank: str | None) -> Mapping[str, Any]:
    """The edit that asks something else, or nothing, in place of a rule."""
    change: dict[str, Any] = {"fact": rule.fact, "op": rule.op, "was": rule.value}
    change |= {"drop": True} if drop else {"becomes": becomes}
    return {"criteria": [{**change, "banks": [bank]} if bank else change]}
