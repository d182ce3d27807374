"""What belongs to a county and to no household: its clock, its sessions, its common issues, its account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.escalation.domain import account, issues, sitting
from services.escalation.domain.account import Group
from services.escalation.domain.case import Basis
from services.escalation.domain.claims import Decide, Speaker
from services.escalation.domain.county import County, Listed, Ruling, crowds
from services.escalation.domain.refusals import Refusal
from services.escalation.domain.sitting import Heard, Sitting
from services.escalation.store import Place
from shared.contracts import actions, county
from shared.contracts.ids import caused_id, county_id
from shared.contracts.topics import CASES
from shared.decision import Deadline, Decision, Emit, StateKey, Taken, World

BEGIN, DAY, SESSION, RULING = "begin:", "day", "session", "ruling:"
"""Kinds of deadlines: a county's first; its close of business; its agenda; and, of a demand, what a session decided."""
PACE = timedelta(milliseconds=1)
"""A decision on many cases reaches them one after another, so that what they set off does not come all at once."""
TELLS: Mapping[str, type[county.CountyData]] = {data.TYPE.split(".")[3]: data for data in county.EVENTS}


@dataclass(slots=True)
class Ground:
    """What a batch knows of its counties beside their states: their open cases, all cases counted, what was decided."""

    listed: Mapping[str, Sequence[Listed]] = field(default_factory=dict)
    groups: Mapping[str, Sequence[Group]] = field(default_factory=dict)
    rulings: Mapping[Place, Ruling] = field(default_factory=dict)


def key_of(code: str) -> StateKey:
    """Where a county's own state lives."""
    identifier = county_id(code)
    return StateKey(identifier, identifier, "county")


def begin(code: str, world: World) -> Iterator[Deadline]:
    """A county that has its first case gets its clock; its own partition does the rest."""
    key = key_of(code)
    if world.get(key) is None:
        yield Deadline(key.household, key.subject, BEGIN + code, world.now)


def time_passed(taken: Taken, world: World, basis_at: Callable[[str], Basis]) -> Decision:
    """One of a county's own deadlines."""
    household, kind = UUID(taken.event.partitionkey), taken.event.data.kind
    known: County | None = world.get(StateKey(household, household, "county"))
    if kind.startswith(BEGIN):
        return _begun(kind.removeprefix(BEGIN), known, world, basis_at)
    if known is None:
        return Decision()
    basis = basis_at(known.county)
    basis = replace(basis, now=max(basis.now, taken.event.data.due_at))
    return _day(taken, known, world, basis) if kind == DAY else _agenda(taken, known, world, basis)


def _begun(code: str, known: County | None, world: World, basis_at: Callable[[str], Basis]) -> Decision:
    if known is not None:
        return Decision()
    basis, key = basis_at(code), key_of(code)
    team = basis.directory.team(code)
    due = {DAY: basis.after(1), SESSION: sitting.next_agenda(basis)[1]}
    deadlines = [Deadline(key.household, key.subject, kind, at) for kind, at in due.items()]
    return Decision(states={key: County(code, team.id if team else "")}, deadlines=deadlines)


def _day(taken: Taken, known: County, world: World, basis: Basis) -> Decision:
    """Close of business: issues, policies, and the account."""
    ground: Ground = world.extra
    cases = ground.listed.get(known.county, ())
    ended = issues.day_ends(known, cases, lambda name: caused_id(taken.id, name), world.release, basis)
    again = Deadline(taken.event.data.subject, taken.event.data.subject, DAY, basis.after(1))
    here = crowds(cases)
    lines = account.lines(ground.groups.get(known.county, ()), basis.now, basis.workdays)
    snapshot = county.ObstacleAccount(
        county=known.county,
        at=basis.now,
        households={obstacle: crowd.households for obstacle, crowd in here.items()},
        blocked_yuan={obstacle: crowd.yuan for obstacle, crowd in here.items()},
        lines=[county.AccountLine(**asdict(line)) for line in lines],
    )
    return _decision(known, ended, world, deadlines=[again], more=[snapshot])


def _agenda(taken: Taken, known: County, world: World, basis: Basis) -> Decision:
    """The agenda of the next session goes out, one working day before it."""
    session_on = sitting.session_after(basis)
    cases = world.extra.listed.get(known.county, ())
    opened = sitting.agenda(known, session_on, cases, lambda name: caused_id(taken.id, name), basis)
    again = Deadline(taken.event.data.subject, taken.event.data.subject, SESSION, sitting.next_agenda(basis)[1])
    return _decision(known, opened, world, deadlines=[again])


def claimed(taken: Taken, known: County, world: World, speaker: Speaker, basis: Basis) -> Decision:
    """The team decides on an item of its session, or closes it."""
    said: Any = taken.event.data
    cases = world.extra.listed.get(known.county, ())
    if isinstance(said, actions.ConsultationDecides):
        claim = Decide(said.decision, said.reason, said.to, said.until)
        outcome = sitting.item_decided(known, said.case, claim, speaker, cases, taken.id, basis)
    else:
        outcome = sitting.closed(known, said.case, speaker, cases)
    if isinstance(outcome, Refusal):
        return _refusal(taken, known, world, outcome)
    hear = [
        Deadline(case.household, case.demand, RULING + case.obstacle, world.now + number * PACE)
        for number, case in enumerate(outcome.goes_to)
    ]
    rows = [outcome.ruling] if outcome.ruling else []
    return _decision(known, outcome, world, deadlines=hear, actor=taken.event.actor)._replace(rows=rows)


def _decision(
    before: County,
    outcome: Sitting,
    world: World,
    deadlines: Sequence[Deadline],
    more: Sequence[county.CountyData] = (),
    actor: str | None = None,
) -> Decision:
    key = key_of(before.county)
    changed = outcome.county != before
    told = [*(_event(before.county, heard) for heard in outcome.told), *more]
    revision, simulated = world.revision(key) + changed, _is_simulated(before.county, world)
    emits = [Emit(CASES, data, key.household, before.county, revision, actor, simulated) for data in told]
    return Decision(emits=emits, states={key: outcome.county} if changed else {}, deadlines=deadlines)


def _event(code: str, heard: Heard) -> county.CountyData:
    detail = dict(heard.detail)
    if "items" in detail:
        detail["items"] = [
            county.AgendaItem(**{**asdict(item), "decision": item.decided, "reasons": list(item.reasons)})
            for item in detail["items"]
        ]
    return TELLS[heard.what](county=code, **detail)


def _refusal(taken: Taken, known: County, world: World, refused: Refusal) -> Decision:
    key, said = key_of(known.county), taken.event.data
    data = county.ConsultationRefused(
        county=known.county,
        about=said.case,
        claim=taken.id,
        partner=said.partner,
        rule=refused.rule,
        zh=refused.zh,
        en=refused.en,
    )
    simulated = _is_simulated(known.county, world)
    emit = Emit(CASES, data, key.household, known.county, world.revision(key), simulated=simulated)
    return Decision(emits=[emit], outcome="refused")


def _is_simulated(code: str, world: World) -> bool:
    """A county with one real open case is real people's: nobody plays its session."""
    cases = world.extra.listed.get(code, ())
    return bool(cases) and all(case.simulated for case in cases)
