"""What a decision becomes outside: events with their summary, deadlines, rows of the table of cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from uuid import UUID

from services.escalation.domain.case import Case, Happened
from services.escalation.domain.demand import DemandCases, Outcome, Submitter
from services.escalation.domain.refusals import Refusal
from services.escalation.handlers.table import TELLS
from services.escalation.store import CaseRow
from shared.contracts import cases, values
from shared.contracts.referrals import ReferralSummary
from shared.contracts.topics import CASES
from shared.decision import ClearDeadline, Deadline, Decision, Emit, State, StateKey, Taken, World


def demand_as_of(summary: ReferralSummary, docking: int, before: DemandCases | None, rounds: int) -> DemandCases:
    """A demand as matching sees it at a revision, with the cases that it has here; `rounds` are all it can have."""
    return DemandCases(
        demand=summary.demand,
        household=summary.household,
        submitter=Submitter(**dict(summary.submitter)),
        county=summary.county,
        industry=summary.industry,
        amount_yuan=summary.amount_yuan,
        simulated=summary.simulated,
        docking=docking,
        cases=before.cases if before else (),
        exhausted=summary.round >= rounds,
        released_yuan=summary.disbursed_yuan,
        authorities=before.authorities if before else True,
    )


def obstacles_of(summary: ReferralSummary) -> frozenset[str]:
    """The obstacles that the demand's remedies still want removed."""
    return frozenset(step.obstacle for remedy in summary.remedies for step in remedy.steps if step.obstacle)


def decision(
    taken: Taken,
    world: World,
    before: DemandCases | None,
    outcome: Outcome,
    actor: str | None = None,
    again: str | None = None,
) -> Decision:
    """All that follows from an outcome. `again` is the obstacle whose deadline fired: it is set anew if still open."""
    after = outcome.demand
    key = StateKey(UUID(taken.event.partitionkey), after.demand, "demand")
    states: dict[StateKey, State] = {}
    matters_key = key._replace(subject=key.household, kind="matters")
    if outcome.matters is not None and outcome.matters != world.get(matters_key):
        states[matters_key] = outcome.matters
    if after != before:
        # Last: the journal's row keeps the revision of the demand.
        states[key] = after
    rows = [_row(after, case) for case in after.cases]
    known = {_row(before, case) for case in before.cases} if before else set()
    return Decision(
        emits=_emits(after, outcome.told, key, world.revision(key) + 1, actor),
        states=states,
        deadlines=[*_deadlines(key, before, after, again), *_looks(key, outcome, world)],
        rows=[row for row in rows if row not in known],
    )


def refusal(taken: Taken, world: World, demand: DemandCases, refused: Refusal) -> Decision:
    """The answer to a claim that the rules do not allow; nothing changes."""
    key = StateKey(UUID(taken.event.partitionkey), demand.demand, "demand")
    said = taken.event.data
    data = cases.ActionRefused(
        summary=_summary(demand),
        claim=taken.id,
        partner=said.partner,
        rule=refused.rule,
        zh=refused.zh,
        en=refused.en,
    )
    emit = Emit(CASES, data, key.household, demand.demand, world.revision(key), simulated=demand.simulated)
    return Decision(emits=[emit], outcome="refused")


def _emits(
    demand: DemandCases, told: tuple[Happened, ...], key: StateKey, revision: int, actor: str | None
) -> list[Emit]:
    if not told:
        return []
    summary = _summary(demand)
    return [
        Emit(CASES, _event(summary, each), key.household, demand.demand, revision, actor, demand.simulated)
        for each in told
    ]


def _event(summary: cases.CaseSummary, happened: Happened) -> cases.CaseData:
    case, detail = happened.case, dict(happened.detail)
    if "facts" in detail:
        detail["facts"] = {name: values.Fact(**asdict(fact)) for name, fact in detail["facts"].items()}
    return TELLS[happened.what](
        summary=summary,
        case=case.id,
        obstacle=case.obstacle,
        authority=case.seat.authority,
        unit=case.seat.unit,
        **detail,
    )


def _summary(demand: DemandCases) -> cases.CaseSummary:
    return cases.CaseSummary(
        demand=demand.demand,
        household=demand.household,
        submitter=values.Submitter(**asdict(demand.submitter)),
        county=demand.county,
        industry=demand.industry,
        amount_yuan=demand.amount_yuan,
        cases=[_case(case) for case in demand.cases],
        simulated=demand.simulated,
    )


def _case(case: Case) -> values.Case:
    return values.Case(
        id=case.id,
        obstacle=case.obstacle,
        matter=case.matter,
        authority=case.seat.authority,
        unit=case.seat.unit,
        level=case.seat.level,
        state=_state(case),
        due_at=case.clock.due_at if case.clock else None,
        promised_on=case.promised_on,
        transfers=case.transfers,
        raised=case.raised,
        extended=case.extended,
        gross_days=case.gross_days,
        net_days=case.net_days,
        reached=_reached(case),
        extension_asked=case.extension_asked,
        household_asked=case.asked_household,
    )


def _reached(case: Case) -> Any:
    """What its authority may still do once it is overdue follows from this."""
    return case.stage if case.overdue else None


def _state(case: Case) -> Any:
    return "overdue" if case.overdue else case.stage


def _deadlines(
    key: StateKey, before: DemandCases | None, after: DemandCases, again: str | None
) -> Iterator[Deadline | ClearDeadline]:
    """One deadline per open case, under the name of its obstacle: when time itself will move it next."""
    for case in after.cases:
        known = before.of(case.obstacle) if before else None
        was = known.next_at if known else None
        if case.next_at is None:
            if was is not None:
                yield ClearDeadline(key.household, key.subject, case.obstacle)
        elif case.next_at != was or case.obstacle == again:
            yield Deadline(key.household, key.subject, case.obstacle, case.next_at)


def _looks(key: StateKey, outcome: Outcome, world: World) -> Iterator[Deadline]:
    """Other demands are never decided in place: a deadline that is due now carries it to them."""
    for demand, obstacle in outcome.look_at:
        yield Deadline(key.household, demand, obstacle, world.now)


def _row(demand: DemandCases, case: Case) -> CaseRow:
    return CaseRow(
        id=case.id,
        household=demand.household,
        demand=demand.demand,
        obstacle=case.obstacle,
        matter=case.matter,
        county=demand.county,
        authority=case.seat.authority,
        unit=case.seat.unit,
        state=_state(case),
        catch_all=case.seat.catch_all,
        since=case.since,
        due_at=case.clock.due_at if case.clock else None,
        ended_at=case.ended_at,
        simulated=demand.simulated,
        yuan=demand.amount_yuan or 0,
        released_yuan=demand.released_yuan if case.stage == "cleared" else 0,
        opened_at=case.opened_at,
        paused_days=case.paused_days,
        gross_days=case.gross_days,
        net_days=case.net_days,
        session_on=case.session_on,
        exhausted=demand.exhausted and case.is_open,
    )
