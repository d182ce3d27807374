"""From one event to its deliveries: rows for all, events at once for the doors, content for what is sent later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from services.notify.domain.card import card
from services.notify.domain.delivery import Content, Delivery, State
from services.notify.domain.disclosure import Disclosure, may_see, wanted
from services.notify.domain.happening import Notice
from services.notify.domain.hearing import who_hears
from services.notify.domain.links import Links
from services.notify.domain.states import Demand, Household
from services.notify.domain.timing import expires, first_due, lasts
from services.notify.domain.wording import Wording, Words
from services.notify.handlers.ground import Ground
from services.notify.handlers.happenings import happening_of
from shared.contracts import feedback
from shared.contracts.ids import caused_id
from shared.contracts.told import Told
from shared.contracts.topics import FEEDBACK, door_out
from shared.contracts.values import Remedy
from shared.decision import Emit
from shared.rendering import Cause, render

LONGEST_TEXT = 2000
"""What the contract of `Told` takes."""
AT_ONCE: dict[str, State] = {"door": "sent", "desk": "sent", "call_list": "held"}
"""Deliveries that need no sending: a door's event goes out with the decision, a call waits for a person."""
NAME = "notify"
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Means:
    """What is needed to tell anything: the ground of the batch, words, links, and how long a link lives."""

    ground: Ground
    words: Words
    links: Links
    link_life: timedelta


class Moment(NamedTuple):
    """When something is told, and how fast the clock runs then."""

    now: datetime
    factor: float = 1.0


@dataclass(slots=True)
class Account:
    """What the notices of one decision come to."""

    emits: list[Emit] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    notices: int = 0


