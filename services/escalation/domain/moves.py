"""What each legal claim does to a case. Who may say it, and at which stage, was judged before (`legality`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.escalation.domain.case import Basis, Case, Step, ended, handed_over, paused, step
from services.escalation.domain.claims import (
    AnswerDraft,
    AnswerExtension,
    AskExtension,
    AskHelp,
    File,
    Park,
    Plan,
    Refuse,
    Resolve,
    Sign,
    Transfer,
)
from services.escalation.domain.clocks import Clock, close_of, day_of
from services.escalation.domain.evidence import proved
from services.escalation.domain.opening import open_now
from services.escalation.domain.raising import sent
from services.escalation.domain.refusals import Refusal
from services.escalation.domain.routing import seat_at

TRANSFERS = 2
"""So often a case may be sent on as "not mine"; the next time it goes up."""

Answer = Step | Refusal


def file(case: Case, claim: File, basis: Basis) -> Answer:
    """The household has filed: the obstacle's usual time runs, and then a case opens by itself."""
    clock = Clock(basis.after(case.working_days))
    filed = replace(case, stage="filed", received_at=basis.now, receipt_number=claim.receipt_number, clock=clock)
    return step("filed", filed, receipt_number=claim.receipt_number)


def ask_help(case: Case, _: AskHelp, basis: Basis) -> Answer:
    if not basis.authorities:
        return Refusal("authorities_not_consented")
    return open_now(case, "help_asked", basis)


def sign(case: Case, _: Sign, basis: Basis) -> Answer:
    plan_at = basis.workdays.add_workdays(case.received_at, max(basis.directory.times.plan_days, 1))
    clock = basis.clock(min(plan_at, _solve_at(case, basis)))
    return step("signed", replace(case, stage="signed", clock=clock, session_on=None))


def plan(case: Case, claim: Plan, basis: Basis) -> Answer:
    """A promise within the statutory time. The clock stays the statutory one: who promises early risks nothing."""
    solve_at = _solve_at(case, basis)
    limit = max(solve_at, basis.after(1))
    if gone := past(claim.promised_on, basis):
        return gone
    if claim.promised_on > day_of(limit):
        return Refusal("promise_too_late", day_of(limit).isoformat())
    planned = replace(
        case,
        stage="planned",
        promised_on=claim.promised_on,
        clock=basis.clock(solve_at),
        solve_at=solve_at,
        days_left=None,
        session_on=None,
    )
    return step("planned", planned, promised_on=claim.promised_on)


def ask_extension(case: Case, claim: AskExtension, basis: Basis) -> Answer:
    if case.extension_asked:
        return Refusal("extension_only_once")
    if gone := past(claim.until, basis):
        return gone
    if claim.until <= day_of(_solve_at(case, basis)):
        return Refusal("extension_not_longer", day_of(_solve_at(case, basis)).isoformat())
    asked = replace(case, extension_until=claim.until, extension_asked=True)
    return step("extension-asked", asked, until=claim.until, reason=claim.reason)


def answer_extension(case: Case, claim: AnswerExtension, basis: Basis) -> Answer:
    """The next level's word. A yes that comes late still gives the time that was asked for."""
    until = case.extension_until
    if until is None:
        return Refusal("no_extension_asked")
    answered = replace(case, extension_until=None)
    if not claim.agreed:
        return step("extension-denied", answered)
    solve_at = close_of(until, basis.workdays)
    keeps_clock = case.stage == "signed" and not case.overdue
    clock = case.clock if keeps_clock else basis.clock(solve_at)
    extended = replace(answered, extended=True, solve_at=solve_at, clock=clock, session_on=None)
    return step("extended", extended, until=until)


def park(case: Case, claim: Park, basis: Basis) -> Answer:
    """It cannot be solved now: its own time stops, and somebody looks again on the review date."""
    if gone := past(claim.review_on, basis):
        return gone
    return step("parked", parked(case, claim.review_on, basis), review_on=claim.review_on, reason=claim.reason)


def resolve(case: Case, claim: Resolve, basis: Basis) -> Answer:
    """Cleared, with the evidence and the fact's new value, so that matching can try again."""
    facts = proved(case, claim, basis)
    if isinstance(facts, Refusal):
        return facts
    return step("cleared", ended(case, "cleared", basis), facts=facts, evidence=claim.evidence)


def refuse(case: Case, claim: Refuse, basis: Basis) -> Answer:
    if not claim.cannot_be_removed:
        return Refusal("name_whose_it_is")
    return step("refused", ended(case, "refused", basis), reason=claim.reason)


def transfer(case: Case, claim: Transfer, basis: Basis) -> Answer:
    """Twice to whom it is said to belong; the third time up the present line instead."""
    before, authorities = case.seat.authority, basis.directory.authorities
    target = authorities.get(claim.to)
    if target is None:
        return Refusal("no_such_authority")
    if claim.to == before:
        return Refusal("already_there", before)
    upward = case.transfers >= TRANSFERS
    if upward:
        here = authorities.get(before)
        target = basis.directory.above(here) if here else basis.directory.team(basis.place.region)
    if target is None:
        return Refusal("nothing_higher", before)
    moved = handed_over(case, seat_at(basis.directory, target, case.obstacle, basis.place), basis)
    return step("transferred", replace(moved, transfers=case.transfers + 1), before=before, upward=upward)


def answer_draft(case: Case, claim: AnswerDraft, _: Basis) -> Answer:
    if case.draft is None:
        return Refusal("no_draft")
    if claim.confirmed:
        return sent(case)
    return step("raise-dropped", replace(case, draft=None), to=case.draft.to)


def parked(case: Case, review_on: date, basis: Basis) -> Case:
    """Waiting for its review date; what was left of its statutory time is kept."""
    left = case.days_left
    if left is None and case.solve_at is not None:
        left = max(basis.workdays.workdays_between(basis.now, case.solve_at), 1)
    clock = basis.clock(close_of(review_on, basis.workdays))
    still = replace(case, waiting=None, paused_days=paused(case, basis))
    return replace(
        still, stage="parked", clock=clock, days_left=left, promised_on=None, extension_until=None, session_on=None
    )


def _solve_at(case: Case, basis: Basis) -> datetime:
    """The end of the statutory time; where it was parked, what was left then counts from now."""
    if case.days_left is not None:
        return basis.after(case.days_left)
    return case.solve_at or basis.after(case.working_days)


def past(day: date, basis: Basis) -> Refusal | None:
    """The refusal of a day that is over; None for today and later."""
    today = day_of(basis.now)
    return Refusal("date_in_the_past", today.isoformat()) if day < today else None
