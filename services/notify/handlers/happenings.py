"""From an event of the contracts to a happening of the domain: who is concerned, who handed it in, by when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any
from uuid import UUID

from services.notify.domain.happening import Concerned, Docking, Happening
from services.notify.domain.names import Names
from services.notify.domain.states import Demand, Submitted
from services.notify.domain.timing import SHANGHAI
from services.notify.handlers.table import (
    OF_A_COUNTY,
    OF_CASES,
    OF_COUNTIES,
    OF_HOUSEHOLDS,
    OF_ONE_REFERRAL,
    OF_REFERRALS,
    REFUSED,
    name_of,
)
from shared.catalogue.regions import within
from shared.contracts import cases, county, demands, households, referrals
from shared.contracts.envelope import Data
from shared.contracts.ids import timed_id
from shared.contracts.registry import TYPES

OF_ITS_KEY = OF_HOUSEHOLDS | {households.ContactCodeRequested, demands.InputRefused}
"""About no demand, or about one that the key names."""
CLOSE_OF_BUSINESS = time(17, 30, tzinfo=SHANGHAI)
Parts = Mapping[str, tuple[Concerned, ...]]


def household_of(event: Any) -> UUID:
    """The household that an event is about; of a county's event an id that stands for the county."""
    if type(event.data) in OF_A_COUNTY:
        return timed_id(0, f"county/{event.data.county}")
    return UUID(event.partitionkey)


def demand_of(event: Any) -> UUID:
    """The demand that an event is about; of a household's or county's own event that one."""
    data = event.data
    if type(data) in OF_COUNTIES:
        about: UUID = data.session if type(data) is county.SessionOpened else data.about
        return about
    if type(data) in OF_A_COUNTY:
        return household_of(event)
    if type(data) in OF_ITS_KEY:
        return UUID(event.partitionkey)
    found: UUID = data.demand if type(data) is demands.Rejected else data.summary.demand
    return found


def week_of(event: Any) -> tuple[int, int]:
    """The ISO year and week of an event, in Shanghai."""
    found = event.time.astimezone(SHANGHAI).isocalendar()
    return found.year, found.week


def happening_of(event: Any, demand: Demand | None, names: Names, again: bool = False) -> Happening:
    """One event, for the decision who hears it."""
    data, kind, identifier = event.data, type(event.data), demand_of(event)
    docking = _docking(data)
    concerned = _concerned(data, docking, demand, names)
    return Happening(
        id=event.id,
        type=data.TYPE,
        name=name_of(kind),
        household=household_of(event),
        demand=identifier,
        at=event.time,
        fields={name: getattr(data, name) for name in _fields(data.TYPE)},
        concerned=concerned,
        submitters=demand.submitters if demand else _submitters(data, identifier),
        merged=_merged(data),
        claimant=data.partner if kind in REFUSED or kind is county.ConsultationRefused else None,
        sealed=data.sealed if kind is households.ContactCodeRequested else None,
        promised=_promised(data, docking, concerned),
        docking=docking,
        simulated=event.simulated,
        again=again,
    )


@cache
def _fields(name: str) -> tuple[str, ...]:
    """The names of a type's own fields."""
    return tuple(field for field in TYPES[name].model_fields if field not in ("summary", "sealed"))


def _docking(data: Any) -> Docking:
    if type(data) in OF_REFERRALS:
        summary = data.summary
        return Docking(
            {each.id: each for each in summary.referrals}, {}, tuple(summary.remedies), summary.disbursed_yuan
        )
    if type(data) in OF_CASES:
        return Docking({}, {each.id: each for each in data.summary.cases})
    return Docking()


def _submitters(data: Any, demand: UUID) -> tuple[Submitted, ...]:
    if type(data) is demands.InputRefused:
        return (Submitted(data.partner, data.source_id or str(demand), demand),)
    submitter = getattr(data, "submitter", None) or getattr(getattr(data, "summary", None), "submitter", None)
    return (Submitted(submitter.partner, submitter.source_id, demand),) if submitter else ()


