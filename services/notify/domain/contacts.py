"""What happens to the sealed contacts of a household. The ciphertext itself is nothing that a decision looks at."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KeptContact:
    """What was sealed with a demand; kept until the household is erased."""

    household: UUID
    demand: UUID
    sealed: dict[str, str]


@dataclass(frozen=True, slots=True)
class KeptPaper:
    """A paper that came with a demand; it lies in the vault, and goes with the household."""

    household: UUID
    demand: UUID
    file: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class Silenced:
    """Whether a household may still be sent messages, as its consent now says."""

    household: UUID
    silent: bool


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The household's sealed data go: it was erased, or somebody else runs the shop now."""

    household: UUID
