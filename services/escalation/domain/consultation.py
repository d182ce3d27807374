"""联合会诊: what a county team's decision on one item of its weekly session does to the case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.escalation.domain.case import Basis, Case, Happened, Step, ended, handed_over
from services.escalation.domain.claims import Decide
from services.escalation.domain.clocks import close_of, day_of
from services.escalation.domain.moves import Answer, parked, past
from services.escalation.domain.refusals import Refusal
from services.escalation.domain.routing import seat_at


def decide(case: Case, claim: Decide, basis: Basis) -> Answer:
    """One item of the joint consultation: somebody gets it, it waits, it ends, or a policy is asked for."""
    if case.session_on is None:
        return Refusal("not_on_the_agenda")
    if claim.until and (gone := past(claim.until, basis)):
        return gone
    fresh = replace(case, breaches=0, session_on=None)
    match claim.decision:
        case "assign":
            return _assigned(fresh, claim, basis)
        case "cannot_be_removed":
            refused = ended(fresh, "refused", basis.now)
            return Step(refused, (_decided(refused, claim), Happened("refused", refused, {"reason": claim.reason})))
        case "park" if claim.until is None:
            return Refusal("decision_without_date")
    review = claim.until or day_of(basis.now + timedelta(days=basis.directory.times.review_days))
    waiting = parked(fresh, review, basis)
    return Step(waiting, (_decided(waiting, claim),))


def _assigned(case: Case, claim: Decide, basis: Basis) -> Answer:
    if claim.to is None:
        return Refusal("decision_names_nobody")
    target = basis.directory.authorities.get(claim.to)
    if target is None:
        return Refusal("no_such_authority")
    before = case.seat.authority
    moved = handed_over(case, seat_at(basis.directory, target, case.obstacle, basis.place), basis)
    if claim.until:
        moved = replace(moved, solve_at=close_of(claim.until, basis.workdays))
    told = [_decided(moved, claim)]
    if before != claim.to:
        told.append(Happened("transferred", moved, {"before": before, "upward": False}))
    return Step(moved, tuple(told))


def _decided(case: Case, claim: Decide) -> Happened:
    return Happened("consultation-decided", case, {"decision": claim.decision, "reason": claim.reason})