def _merged(data: Any) -> Submitted | None:
    if type(data) is not demands.Merged:
        return None
    return Submitted(data.submitter.partner, data.submitter.source_id, data.alias)


def _concerned(data: Any, docking: Docking, demand: Demand | None, names: Names) -> Parts:
    kind = type(data)
    if kind is referrals.RoundOpened:
        found = (docking.referrals[each] for each in data.opened if each in docking.referrals)
        freed = demand.freed if demand else ()
        return {
            "opened": tuple(Concerned(each.bank, each.unit, each.id, each.due_at) for each in found),
            "cleared": tuple(Concerned(each.authority, each.unit, each.case, None, each.obstacle) for each in freed),
        }
    if kind in OF_ONE_REFERRAL:
        referral = docking.referrals.get(data.referral)
        return {"concerned": (Concerned(data.bank, data.unit, data.referral, referral.due_at if referral else None),)}
    if kind in OF_CASES:
        return _authorities(data, docking, demand, names)
    if kind is county.SessionOpened:
        members = (Concerned(each, None, data.session) for each in data.members if each != data.team)
        return {"concerned": (Concerned(data.team, None, data.session),), "supports": tuple(members)}
    return _departments(data, names) if kind in OF_A_COUNTY else {}


def _departments(data: Any, names: Names) -> Parts:
    """The county's team, the campaign office, and where an obstacle is named the authorities above its county."""
    place, about = data.county, timed_id(0, f"county/{data.county}")
    line = names.lines.get(getattr(data, "obstacle", ""), ())
    team = next(
        (names.teams[area] for area in (place, *names.teams) if area in names.teams and within(place, area)), ""
    )
    found = {
        "line": [holder for holder, region in line if within(place, region)],
        "county_team": [team] if team else [],
        "campaign_office": [names.office],
    }
    return {part: tuple(Concerned(each, None, about) for each in holders) for part, holders in found.items()}


def _authorities(data: Any, docking: Docking, demand: Demand | None, names: Names) -> Parts:
    """Who leads, and who else has a part. A case that no authority knew of (the household acted) ends without one."""
    case = docking.cases.get(data.case)
    lead = Concerned(data.authority, data.unit, data.case, _named_day(data) or (case.due_at if case else None))
    parts: dict[str, tuple[Concerned, ...]] = {"concerned": (lead,)}
    kind = type(data)
    if kind in (cases.Cleared, cases.Withdrawn, cases.Refused) and demand and data.case not in demand.cases:
        return {}
    others: dict[str, list[str]] = {}
    if kind is cases.Opened:
        others["supports"] = data.supports
    elif kind is cases.Transferred:
        others["before"] = [data.before]
    elif kind is cases.Raised or kind is cases.RaiseDropped:
        others["raised_to"] = [data.to]
    elif kind is cases.ExtensionAsked and data.authority in names.upper:
        others["next_level"] = [names.upper[data.authority]]
    return parts | {
        part: tuple(Concerned(each, None, data.case) for each in holders) for part, holders in others.items()
    }


def _promised(data: Any, docking: Docking, concerned: Parts) -> datetime | None:
    """By when the next step is due: the day that was named, the referral's or case's clock, the docking's own."""
    if day := _named_day(data):
        return day
    own = [each.promised for part in ("opened", "concerned") for each in concerned.get(part, ()) if each.promised]
    if own:
        return max(own)
    if type(data) in OF_CASES and (case := docking.cases.get(data.case)):
        opened_until: datetime | None = case.due_at
        return opened_until
    due: datetime | None = data.summary.due_at if type(data) in OF_REFERRALS else None
    return due


def _named_day(data: Any) -> datetime | None:
    """The day that the event itself promises, to close of business."""
    # Asking pydantic for a field that is not there takes as long as all the rest of this module.
    kind: type[Data] = type(data)
    name = _day_field(kind)
    day: date | None = getattr(data, name) if name else None
    return datetime.combine(day, CLOSE_OF_BUSINESS) if day else None


@cache
def _day_field(kind: type[Data]) -> str | None:
    return next((name for name in ("promised_on", "until") if name in kind.model_fields), None)
