"""The partners, seen from those whom they speak for, and by which channel each can be reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Party:
    """A partner. `holder` is the institution or authority that it speaks for, `units` narrow or widen that."""

    id: str
    role: str
    holder: str | None = None
    units: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Registry:
    """Parties by id, and by the holder that they speak for."""

    parties: Mapping[str, Party] = field(default_factory=dict)
    speakers: Mapping[tuple[str, str], tuple[Party, ...]] = field(default_factory=dict)

    @staticmethod
    def of(parties: Iterable[Party]) -> Registry:
        known = {party.id: party for party in sorted(parties, key=lambda party: party.id)}
        speakers: dict[tuple[str, str], tuple[Party, ...]] = {}
        for party in known.values():
            holders = {party.holder} if party.holder else set()
            if party.role == "authority":
                # One partner may speak for several authorities: they are its units.
                holders |= party.units
            for holder in sorted(holders):
                speakers[party.role, holder] = (*speakers.get((party.role, holder), ()), party)
        return Registry(known, speakers)

    def speaking_for(self, role: str, holder: str, unit: str | None) -> tuple[Party, ...]:
        """The partners that hear for an institution's unit or an authority."""
        found = self.speakers.get((role, holder), ())
        if role != "bank":
            return found
        return tuple(party for party in found if not party.units or unit is None or unit in party.units)