class Teller:
    """Tells one event, given what is known of its household and demand after it."""

    def __init__(self, means: Means, at: Moment, event: Any, household: Household, demand: Demand | None) -> None:
        names = means.ground.names
        self._means, self._now, self._factor, self._event = means, at.now, at.factor, event
        self._household, self._demand = household, demand
        self._happening = happening_of(event, demand, names)
        self._wording = Wording(self._happening, names, demand)

    def tell(self, account: Account) -> None:
        """Add everything that follows to the account."""
        ground, happening = self._means.ground, self._happening
        tellings = ground.table.get(happening.name, ())
        told: list[feedback.Notice] = []
        for notice in who_hears(happening, tellings, ground.reach, self._household, self._demand):
            account.notices += 1
            identifier = caused_id(happening.id, notice.place)
            leave = self._leave(notice)
            if leave is not None:
                account.rows.append(leave)
            if notice.channel == "desk":
                account.rows.append(self._row(identifier, notice, None))
                continue
            row = self._send(identifier, notice, leave, account)
            if row.state != "pending":
                told.append(_line(row, happening.demand))
        if told:
            account.emits.append(self._noticed(told))

    def _send(self, identifier: UUID, notice: Notice, leave: Disclosure | None, account: Account) -> Delivery:
        link = self._means.links.to(leave.id) if leave else None
        values = self._wording.of(notice, link, leave.fields if leave else ())
        if notice.channel == "door":
            account.emits.append(self._emit(door_out(notice.recipient), self._told(identifier, notice, values)))
            row = self._row(identifier, notice, None)
        elif notice.channel == "webhook":
            row = self._row(identifier, notice, self._posted(identifier, notice, values))
        else:
            row = self._row(identifier, notice, _encode(Content(values, self._happening.sealed)))
        account.rows.append(row)
        if leave is not None:
            account.emits.append(self._disclosed(leave))
        return row

    def _leave(self, notice: Notice) -> Disclosure | None:
        """The leave to open what the telling discloses, as far as the consent goes."""
        telling, concerned, happening = notice.telling, notice.concerned, self._happening
        if not telling.discloses or concerned is None:
            return None
        names, today = self._means.ground.names, self._now.date()
        asked = wanted(telling.discloses, names.identity.get(str(happening.fields.get("obstacle")), ()))
        fields = may_see(
            asked, telling.audience, concerned.holder, self._household, self._demand, names.recipients, today
        )
        if not fields:
            return None
        return Disclosure(
            id=caused_id(happening.id, f"disclosure/{notice.recipient}/{notice.about}"),
            household=happening.household,
            demand=happening.demand,
            audience=telling.audience,
            recipient=notice.recipient,
            holder=concerned.holder,
            about=notice.about,
            fields=fields,
            reason=happening.name,
            made_at=self._now,
            expires_at=self._now + lasts(self._means.link_life, self._factor),
        )

    def _row(self, identifier: UUID, notice: Notice, content: bytes | None) -> Delivery:
        happening, telling, channel = self._happening, notice.telling, notice.channel
        state = AT_ONCE.get(channel, "pending")
        due = first_due(self._now, telling.audience, channel, telling.urgency)
        return Delivery(
            id=identifier,
            cause=happening.id,
            cause_type=happening.type,
            household=happening.household,
            demand=notice.submitted.demand if notice.submitted else happening.demand,
            audience=telling.audience,
            recipient=notice.recipient,
            channel=channel,
            lane=f"{channel}/{notice.recipient}" if channel == "webhook" else channel,
            template=telling.template,
            language=notice.language,
            state=state,
            attempt=0 if state == "pending" or channel != "door" else 1,
            made_at=self._now,
            due_at=due,
            expires_at=expires(due, telling.urgency, self._factor),
            number=str(identifier) if channel == "email" else None,
            content=content,
            simulated=happening.simulated,
        )

    def _told(self, identifier: UUID, notice: Notice, values: dict[str, Any]) -> Told:
        """What a partner may know: its own referral or case, its own number, and no bank's name but its own."""
        telling, happening, about = notice.telling, self._happening, notice.about
        text = self._means.words.text(telling.audience, telling.template, notice.language, values)
        to_bank = telling.audience == "bank" and self._demand is not None
        remedies = happening.docking.remedies if telling.audience == "submitter" else ()
        return Told(
            notice=identifier,
            about=happening.type,
            audience=telling.audience,
            demand=notice.submitted.demand if notice.submitted else happening.demand,
            source_id=notice.submitted.source_id if notice.submitted else None,
            concerns=notice.concerned.about if notice.concerned else None,
            referral=happening.docking.referrals.get(about) if to_bank else None,
            case=happening.docking.cases.get(about) if telling.audience == "authority" else None,
            card=card(self._demand) if to_bank and self._demand else {},
            remedies=[_nameless(each) for each in remedies],
            problems=happening.fields.get("problems") or [],
            promised_at=notice.promised,
            disclosure=values["disclosure"],
            language=notice.language,
            text=text[:LONGEST_TEXT],
        )

    def _posted(self, identifier: UUID, notice: Notice, values: dict[str, Any]) -> bytes:
        """The body of a webhook: the event that a door would carry, under an id of the delivery's own."""
        cause = Cause(identifier, self._event.correlationid, self._event.traceparent)
        emit = self._emit(FEEDBACK, self._told(identifier, notice, values))
        value = render(NAME, emit, 0, cause, self._now).value
        assert value is not None
        return value

    def _emit(self, topic: str, data: Any) -> Emit:
        happening = self._happening
        return Emit(topic, data, happening.household, happening.demand, simulated=happening.simulated)

    def _noticed(self, told: list[feedback.Notice]) -> Emit:
        """One event for all that were told at once: half of what notify says would be this otherwise."""
        happening = self._happening
        data = feedback.Noticed(demand=happening.demand, cause=happening.id, cause_type=happening.type, notices=told)
        return self._emit(FEEDBACK, data)

    def _disclosed(self, leave: Disclosure) -> Emit:
        data = feedback.IdentityDisclosed(
            demand=leave.demand, recipient=leave.recipient, fields=list(leave.fields), reason=leave.reason
        )
        return self._emit(FEEDBACK, data)


def _line(row: Delivery, demand: UUID) -> feedback.Notice:
    place: dict[str, Any] = {"audience": row.audience, "recipient": row.recipient, "channel": row.channel}
    other = row.demand if row.demand != demand else None
    outcome: Literal["sent", "held"] = "sent" if row.state == "sent" else "held"
    return feedback.Notice(delivery=row.id, outcome=outcome, demand=other, **place)


def _nameless(remedy: Remedy) -> Remedy:
    """A remedy without the product that it opens: that would name a bank."""
    return remedy.model_copy(update={"best_product": None}) if remedy.best_product else remedy
