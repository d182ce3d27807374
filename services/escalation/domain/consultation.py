"""联合会诊: what a county team's decision does to a case, on its own or as one of an item of the session."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.escalation.domain.case import HOUSEHOLD_ACTS, Basis, Case, Fact, Happened, Step, ended, handed_over
from services.escalation.domain.claims import Decide
from services.escalation.domain.clocks import close_of, day_of
from services.escalation.domain.moves import Answer, parked, past
from services.escalation.domain.refusals import Refusal
from services.escalation.domain.routing import seat_at


def decide(case: Case, claim: Decide, basis: Basis) -> Answer:
    """One case of the agenda: somebody gets it, it waits, it ends, or a policy is asked for."""
    if case.session_on is None:
        return Refusal("not_on_the_agenda")
    return unsound(claim, basis) or ruled(case, claim, basis)


def unsound(claim: Decide, basis: Basis) -> Refusal | None:
    """What is wrong with a decision whatever case it is about."""
    if claim.until and (gone := past(claim.until, basis)):
        return gone
    if claim.decision == "park" and claim.until is None:
        return Refusal("decision_without_date")
    if claim.decision == "assign":
        if claim.to is None:
            return Refusal("decision_names_nobody")
        if claim.to not in basis.directory.authorities:
            return Refusal("no_such_authority")
    return None


def ruled(case: Case, claim: Decide, basis: Basis) -> Step:
    """A sound decision on a case that is open. What lies with its household is no authority's to wait with."""
    if case.stage in HOUSEHOLD_ACTS and claim.decision == "assign" and not basis.authorities:
        return Step(case)
    fresh = replace(case, breaches=0, session_on=None)
    match claim.decision:
        case "assign":
            return _assigned(fresh, claim, basis)
        case "clear":
            return _cleared(fresh, claim, basis)
        case "cannot_be_removed":
            refused = ended(fresh, "refused", basis)
            return Step(refused, (_decided(refused, claim), Happened("refused", refused, {"reason": claim.reason})))
    if case.stage in HOUSEHOLD_ACTS:
        return Step(case)
    review = claim.until or day_of(basis.now + timedelta(days=basis.directory.times.review_days))
    waiting = parked(fresh, review, basis)
    return Step(waiting, (_decided(waiting, claim),))


def _assigned(case: Case, claim: Decide, basis: Basis) -> Step:
    target = basis.directory.authorities[str(claim.to)]
    before = case.seat.authority
    moved = handed_over(case, seat_at(basis.directory, target, case.obstacle, basis.place), basis)
    if claim.until:
        moved = replace(moved, solve_at=close_of(claim.until, basis.workdays))
    told = [_decided(moved, claim)]
    if case.stage in HOUSEHOLD_ACTS:
        told.append(Happened("opened", moved, {"reason": "decided", "supports": [], "catch_all": False}))
    elif before != claim.to:
        told.append(Happened("transferred", moved, {"before": before, "upward": False}))
    return Step(moved, tuple(told))


def _cleared(case: Case, claim: Decide, basis: Basis) -> Step:
    """The decision itself removes the obstacle: the fact is as the catalogue wants it, and the team stands for it."""
    obstacle = basis.directory.obstacles.get(case.obstacle)
    team = basis.directory.team(basis.place.region)
    source = team.id if team else case.seat.authority
    facts = {obstacle.fact: Fact(obstacle.cleared_value, source, day_of(basis.now))} if obstacle else {}
    over = ended(case, "cleared", basis)
    cleared = Happened("cleared", over, {"facts": facts, "evidence": claim.reason})
    return Step(over, (_decided(over, claim), cleared))


def _decided(case: Case, claim: Decide) -> Happened:
    return Happened("consultation-decided", case, {"decision": claim.decision, "reason": claim.reason})
