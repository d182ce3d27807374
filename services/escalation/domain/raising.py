"""What time does to a case: reminders, breaches, the 督办 to the next level, and the county's joint consultation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.escalation.domain.case import BREACHES, HOUSEHOLD_ACTS, Basis, Case, Draft, Step, step
from services.escalation.domain.clocks import Clock, close_of, next_session
from services.escalation.domain.opening import open_now
from services.escalation.domain.waiting import resumed

BREACHES_TO_CONSULT = 2
"""After so many an obstacle joins the agenda of the county's joint consultation (联合会诊)."""

DRAFT_DAYS = 1
"""Working days after which a draft goes by itself, unless a named person was faster."""


def passed(case: Case, basis: Basis) -> Step:
    """Everything that is due by now. A case that is not due, or has ended, stays as it is."""
    told: Step = Step(case)
    while (moment := told.case.next_at) is not None and moment <= basis.now:
        moved = _one(told.case, basis)
        told = Step(moved.case, told.told + moved.told)
    return told


def _one(case: Case, basis: Basis) -> Step:
    """One due thing: a draft that goes by itself, then a time that has run out, then a reminder."""
    assert case.clock is not None
    if case.draft and case.draft.goes_at and case.draft.goes_at <= basis.now:
        return sent(case)
    if case.clock.due_at > basis.now:
        clock, share = case.clock.told(basis.now)
        waits_for = "household" if case.stage == "waiting" else "authority"
        return step("near-due", replace(case, clock=clock), share=share, waits_for=waits_for)
    if case.stage == "waiting":
        # Asked, reminded twice, silent: the authority goes on with what it has.
        return resumed(case, False, basis)
    if case.stage == "filed" and basis.authorities:
        return open_now(case, "time_has_run", basis)
    if case.stage in HOUSEHOLD_ACTS:
        # Nothing is said: matching reminds twice, then lets the demand sleep. The clock only keeps the case in sight.
        watch = basis.now + timedelta(days=max(basis.directory.times.review_days, 1))
        return Step(replace(case, clock=Clock(watch)))
    return _to_session(case, basis) if case.session_on else _breach(case, basis)


def _breach(case: Case, basis: Basis) -> Step:
    """A time has run out: told, drafted to the next level, and given another term; the second one is consulted on."""
    kind = BREACHES[case.stage]
    times = basis.directory.times
    # The working day that a draft waits comes on top: the next level must have heard before time runs out again.
    another = basis.after((times.sign_days if kind == "sign" else times.plan_days) + DRAFT_DAYS)
    late = replace(case, breaches=case.breaches + 1, clock=Clock(another, overdue=True))
    overdue = step("overdue", late, stage=kind)
    drafted = _drafted(late, basis)
    if late.breaches < BREACHES_TO_CONSULT:
        return Step(drafted.case, overdue.told + drafted.told)
    consulted = _to_session(drafted.case, basis)
    return Step(consulted.case, overdue.told + drafted.told + consulted.told)


def _drafted(case: Case, basis: Basis) -> Step:
    """A draft to the level above the last one that was told; none while one waits, none above the top."""
    authorities = basis.directory.authorities
    told_last = authorities.get(case.raised_to or case.seat.authority)
    upper = basis.directory.above(told_last) if told_last else None
    if case.draft is not None or upper is None:
        return Step(case)
    own = authorities.get(case.seat.authority)
    goes_at = basis.after(DRAFT_DAYS) if own is None or own.raise_by_itself else None
    drafted = replace(case, draft=Draft(upper.id, upper.level, goes_at))
    return step("raised", drafted, draft=True, to=upper.id, level=upper.level)


def sent(case: Case) -> Step:
    """The draft goes to the next level; the case stays where it is, under its eyes."""
    assert case.draft is not None
    to, level = case.draft.to, case.draft.level
    raised = replace(case, draft=None, raised=case.raised + 1, raised_to=to)
    return step("raised", raised, draft=False, to=to, level=level)


def _to_session(case: Case, basis: Basis) -> Step:
    """On the agenda of the county's next session; without a decision there, on the one after it."""
    assert case.clock is not None
    day = next_session(basis.now, basis.workdays)
    listed = replace(case, session_on=day, clock=Clock(close_of(day, basis.workdays), overdue=True))
    return step("consultation-opened", listed, session_on=day)
