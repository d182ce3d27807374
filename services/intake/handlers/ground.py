"""What a batch of the gate is decided on, besides the states: indexes, partners, offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.intake.domain.demand import Demand, Household
from services.intake.domain.speaking import Partner, Speaker
from services.intake.domain.terms import Terms
from services.intake.handlers.offers import Offer
from services.intake.handlers.reading import Input
from services.intake.handlers.telling import demand_key, household_key
from services.intake.store import Freed, Held, Limit, Link, Opened, Released, Saying, Submission, Visit
from shared.decision import World
from shared.vault import FileFacts

MOST_MERGES = 8


@dataclass(slots=True)
class Ground:
    """The extra of intake's World. Decisions change it only by their rows.

    `patience`: how long a claim may wait for the referral or case that it is about. `pace`: seconds of the clock in a
    second of those who read and type. `voices`: who speaks through the
    doors of the batch; `speakers`: who said each of its inputs. By the record: `codes` sealed for the contact,
    `confirmed` whether a code that came is the one that was sent, `shops` the households that were visited.
    """

    terms: Terms
    patience: timedelta
    pace: float = 1.0
    partners: Mapping[str, Partner] = field(default_factory=dict)
    voices: Mapping[str, Speaker] = field(default_factory=dict)
    speakers: Mapping[UUID, Speaker | None] = field(default_factory=dict)
    places: dict[UUID, Submission] = field(default_factory=dict)
    open: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    links: dict[UUID, Link] = field(default_factory=dict)
    parties: dict[UUID, set[str]] = field(default_factory=dict)
    sayings: dict[UUID, bytes] = field(default_factory=dict)
    held: dict[UUID, Held] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    offers: dict[UUID, Offer] = field(default_factory=dict)
    codes: dict[UUID, str] = field(default_factory=dict)
    confirmed: dict[UUID, bool] = field(default_factory=dict)
    files: dict[UUID, FileFacts] = field(default_factory=dict)
    shops: dict[UUID, UUID] = field(default_factory=dict)
    visits: dict[UUID, list[Visit]] = field(default_factory=dict)

    def survivor(self, demand: UUID) -> Submission | None:
        """Where the events of a demand lead: to itself, or to what it was merged into."""
        place = self.places.get(demand)
        for _ in range(MOST_MERGES):
            if place is None or place.survivor is None:
                return place
            place = self.places.get(place.survivor)
        return place

    def apply(self, rows: Sequence[Any]) -> None:
        """Let the rows of one decision be seen by the events behind it."""
        for row in rows:
            match row:
                case Submission():
                    self.places[row.demand] = row
                case Opened():
                    self.open[row.household, row.purpose] = row.demand
                case Freed():
                    self.open.pop((row.household, row.purpose), None)
                case Link():
                    self.links[row.id] = row
                    self.parties.setdefault(row.demand, set()).add(row.party)
                case Saying():
                    self.sayings[row.id] = row.fingerprint
                case Held():
                    self.held[row.id] = row
                case Released():
                    self.held.pop(row.id, None)
                case Limit():
                    self.limits[row.unit] = row.version
                case Visit():
                    self.visits.setdefault(row.household, []).append(row)


def ground_of(world: World) -> Ground:
    ground: Ground = world.extra
    return ground


def speaker_of(event: Input, ground: Ground) -> Speaker | None:
    """Who speaks: whom the gate's HTTP authenticated, or whose door it is; None where nobody is registered."""
    speech = event.speech
    if speech is None:
        return ground.voices.get(event.partner)
    own = ground.survivor(speech.demand) if speech.demand else None
    return Speaker(
        speech.partner,
        speech.role,
        speech.actor,
        tuple(speech.speaks_for),
        own.demand if own else speech.demand,
        speech.receipt,
        event.simulated,
    )


def demand_in(world: World, demand: UUID | None) -> Demand | None:
    """The state of a demand, or of its survivor."""
    place = ground_of(world).survivor(demand) if demand else None
    found: Demand | None = world.get(demand_key(place.household, place.demand)) if place else None
    return found


def household_in(world: World, household: UUID) -> Household:
    found: Household | None = world.get(household_key(household))
    return found or Household(household)


def rival_of(world: World, household: UUID, purpose: str) -> Demand | None:
    """The household's open demand for a purpose."""
    holder = ground_of(world).open.get((household, purpose))
    found: Demand | None = world.get(demand_key(household, holder)) if holder else None
    return found
