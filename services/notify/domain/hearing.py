"""Who hears what: from an event, the table and the registry to notices. Nobody concerned is left out without a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date

from services.notify.domain.happening import Concerned, Happening, Notice, Telling
from services.notify.domain.registry import Party, Registry
from services.notify.domain.states import Demand, Household, Submitted

CERTAIN = frozenset({"door", "feed", "desk"})
"""Channels that never give up: the notice is there with the decision."""
LAST = "desk"
"""What every list of channels ends with: the notice stands on the recipient's own page."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Who can be reached how: the partners, the holders and units with a mailbox, and whether mail can be sent at all.

    `short`: channel and template of the approved messages that a gateway takes; empty where there is no gateway.
    """

    registry: Registry
    mailboxes: Set[str] = frozenset()
    mail: bool = False
    language: str = "zh-CN"
    short: Set[tuple[str, str]] = frozenset()


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
    if telling.weekly and happening.again:
        return False
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
    for channel, contact in (("sms", "phone"), ("wechat", "wechat")):
        if allowed and contact in known and (channel, telling.template) in reach.short:
            able.add(channel)
    language = demand.language if demand else reach.language
    ways = _ways(telling.channels, able)
    household_id, first = str(happening.household), _first_of(happening)
    yield Notice(telling, household_id, ways[0], happening.demand, language, happening.promised, first, None, ways[1:])


def _to_submitters(telling: Telling, happening: Happening, reach: Reach) -> Iterator[Notice]:
    """Each under its own number; the one who handed in a copy is told of the merge as of an acceptance."""
    merged = happening.merged
    heard: Iterable[Submitted] = happening.submitters
    if telling.to == "merged":
        heard = (merged,) if merged else ()
    for submitted in heard:
        ways = _ways(telling.channels, _able(reach, reach.registry.parties.get(submitted.partner)))
        yield Notice(
            telling,
            submitted.partner,
            ways[0],
            submitted.demand,
            reach.language,
            happening.promised,
            _first_of(happening),
            submitted,
            ways[1:],
        )


def _to_partner(telling: Telling, happening: Happening, reach: Reach, partner: str, about: object) -> Notice:
    ways = _ways(telling.channels, _able(reach, reach.registry.parties.get(partner)))
    return Notice(telling, partner, ways[0], happening.id, reach.language, happening.promised, then=ways[1:])


def _to_holder(telling: Telling, happening: Happening, reach: Reach, concerned: Concerned) -> Iterator[Notice]:
    """To every partner that speaks for it; to its unit's or its own mailbox where none does; to its desk at least."""
    promised = concerned.promised or happening.promised
    role = "authority" if telling.audience == "department" else telling.audience
    parties = reach.registry.speaking_for(role, concerned.holder, concerned.unit)
    for party in parties:
        ways = _ways(telling.channels, _able(reach, party))
        yield Notice(telling, party.id, ways[0], concerned.about, reach.language, promised, concerned, None, ways[1:])
    if not parties:
        unit = concerned.unit
        recipient = unit if unit is not None and unit in reach.mailboxes else concerned.holder
        able = {LAST, "email"} if reach.mail and recipient in reach.mailboxes else {LAST}
        ways = _ways(telling.channels, able)
        yield Notice(telling, recipient, ways[0], concerned.about, reach.language, promised, concerned, None, ways[1:])


def _able(reach: Reach, party: Party | None) -> set[str]:
    if party is None:
        return {LAST}
    return {LAST, *(party.channels if reach.mail else party.channels - {"email"})}


def _ways(channels: Iterable[str], able: Set[str]) -> tuple[str, ...]:
    """The channels that reach the recipient, in the table's order. A door or a page of its own always reaches: what
    stands behind it is never needed."""
    found: list[str] = []
    for channel in channels:
        if channel in able:
            found.append(channel)
            if channel in CERTAIN:
                return tuple(found)
    return (*found, LAST)


def _first_of(happening: Happening) -> Concerned | None:
    """Whom the event is about, for the words of those who are told of it but not concerned."""
    return next((each for part in ("concerned", "opened") for each in happening.concerned.get(part, ())), None)


def day_of(happening: Happening) -> date:
    return happening.at.date()
