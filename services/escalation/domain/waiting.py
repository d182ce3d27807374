"""一次性告知: an authority asks the household, once, for what is missing; meanwhile its own time stands still."""

from __future__ import annotations

from dataclasses import replace

from services.escalation.domain.case import Basis, Case, Step, Waiting, paused, step
from services.escalation.domain.claims import AskHousehold, Supply
from services.escalation.domain.refusals import Refusal


def ask_household(case: Case, claim: AskHousehold, basis: Basis) -> Step | Refusal:
    """The household gets its own days, with its own reminders; what is left of the authority's is kept."""
    if case.asked_household:
        return Refusal("household_asked_once")
    if case.overdue or case.clock is None:
        return Refusal("too_late_to_ask")
    between = basis.workdays.workdays_between
    solve_at = case.solve_at or case.clock.due_at
    waiting = Waiting(claim.what, basis.now, case.stage, max(between(basis.now, case.clock.due_at), 1))
    asked = replace(
        case,
        stage="waiting",
        waiting=waiting,
        asked_household=True,
        clock=basis.clock(basis.after(basis.directory.times.household_days)),
        days_left=max(between(basis.now, solve_at), 1),
    )
    return step("household-asked", asked, asked=claim.what)


def supply(case: Case, _: Supply, basis: Basis) -> Step:
    """It has sent what it was asked for."""
    return resumed(case, True, basis)


def resumed(case: Case, answered: bool, basis: Basis) -> Step:
    """The authority's time goes on where it stood; the days of waiting are not its own."""
    waiting = case.waiting
    assert waiting is not None, "only what waits can go on"
    solve_at = basis.after(case.days_left or 1)
    due_at = solve_at if waiting.stage == "planned" else min(basis.after(waiting.days_left), solve_at)
    going = replace(
        case,
        stage=waiting.stage,
        waiting=None,
        paused_days=paused(case, basis),
        clock=basis.clock(due_at),
        solve_at=solve_at,
        days_left=None,
    )
    return step("resumed", going, answered=answered, paused_days=going.paused_days)
