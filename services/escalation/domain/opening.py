"""How a case begins: guidance where the household acts, an authority with a clock where it has to, or a plain no."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.escalation.domain.case import Basis, Case, Step, ended, handed_over, step
from services.escalation.domain.clocks import Clock
from services.escalation.domain.routing import Seat, route

UNKNOWN_OBSTACLE_DAYS = 7
"""For an obstacle that the release does not hold: the usual promise for ordinary matters."""

Reason = Literal["authority_acts", "time_has_run", "help_asked", "decided"]


def begin(identifier: UUID, obstacle: str, matter: UUID, since: datetime, basis: Basis) -> Step:
    """A new case: guided, opened, or refused at once where nobody can remove the obstacle."""
    known = basis.directory.obstacles.get(obstacle)
    seat, supports = route(basis.directory, obstacle, basis.place)
    days = known.working_days if known else UNKNOWN_OBSTACLE_DAYS
    case = Case(identifier, obstacle, matter, since, seat, "guided", days, basis.now)
    if known and not known.removable:
        reason = f"{known.zh}：在办理期限内无部门可以解除 / {known.en}: no authority can remove this within its time"
        return step("refused", ended(case, "refused", basis), reason=reason)
    if (known and known.acts == "household") or not basis.authorities:
        return guide(case, basis)
    return _opened(case, seat, supports, "authority_acts", basis)


def guide(case: Case, basis: Basis) -> Step:
    """The household gets the steps and the usual days. Matching reminds it; no authority is troubled."""
    guided = replace(case, clock=Clock(basis.after(case.working_days)))
    return step("guided", guided, usual_working_days=case.working_days)


def given_over(case: Case, basis: Basis) -> Step:
    """A guided case of an obstacle that an authority acts on: it was guided only until its household consents."""
    known = basis.directory.obstacles.get(case.obstacle)
    if not basis.authorities or (known and known.acts == "household"):
        return Step(case)
    return open_now(case, "authority_acts", basis)


def open_now(case: Case, reason: Reason, basis: Basis) -> Step:
    """From guidance to an authority: routed again, because the catalogue may have changed since."""
    seat, supports = route(basis.directory, case.obstacle, basis.place)
    return _opened(case, seat, supports, reason, basis)


def _opened(case: Case, seat: Seat, supports: tuple[str, ...], reason: Reason, basis: Basis) -> Step:
    opened = handed_over(case, seat, basis)
    return step("opened", opened, reason=reason, supports=list(supports), catch_all=seat.catch_all)
