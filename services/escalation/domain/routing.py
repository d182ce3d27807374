"""Which authority and unit an obstacle goes to: by obstacle, industry and region to the street, longest match first.

Nobody found means the county team, then the province: a case is never dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.escalation.domain.directory import Authority, Directory, Level, Obstacle, Unit


class NobodyAtAll(LookupError):
    """The release has nobody who takes what nobody leads; `freshwater catalogue check` refuses such a release."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a case lies. `team` is the region of the team that has it; `catch_all`: nobody was found for it."""

    authority: str
    unit: str | None
    level: Level
    team: str | None = None
    catch_all: bool = False

    @property
    def owner(self) -> str:
        return f"authority:{self.authority}" if self.team is None else f"county_team:{self.team}"


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of where a household works and at what; `region` is a county, or a street where known."""

    region: str
    industry: str | None


def route(directory: Directory, obstacle: str, place: Place) -> tuple[Seat, tuple[str, ...]]:
    """The seat of an obstacle's lead, and the authorities that are told in support.

    An obstacle that the release does not know goes to the team too: what was found in the way stays somebody's.
    """
    known = directory.obstacles.get(obstacle)
    lead = directory.lead(known.lead, place.region) if known else None
    if lead is not None:
        return seat_at(directory, lead, obstacle, place), _supports(directory, known, place, lead)
    team = directory.team(place.region)
    if team is None:
        raise NobodyAtAll(f"no authority of the release is a catch-all for {place.region}")
    return seat_at(directory, team, obstacle, place, catch_all=True), _supports(directory, known, place, team)


def seat_at(
    directory: Directory, authority: Authority, obstacle: str, place: Place, *, catch_all: bool = False
) -> Seat:
    """A seat at a given authority: the unit by its own rules, or none where no unit takes it."""
    unit = unit_of(directory, authority, obstacle, place)
    team = authority.region if authority.catch_all else None
    return Seat(authority.id, unit.id if unit else None, authority.level, team, catch_all)


def unit_of(directory: Directory, authority: Authority, obstacle: str, place: Place) -> Unit | None:
    """The unit that takes an obstacle: one that names it before one that takes all, then industry, then region."""
    found = [unit for unit in authority.units if _takes(directory, unit, obstacle, place)]

    def closeness(unit: Unit) -> tuple[bool, int, int]:
        industries = [len(code) for code in unit.industries if does(place.industry, code)]
        regions = [len(directory.stem(area)) for area in unit.regions if directory.within(place.region, area)]
        return bool(unit.obstacles), max(industries, default=0), max(regions, default=0)

    return max(sorted(found, key=lambda unit: unit.id), key=closeness, default=None)


def does(industry: str | None, code: str) -> bool:
    """Whether an industry (GB/T 4754, its letter may be missing) is, or belongs to, the one of a code."""
    if not industry:
        return False
    return industry.startswith(code) or (industry[0].isdigit() and code[1:] != "" and industry.startswith(code[1:]))


def _takes(directory: Directory, unit: Unit, obstacle: str, place: Place) -> bool:
    return (
        (not unit.obstacles or obstacle in unit.obstacles)
        and (not unit.industries or any(does(place.industry, code) for code in unit.industries))
        and (not unit.regions or any(directory.within(place.region, area) for area in unit.regions))
    )


def _supports(directory: Directory, obstacle: Obstacle | None, place: Place, lead: Authority) -> tuple[str, ...]:
    kinds = obstacle.supports if obstacle else ()
    found = [directory.lead(kind, place.region) for kind in kinds]
    return tuple(dict.fromkeys(each.id for each in found if each is not None and each.id != lead.id))
