"""共性问题: the same obstacle at many households of a county; and the policies that its sessions asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from services.escalation.domain.case import Basis
from services.escalation.domain.county import County, Crowd, Issue, Listed, crowds
from services.escalation.domain.sitting import Heard, IdOf, Sitting

Gone = Literal["solved", "dissolved", "policy_issued"]


def day_ends(county: County, cases: Sequence[Listed], id_of: IdOf, release: int, basis: Basis) -> Sitting:
    """At close of business: policies that have come, and common issues that have formed or gone."""
    here, least = crowds(cases), basis.directory.times.common_issue_households
    county, told = _issued(county, release, basis)
    fresh = {heard.detail["obstacle"] for heard in told}
    for issue in county.issues:
        if (reason := _over(county, issue, here.get(issue.obstacle), least)) is not None:
            county, gone = _gone(county, issue.obstacle, reason)
            told += gone
    for crowd in here.values():
        # A policy that came today has not had its effect yet.
        if crowd.households >= least and not county.issue_of(crowd.obstacle) and crowd.obstacle not in fresh:
            county, formed = _formed(county, crowd, id_of, basis)
            told.append(formed)
    return Sitting(county, tuple(told))


def _issued(county: County, release: int, basis: Basis) -> tuple[County, list[Heard]]:
    """Which of the policies that were asked for the release carries out."""
    told: list[Heard] = []
    for wanted in county.wanted:
        entity = basis.directory.carried_out.get(wanted.number)
        if entity is None:
            continue
        county = replace(county, wanted=tuple(each for each in county.wanted if each is not wanted))
        issued = {"number": wanted.number, "obstacle": wanted.obstacle, "entity": entity, "release": release}
        county, gone = _gone(county, wanted.obstacle, "policy_issued")
        told += [Heard("policy-issued", issued), *gone]
    return county, told


def _over(county: County, issue: Issue, left: Crowd | None, least: int) -> Gone | None:
    """Solved, where no case is left; dissolved, where half as many households as form one are not reached any more."""
    if any(wanted.obstacle == issue.obstacle for wanted in county.wanted):
        return None
    if left is None:
        return "solved"
    return "dissolved" if 2 * left.households < least else None


def _formed(county: County, crowd: Crowd, id_of: IdOf, basis: Basis) -> tuple[County, Heard]:
    issue = Issue(id_of(f"issue/{crowd.obstacle}"), crowd.obstacle, basis.now)
    place = {"obstacle": crowd.obstacle, "issue": issue.id}
    size = {"households": crowd.households, "demands": crowd.demands, "blocked_yuan": crowd.yuan}
    return replace(county, issues=(*county.issues, issue)), Heard("common-issue-formed", {**place, **size})


def _gone(county: County, obstacle: str, reason: Gone) -> tuple[County, list[Heard]]:
    issue = county.issue_of(obstacle)
    if issue is None:
        return county, []
    detail = {"obstacle": obstacle, "issue": issue.id, "reason": reason}
    return county.without_issue(obstacle), [Heard("common-issue-closed", detail)]
