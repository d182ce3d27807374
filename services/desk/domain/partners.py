"""What a partner may read by its key: its own referrals or cases, and the demands behind them or of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks. `holders` are the institution or the authorities that it speaks for, `units` narrow a bank."""

    partner: str
    role: str
    holders: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @property
    def reads_referrals(self) -> bool:
        return self.role == "bank"

    @property
    def reads_cases(self) -> bool:
        return self.role == "authority"


def reader_of(partner: str, role: str, institution: str | None, units: tuple[str, ...]) -> Reader:
    """A bank speaks for one institution and perhaps for some units alone; an authority's units are authorities."""
    own = (institution,) if institution else ()
    return Reader(partner, role, own, units) if role == "bank" else Reader(partner, role, (*own, *units))
