"""The joint consultation (联合会诊) of a county as it goes on: its agenda, the decision on an item, its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from services.escalation.domain.case import Basis
from services.escalation.domain.claims import Decide, Speaker
from services.escalation.domain.clocks import close_of, next_session
from services.escalation.domain.consultation import unsound
from services.escalation.domain.county import County, Crowd, Item, Listed, Reason, Ruling, Session, Wanted, crowds
from services.escalation.domain.refusals import Refusal

IdOf = Callable[[str], UUID]
What = Literal[
    "session-opened", "item-decided", "session-closed", "common-issue-formed", "common-issue-closed", "policy-wanted",
    "policy-issued",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing to tell of the county."""

    what: What
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sitting:
    """What follows for a county. `goes_to` are the cases that hear the ruling."""

    county: County
    told: tuple[Heard, ...] = ()
    ruling: Ruling | None = None
    goes_to: tuple[Listed, ...] = field(default=())


def agenda_at(session_on: date, basis: Basis) -> datetime:
    """When the agenda goes out: close of business of the working day before the session."""
    day = session_on - timedelta(days=1)
    while not basis.workdays.is_workday(day):
        day -= timedelta(days=1)
    return close_of(day, basis.workdays)


def next_agenda(basis: Basis) -> tuple[date, datetime]:
    """The next session whose agenda is still to go out, and when it does."""
    now = basis.now
    while True:
        session_on = next_session(now, basis.workdays)
        moment = agenda_at(session_on, basis)
        if moment > basis.now:
            return session_on, moment
        now = close_of(session_on, basis.workdays)


def session_after(basis: Basis) -> date:
    """The session whose agenda goes out now: the first one after this moment."""
    return next_session(basis.now, basis.workdays)


def agenda(county: County, session_on: date, cases: Sequence[Listed], id_of: IdOf, basis: Basis) -> Sitting:
    """The session before ends here, whatever it left; what is on the agenda now, most blocked money first."""
    ended = close(county, cases, by_itself=True) if county.session else Sitting(county)
    items = sorted(_items(county, cases, id_of), key=lambda item: (-item.blocked_yuan, item.obstacle))
    if not items:
        return ended
    session = Session(id_of("session"), session_on, tuple(items))
    place = {"session": session.id, "session_on": session_on, "team": county.team}
    opened = Heard("session-opened", {**place, "members": members(county, items, basis), "items": items})
    return Sitting(replace(ended.county, session=session), (*ended.told, opened))


def _items(county: County, cases: Sequence[Listed], id_of: IdOf) -> list[Item]:
    items = []
    for obstacle in sorted({case.obstacle for case in cases}):
        issue = county.issue_of(obstacle)
        alike = [case for case in cases if case.obstacle == obstacle]
        on_it = [case for case in alike if issue or case.breached or case.exhausted]
        if not on_it:
            continue
        reasons: list[Reason] = ["breached"] if any(case.breached for case in on_it) else []
        reasons += ["exhausted"] if any(case.exhausted for case in on_it) else []
        reasons += ["common"] if issue else []
        crowd = crowds(on_it)[obstacle]
        authorities = tuple(sorted({case.authority for case in on_it}))
        item = Item(id_of(obstacle), obstacle, tuple(reasons), crowd.households, crowd.demands, crowd.yuan, authorities)
        items.append(replace(item, issue=issue.id) if issue else item)
    return items


def members(county: County, items: Sequence[Item], basis: Basis) -> list[str]:
    """The team, the kinds that always sit, and whoever has a case on the agenda."""
    directory = basis.directory
    always = (directory.lead(kind, county.county) for kind in directory.consultation_kinds)
    named = [county.team, *(each.id for each in always if each), *(one for item in items for one in item.authorities)]
    return list(dict.fromkeys(named))


def item_decided(
    county: County, item_id: UUID, claim: Decide, speaker: Speaker, cases: Sequence[Listed], ruling: UUID, basis: Basis
) -> Sitting | Refusal:
    """A decision on one item: it gets a number, and goes to every case of it."""
    item = county.session.item(item_id) if county.session else None
    if refused := _refused(county, item, claim, speaker, basis):
        return refused
    assert county.session is not None
    assert item is not None
    number = f"{county.county}-{basis.now.year}-{county.decisions + 1:03d}"
    goes_to = tuple(case for case in cases if item.holds(case))
    place = {"session": county.session.id, "item": item.id, "obstacle": item.obstacle, "number": number}
    said = {"decision": claim.decision, "reason": claim.reason, "to": claim.to, "until": claim.until}
    told = Heard("item-decided", {**place, **said, "demands": len(goes_to)})
    rule = Ruling(ruling, county.county, item.obstacle, number, basis.now, claim)
    decided = Sitting(county.decided(item, claim.decision), (told,), rule, goes_to)
    return _asks_for_policy(decided, number, item, claim, basis) if claim.decision == "policy" else decided


def _refused(county: County, item: Item | None, claim: Decide, speaker: Speaker, basis: Basis) -> Refusal | None:
    if not speaker.may_speak_for(county.team):
        return Refusal("team_only", county.team)
    if item is None:
        return Refusal("no_such_item")
    return Refusal("already_decided") if item.decided else unsound(claim, basis)


def _asks_for_policy(decided: Sitting, number: str, item: Item, claim: Decide, basis: Basis) -> Sitting:
    """An open item with an owner, until a catalogue release names the decision's number."""
    county = decided.county
    crowd = crowds(decided.goes_to).get(item.obstacle) or Crowd(item.obstacle, 0, 0, 0)
    wanted = Wanted(number, item.obstacle, county.team, basis.now)
    place = {"number": number, "obstacle": item.obstacle, "owner": county.team, "reason": claim.reason}
    asked = Heard("policy-wanted", {**place, "households": crowd.households, "blocked_yuan": crowd.yuan})
    return replace(decided, county=replace(county, wanted=(*county.wanted, wanted)), told=(*decided.told, asked))


def closed(county: County, session_id: UUID, speaker: Speaker, cases: Sequence[Listed]) -> Sitting | Refusal:
    """The team ends its session: every item that still has open cases needs its decision first."""
    if not speaker.may_speak_for(county.team):
        return Refusal("team_only", county.team)
    session = county.session
    if session is None or session.id != session_id:
        return Refusal("session_has_ended")
    if left := session.undecided(cases):
        return Refusal("items_undecided", ", ".join(item.obstacle for item in left))
    return close(county, cases, by_itself=False)


def close(county: County, cases: Sequence[Listed], *, by_itself: bool) -> Sitting:
    """No session any more. By itself: what was not decided is carried to the next one."""
    session = county.session
    assert session is not None
    decided = sum(item.decided is not None for item in session.items)
    carried = len(session.undecided(cases)) if by_itself else 0
    counts = {"decided": decided, "settled": len(session.items) - decided - carried, "carried": carried}
    told = Heard("session-closed", {"session": session.id, "session_on": session.on, **counts})
    return Sitting(replace(county, session=None), (told,))
