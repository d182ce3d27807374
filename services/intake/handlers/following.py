"""What intake follows of the others, so that a claim finds its household and a purpose is freed; and its clock."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import msgspec

from services.intake.domain.demand import Demand, place_of_purpose
from services.intake.domain.moments import end_of
from services.intake.domain.problems import problem
from services.intake.domain.speaking import Speaker
from services.intake.handlers.claims import HELD, about_link
from services.intake.handlers.ground import ground_of, household_in
from services.intake.handlers.reading import read_door
from services.intake.handlers.submissions import CONSENT_EXPIRES, expiry
from services.intake.handlers.telling import about_household, demand_key, household_key, household_summary, refused
from services.intake.store import Freed, Held, Link, Released
from shared.contracts import cases, county, referrals
from shared.contracts.clock import IntakeDeadlinePassed
from shared.contracts.households import ConsentExpired
from shared.contracts.registry import UnreadableEvent
from shared.contracts.topics import CASES, REFERRALS
from shared.decision import IGNORED, ClearDeadline, Decision, Taken, World


class _Referral(msgspec.Struct, frozen=True):
    id: UUID
    bank: str


class _Summary(msgspec.Struct, frozen=True):
    demand: UUID
    household: UUID
    referrals: list[_Referral] = []


class _Item(msgspec.Struct, frozen=True):
    id: UUID


class _Data(msgspec.Struct, frozen=True):
    """`session` and `items` are a county's, which has no demand: there `summary` is missing."""

    summary: _Summary | None = None
    session: UUID | None = None
    items: list[_Item] = []
    team: str = ""
    opened: list[UUID] = []
    case: UUID | None = None
    authority: str | None = None


class Followed(msgspec.Struct, frozen=True):
    """As much of a referral's or case's event as intake needs: its own producer has checked the rest."""

    id: UUID
    type: str
    subject: str
    correlationid: str
    partitionkey: str
    data: _Data
    traceparent: str | None = None


ENDS = frozenset({referrals.Funded.TYPE, referrals.Closed.TYPE})
FOLLOWED = {
    REFERRALS: ENDS | {referrals.RoundOpened.TYPE},
    CASES: frozenset({cases.Guided.TYPE, cases.Opened.TYPE, cases.Transferred.TYPE, county.SessionOpened.TYPE}),
}
_decode = msgspec.json.Decoder(Followed).decode


def read_followed(value: bytes) -> Followed:
    """Raises UnreadableEvent."""
    try:
        return _decode(value)
    except msgspec.ValidationError as error:
        raise UnreadableEvent("invalid_event", str(error)) from None


def links_of(event: Followed) -> list[Link]:
    """The referrals or the case of an event; or a county's session with its items, which stand for themselves."""
    summary = event.data.summary
    if summary is None:
        things = [event.data.session, *(item.id for item in event.data.items)]
        return [Link(each, each, UUID(event.partitionkey), event.data.team) for each in things if each is not None]
    if event.data.case is not None:
        return [Link(event.data.case, summary.demand, summary.household, event.data.authority or "")]
    opened = [each for each in summary.referrals if each.id in event.data.opened]
    return [Link(each.id, summary.demand, summary.household, each.bank) for each in opened]


def follow(taken: Taken, world: World) -> Decision:
    """Remember whose referral or case it is, and let the claims go on that waited for it; or free the purpose."""
    event: Followed = taken.event
    if event.type in ENDS:
        return _ended(event, world)
    links = {link.id: link for link in links_of(event)}
    waiting = [held for held in ground_of(world).held.values() if held.reference in links]
    decisions = [_go_on(held, links[held.reference], taken, world) for held in waiting]
    return Decision(
        emits=[emit for each in decisions for emit in each.emits],
        deadlines=[ClearDeadline(held.reference, held.id, HELD) for held in waiting],
        rows=[
            *links.values(),
            *(row for each in decisions for row in each.rows),
            *(Released(held.id) for held in waiting),
        ],
    )


def _go_on(held: Held, link: Link, taken: Taken, world: World) -> Decision:
    event = read_door(held.partner, held.value)
    speaker = ground_of(world).speakers[held.id]
    said = Taken(taken.record, held.id, event)
    if speaker is None:
        return refused(said, [problem("partner-unknown", "")], None)
    return about_link(said, world, speaker, event.data, link)


def _ended(event: Followed, world: World) -> Decision:
    """Funded or closed: the household may ask for the same purpose again."""
    summary = event.data.summary
    assert summary is not None
    key = demand_key(summary.household, summary.demand)
    demand: Demand | None = world.get(key)
    if demand is None or demand.state != "open":
        return IGNORED
    freed = Freed(demand.household, place_of_purpose(demand.kind, demand.purpose), demand.id)
    return Decision(states={key: replace(demand, state="closed")}, rows=[freed])


def clock(taken: Taken, world: World) -> Decision:
    """A consent has run out, or a claim has waited long enough."""
    passed: IntakeDeadlinePassed = taken.event.data
    if passed.kind == CONSENT_EXPIRES:
        return _consent_expires(passed, world)
    held = ground_of(world).held.get(passed.subject)
    if held is None:
        return Decision()
    event = read_door(held.partner, held.value)
    decision = refused(
        Taken(taken.record, held.id, event),
        [problem("reference-unknown", "/data")],
        ground_of(world).speakers[held.id],
    )
    return decision._replace(rows=[*decision.rows, Released(held.id)])


def _consent_expires(passed: IntakeDeadlinePassed, world: World) -> Decision:
    household = household_in(world, passed.subject)
    if household.consent is None:
        return Decision()
    if end_of(household.consent.expires_on) > world.now:
        return Decision(deadlines=expiry(household))
    after = replace(household, consent=None)
    data = ConsentExpired(summary=household_summary(after))
    nobody: Speaker | None = None
    emit = about_household(world, after, data, nobody, simulated=False)
    return Decision(emits=[emit], states={household_key(after.id): after})
