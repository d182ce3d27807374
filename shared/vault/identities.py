"""Which household an identity belongs to: the strongest that is known wins, and a weak one never joins two shops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from uuid import UUID

IdentityKind = Literal[
    "credit_code", "registration_number", "preregistration_number", "id_number", "phone", "submission"
]
# Strongest first. `submission` (who sent it, under which number) is for a household of which nothing else is known.
LADDER: tuple[IdentityKind, ...] = (
    "credit_code", "registration_number", "preregistration_number", "id_number", "phone", "submission",
)  # fmt: skip
# Two different values are two shops or two people, whatever telephone they share.
SINGLE: frozenset[str] = frozenset({"credit_code", "registration_number", "preregistration_number", "id_number"})


class Hashed(NamedTuple):
    """One rung of the ladder as the vault keeps it."""

    kind: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """A household to be found or made. `at` is in milliseconds and begins the id of a new one.

    `identities` are (kind, normalised value) pairs. `known` is the household where it is known already: then only new
    identities are added to it. `told`: the id that it had before an older backup was restored, for a new one to take.
    `contact`: the telephone by which it may be reached, whether or not that is one of its identities.
    """

    identities: Sequence[tuple[IdentityKind, str]]
    at: int
    known: UUID | None = None
    told: UUID | None = None
    contact: str | None = None


@dataclass(slots=True)
class Book:
    """What the vault holds for the identities of a batch, and what the batch adds."""

    household_of: dict[bytes, UUID] = field(default_factory=dict)
    rungs: dict[UUID, dict[str, set[bytes]]] = field(default_factory=dict)
    added: dict[bytes, tuple[str, UUID]] = field(default_factory=dict)
    made: list[UUID] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[tuple[bytes, str, UUID]]) -> Book:
        """From all identities of every household that any identity of the batch leads to."""
        book = cls()
        for digest, kind, household in rows:
            book._know(Hashed(kind, digest), household)
        return book

    def place(self, rungs: Sequence[Hashed], known: UUID | None, make: Callable[[], UUID]) -> UUID:
        """The household of these identities, strongest first; `make` gives the id of a new one."""
        household = known or self._find(rungs)
        if household is None:
            household = make()
            self.made.append(household)
        for rung in rungs:
            if rung.hash not in self.household_of and self._fits(rung, household):
                self.added[rung.hash] = (rung.kind, household)
                self._know(rung, household)
        return household

    def _find(self, rungs: Sequence[Hashed]) -> UUID | None:
        """The first household that an identity leads to and that no stronger one contradicts."""
        for place, rung in enumerate(rungs):
            household = self.household_of.get(rung.hash)
            if household and all(self._fits(other, household) for other in rungs[:place]):
                return household
        return None

    def _fits(self, rung: Hashed, household: UUID) -> bool:
        """Whether a household may have this identity: it has no other one of a kind that it has once."""
        if rung.kind not in SINGLE:
            return True
        return not self.rungs.get(household, {}).get(rung.kind, set()) - {rung.hash}

    def _know(self, rung: Hashed, household: UUID) -> None:
        self.household_of[rung.hash] = household
        self.rungs.setdefault(household, {}).setdefault(rung.kind, set()).add(rung.hash)
