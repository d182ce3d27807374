"""Who is played: the partners that are registered as simulated, and what each does with what it hears."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from freshwater.simulate.authorities import Authority
from freshwater.simulate.banks import Bank
from freshwater.simulate.households import Household
from freshwater.simulate.notices import NOTHING, Heard, Response
from shared.catalogue import Release
from shared.contracts.partners import PartnerRegistered
from shared.workdays import Calendar


@dataclass(frozen=True, slots=True)
class Player:
    """One partner that is played. `door`: by Kafka, else by HTTP with a key; publishers speak for households."""

    partner: str
    role: str
    door: bool
    speaks_for: frozenset[str] = frozenset()


def players(partners: Iterable[PartnerRegistered]) -> list[Player]:
    """The simulated ones among these that can be heard and can speak."""
    return [
        Player(each.partner, each.role, each.door, frozenset({*each.units, each.institution or ""} - {""}))
        for each in sorted(partners, key=lambda each: each.partner)
        if each.simulated and not each.disabled and each.role in ("bank", "authority", "publisher")
    ]


class Cast:
    """All behaviours: a notice to a player becomes its response. `obstructed`: the households are all such as these."""

    def __init__(
        self, seed: int, release: Release, workdays: Calendar, played: Iterable[Player], obstructed: bool = False
    ) -> None:
        self.players = {player.partner: player for player in played}
        bank, authority = Bank(seed, release), Authority(seed, release, workdays)
        household = Household(seed, release, obstructed)
        self._respond: Mapping[str, Callable[[Player, Heard], Response]] = {
            "bank": lambda _, heard: bank.respond(heard),
            "authority": lambda player, heard: authority.respond(heard, player.speaks_for),
            "publisher": lambda _, heard: household.respond(heard),
        }

    def respond(self, partner: str, heard: Heard) -> Response:
        """What a player does about a notice. Demands that are real are left to real people."""
        player = self.players.get(partner)
        if player is None or not heard.simulated:
            return NOTHING
        return self._respond[player.role](player, heard)
