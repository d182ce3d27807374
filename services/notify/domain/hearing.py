"""Who hears what: from an event, the table and the registry to notices. Nobody concerned is left out without a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date

from services.notify.domain.happening import Concerned, Happening, Notice, Telling
from services.notify.domain.registry import Party, Registry
from services.notify.domain.states import Demand, Household, Submitted

LAST = "desk"
"""What every list of channels ends with: the notice stands on the recipient's own page."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Who can be reached how: the partners, the holders and units with a mailbox, and whether mail can be sent at all.

    `next_level` gives the authority above another one.
    """

    registry: Registry
    mailboxes: Set[str] = frozenset()
    mail: bool = False
    language: str = "zh-CN"


def who_hears(
    happening: Happening, tellings: Iterable[Telling], reach: Reach, household: Household, demand: Demand | None
) -> list[Notice]:
    """The notices of one event, each recipient of an audience once."""
    found: dict[str, Notice] = {}
    for telling in tellings:
        if _applies(telling, happening):
            for notice in _notices(telling, happening, reach, household, demand):
                found.setdefault(notice.place, notice)
    return list(found.values())


def _applies(telling: Telling, happening: Happening) -> bool:
    return all(happening.fields.get(name) in values for name, values in telling.only.items())


def _notices(
    telling: Telling, happening: Happening, reach: Reach, household: Household, demand: Demand | None
) -> Iterator[Notice]:
    if telling.audience == "household":
        yield from _to_household(telling, happening, reach, household, demand)
    elif telling.audience == "submitter":
        yield from _to_submitters(telling, happening, reach)
    elif telling.to == "claimant":
        if happening.claimant is not None:
            yield _to_partner(telling, happening, reach, happening.claimant, happening.id)
    else:
        for concerned in happening.concerned.get(telling.to, ()):
            yield from _to_holder(telling, happening, reach, concerned)


def _to_household(
    telling: Telling, happening: Happening, reach: Reach, household: Household, demand: Demand | None
) -> Iterator[Notice]:
    """By the contact that came with the demand; a code goes to the contact that it is meant to prove."""
    if household.erased:
        return
    sealed = happening.sealed
    known = tuple(sealed) if sealed is not None else demand.fields if demand else ()
    # A code answers what somebody asked for a moment ago; all else needs the box for messages.
    allowed = sealed is not None or household.allows("messages", day_of(happening))
    able = {LAST}
    if allowed and "email" in known and reach.mail:
        able.add("email")
    if allowed and "phone" in known:
        able.add("call_list")
    language = demand.language if demand else reach.language
    channel = _first(telling.channels, able)
    yield Notice(
        telling, str(happening.household), channel, happening.demand, language, happening.promised, _first_of(happening)
    )


def _to_submitters(telling: Telling, happening: Happening, reach: Reach) -> Iterator[Notice]:
    """Each under its own number; the one who handed in a copy is told of the merge as of an acceptance."""
    merged = happening.merged
    heard: Iterable[Submitted] = happening.submitters
    if telling.to == "merged":
        heard = (merged,) if merged else ()
    for submitted in heard:
        channel = _first(telling.channels, _able(reach, reach.registry.parties.get(submitted.partner)))
        yield Notice(
            telling,
            submitted.partner,
            channel,
            submitted.demand,
            reach.language,
            happening.promised,
            _first_of(happening),
            submitted,
        )


def _to_partner(telling: Telling, happening: Happening, reach: Reach, partner: str, about: object) -> Notice:
    channel = _first(telling.channels, _able(reach, reach.registry.parties.get(partner)))
    return Notice(telling, partner, channel, happening.id, reach.language, happening.promised)


def _to_holder(telling: Telling, happening: Happening, reach: Reach, concerned: Concerned) -> Iterator[Notice]:
    """To every partner that speaks for it; to its unit's or its own mailbox where none does; to its desk at least."""
    promised = concerned.promised or happening.promised
    parties = reach.registry.speaking_for(telling.audience, concerned.holder, concerned.unit)
    for party in parties:
        channel = _first(telling.channels, _able(reach, party))
        yield Notice(telling, party.id, channel, concerned.about, reach.language, promised, concerned)
    if not parties:
        unit = concerned.unit
        recipient = unit if unit is not None and unit in reach.mailboxes else concerned.holder
        able = {LAST, "email"} if reach.mail and recipient in reach.mailboxes else {LAST}
        channel = _first(telling.channels, able)
        yield Notice(telling, recipient, channel, concerned.about, reach.language, promised, concerned)


def _able(reach: Reach, party: Party | None) -> set[str]:
    if party is None:
        return {LAST}
    return {LAST, *(party.channels if reach.mail else party.channels - {"email"})}


def _first(channels: Iterable[str], able: Set[str]) -> str:
    return next((channel for channel in channels if channel in able), LAST)


def _first_of(happening: Happening) -> Concerned | None:
    """Whom the event is about, for the words of those who are told of it but not concerned."""
    return next((each for part in ("concerned", "opened") for each in happening.concerned.get(part, ())), None)


def day_of(happening: Happening) -> date:
    return happening.at.date()
