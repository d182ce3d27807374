"""What every decision rests on: the catalogue's release as the decisions see it, the calendar, and the moment."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from services.escalation.domain.case import Basis
from services.escalation.domain.clocks import Workdays
from services.escalation.domain.demand import DemandCases
from services.escalation.domain.directory import Directory, Times
from services.escalation.domain.routing import Place
from shared.catalogue.regions import stem
from shared.catalogue.release import Release
from shared.decision import World


class Catalogue(Protocol):
    """Where the releases come from; the newest few are kept, so that a batch decides on the one it began with."""

    @property
    def number(self) -> int: ...

    def release(self, number: int) -> Release | None: ...


def directory_of(release: Release) -> Directory:
    """A release as the decisions see it."""
    campaign = release.campaign
    times = Times(
        campaign.sign_days,
        campaign.plan_days,
        campaign.review_days,
        campaign.household_days,
        campaign.rounds,
        campaign.common_issue_households,
    )
    carried_out = {policy.decision: policy.id for policy in release.policies.values() if policy.decision}
    carried_out |= {obstacle.decision: obstacle.id for obstacle in release.obstacles.values() if obstacle.decision}
    return Directory(
        release.authorities, release.obstacles, times, stem, tuple(campaign.consultation_kinds), carried_out
    )


class Grounds:
    """Gives a decision its basis; one release is turned into a directory once."""

    def __init__(self, catalogue: Catalogue, workdays: Workdays) -> None:
        self._catalogue, self._workdays = catalogue, workdays
        self._directory: tuple[int, Directory] | None = None

    def basis(self, demand: DemandCases, world: World) -> Basis:
        basis = self.basis_at(demand.county, demand.industry, world)
        return basis if demand.authorities else replace(basis, authorities=False)

    def basis_at(self, county: str, industry: str | None, world: World) -> Basis:
        return Basis(world.now, self.directory(world.release), self._workdays, Place(county, industry))

    def directory(self, number: int) -> Directory:
        """The directory of a release. Raises LookupError where it is not kept any more."""
        if self._directory is None or self._directory[0] != number:
            release = self._catalogue.release(number)
            if release is None:
                raise LookupError(f"release {number} of the catalogue is not at hand any more")
            self._directory = number, directory_of(release)
        return self._directory[1]
