"""What the catalogue says of obstacles and authorities, as the decisions see it, and who stands above whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Level = Literal["county", "city", "province"]
RANK: Mapping[Level, int] = {"county": 0, "city": 1, "province": 2}


class Unit(Protocol):
    """An office inside an authority. Empty lists take everything."""

    @property
    def id(self) -> str: ...
    @property
    def regions(self) -> Sequence[str]: ...
    @property
    def industries(self) -> Sequence[str]: ...
    @property
    def obstacles(self) -> Sequence[str]: ...


class Authority(Protocol):
    """主管部门: one kind, at one level, for one region."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def region(self) -> str: ...
    @property
    def upper(self) -> str | None: ...
    @property
    def units(self) -> Sequence[Unit]: ...
    @property
    def raise_by_itself(self) -> bool: ...
    @property
    def catch_all(self) -> bool: ...


class Obstacle(Protocol):
    """堵点: who removes it, in how many working days, and which fact then has which value."""

    @property
    def id(self) -> str: ...
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def fact(self) -> str: ...
    @property
    def cleared_value(self) -> bool | int | str | list[str]: ...
    @property
    def acts(self) -> Literal["household", "authority", "both"]: ...
    @property
    def lead(self) -> str: ...
    @property
    def supports(self) -> Sequence[str]: ...
    @property
    def working_days(self) -> int: ...
    @property
    def removable(self) -> bool: ...
    @property
    def evidence_kinds(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Times:
    """The campaign's own times: three in working days, the review of what stands still in days; and its numbers."""

    sign_days: int = 1
    plan_days: int = 3
    review_days: int = 30
    household_days: int = 5
    rounds: int = 3
    common_issue_households: int = 5


class Directory:
    """One release's obstacles and authorities. `stem` gives the part of a region's code that all in it share.

    `consultation_kinds` sit in every joint consultation; `carried_out`: numbers of decisions that entities of the
    release name, with the entity of each.
    """

    def __init__(
        self,
        authorities: Mapping[str, Authority],
        obstacles: Mapping[str, Obstacle],
        times: Times,
        stem: Callable[[str], str],
        consultation_kinds: Sequence[str] = (),
        carried_out: Mapping[str, str] | None = None,
    ) -> None:
        self.authorities, self.obstacles, self.times, self.stem = authorities, obstacles, times, stem
        self.consultation_kinds, self.carried_out = consultation_kinds, carried_out or {}
        self._by_kind: dict[str, list[Authority]] = {}
        lowest_first = sorted(authorities.values(), key=self._lowest_first)
        for authority in lowest_first:
            self._by_kind.setdefault(authority.kind, []).append(authority)
        self._teams = [each for each in lowest_first if each.catch_all]

    def _lowest_first(self, authority: Authority) -> tuple[int, int, str]:
        return -len(self.stem(authority.region)), RANK[authority.level], authority.id

    def within(self, place: str, area: str) -> bool:
        """Whether a place (6, 9 or 12 digits) is an area or lies inside it."""
        return place.startswith(self.stem(area))

    def lead(self, kind: str, region: str) -> Authority | None:
        """The authority of a kind at the lowest level that covers a region; levels that a place lacks are skipped."""
        return self._covering(self._by_kind.get(kind, ()), region)

    def team(self, region: str) -> Authority | None:
        """The county team (专班) of a region; where there is none, the next one up, at last any of a province."""
        provincial = (team for team in self._teams if team.level == "province")
        return self._covering(self._teams, region) or next(provincial, None)

    def above(self, authority: Authority) -> Authority | None:
        """The next level of an authority's own line, over missing levels; None at its top."""
        named = self.authorities.get(authority.upper or "")
        if named is not None:
            return named
        higher = (each for each in self._by_kind[authority.kind] if RANK[each.level] > RANK[authority.level])
        return self._covering(higher, authority.region)

    def _covering(self, candidates: Iterable[Authority], region: str) -> Authority | None:
        return next((each for each in candidates if self.within(region, each.region)), None)
