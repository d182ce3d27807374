"""From one event to its deliveries: rows for all, events at once for the doors, content for what is sent later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from services.notify.domain.card import card, told_of
from services.notify.domain.delivery import Content, Delivery
from services.notify.domain.disclosure import Disclosure, may_see, wanted
from services.notify.domain.happening import NOTHING, Notice
from services.notify.domain.hearing import who_hears
from services.notify.domain.links import Links
from services.notify.domain.states import Demand, Household
from services.notify.domain.timing import DIGEST, DISTURBING, SHANGHAI, is_collected, lasts, next_morning
from services.notify.domain.wording import Wording, Words
from services.notify.handlers.ground import Ground
from services.notify.handlers.happenings import happening_of
from services.notify.handlers.rows import Moment, leave_to_call, noticed, row_of
from services.notify.handlers.table import MORNING
from shared.contracts import feedback
from shared.contracts.ids import caused_id
from shared.contracts.told import Told
from shared.contracts.topics import FEEDBACK, door_out
from shared.contracts.values import Remedy
from shared.decision import Deadline, Emit
from shared.rendering import Cause, render

LONGEST_TEXT = 2000
"""What the contract of `Told` takes."""
NAME = "notify"
_encode = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Means:
    """What is needed to tell anything: the ground of the batch, words, links and how long one lives, and how many
    messages a day a household gets."""

    ground: Ground
    words: Words
    links: Links
    link_life: timedelta
    most_a_day: int = 3
    keys: Mapping[str, str] = field(default_factory=dict)
    """Of partners whose door stands open: the public key to which identity is encrypted there."""


@dataclass(slots=True)
class Account:
    """What the notices of one decision come to."""

    emits: list[Emit] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    notices: int = 0
    disturbed: int = 0


class Teller:
    """Tells one event, given what is known of its household and demand after it."""

    def __init__(
        self,
        means: Means,
        at: Moment,
        event: Any,
        household: Household,
        demand: Demand | None,
        again: bool = False,
        encrypted: Mapping[str, Mapping[str, str]] = NOTHING,
    ) -> None:
        names = means.ground.names
        self._means, self._now, self._factor, self._event = means, at.now, at.factor, event
        self._household, self._demand, self._encrypted = household, demand, encrypted
        self._happening = happening_of(event, demand, names, again)
        self._wording = Wording(self._happening, names, demand)

    def tell(self, account: Account) -> None:
        """Add everything that follows to the account."""
        ground, happening = self._means.ground, self._happening
        tellings = ground.table.get(happening.name, ())
        told: list[Delivery] = []
        for heard in who_hears(happening, tellings, ground.reach, self._household, self._demand):
            notice = self._timed(heard, account)
            account.notices += 1
            row = self._send(caused_id(happening.id, notice.place), notice, account)
            if row.state != "pending" and row.channel != "desk":
                told.append(row)
        if told:
            account.emits.append(noticed(told, happening.demand))

    def _timed(self, notice: Notice, account: Account) -> Notice:
        """As it is, or into the message of the next morning."""
        telling, today = notice.telling, self._now.astimezone(SHANGHAI).date()
        if telling.audience != "household" or notice.channel not in DISTURBING:
            return notice
        sent = self._household.messages_on(today) + account.disturbed
        if is_collected(notice.channel, telling.urgency, sent, self._means.most_a_day):
            household, due = self._happening.household, next_morning(self._now)
            account.deadlines.append(Deadline(household, household, f"{MORNING}{due:%Y%m%d}", due))
            return notice._replace(channel=DIGEST, then=(notice.channel, *notice.then))
        account.disturbed += telling.urgency != "urgent"
        return notice

    def _send(self, identifier: UUID, notice: Notice, account: Account) -> Delivery:
        """One notice: its row, the leave that goes with it, and a door's event."""
        happening, at = self._happening, Moment(self._now, self._factor)
        leave = self._leave(notice)
        if leave is not None:
            account.rows.append(leave)
        content: bytes | None = None
        if notice.channel != "desk":
            values = self._wording.of(notice, self._means.links.to(leave.id) if leave else None, leave)
            if notice.channel == "door":
                told = self._told(identifier, notice, values, self._shown(notice, leave))
                account.emits.append(self._emit(door_out(notice.recipient), told))
            else:
                content = self._content(identifier, notice, values)
            if leave is not None:
                account.emits.append(self._disclosed(leave))
        row = row_of(identifier, happening, notice, content, at)
        account.rows.append(row)
        if row.channel == "call_list":
            until = self._now + lasts(self._means.link_life, self._factor)
            known = self._demand.fields if self._demand else ()
            account.rows += filter(None, [leave_to_call(row, self._household, known, until)])
        return row

    def _content(self, identifier: UUID, notice: Notice, values: dict[str, Any]) -> bytes:
        """What is kept for the sending: the body of a partner's webhook or feed, a template's values for all else."""
        if notice.channel not in ("webhook", "feed"):
            return _encode(Content(values, self._happening.sealed))
        body = self._posted(identifier, notice, values)
        return _encode(Content(values if "email" in notice.then else {}, body=body))

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

    def _shown(self, notice: Notice, leave: Disclosure | None) -> dict[str, str]:
        """Of the leave what could be encrypted to this recipient: on its door, where what is read is read at once.

        A webhook may wait for days, and a consent be taken back meanwhile: it carries the link alone.
        """
        found = self._encrypted.get(notice.recipient, {})
        return {name: found[name] for name in leave.fields if name in found} if leave else {}

    def _told(self, identifier: UUID, notice: Notice, values: dict[str, Any], shown: Mapping[str, str]) -> Told:
        """What a partner may know: its own referral or case, its own number, and no bank's name but its own."""
        telling, happening, about = notice.telling, self._happening, notice.about
        text = self._means.words.text(telling.audience, telling.template, notice.language, values)
        to_bank = telling.audience == "bank" and self._demand is not None
        referral = happening.docking.referrals.get(about)
        remedies = happening.docking.remedies if telling.audience == "submitter" else ()
        return Told(
            notice=identifier,
            about=happening.type,
            audience=telling.audience,
            demand=notice.submitted.demand if notice.submitted else happening.demand,
            source_id=notice.submitted.source_id if notice.submitted else None,
            concerns=notice.concerned.about if notice.concerned else None,
            referral=told_of(referral, self._demand) if to_bank else None,
            case=happening.docking.cases.get(about) if telling.audience == "authority" else None,
            card=card(self._demand, referral) if to_bank and self._demand else {},
            remedies=[_nameless(each) for each in remedies],
            problems=happening.fields.get("problems") or [],
            agenda=happening.fields.get("items") or [],
            promised_at=notice.promised,
            disclosed=dict(shown),
            disclosure=values["disclosure"],
            language=notice.language,
            text=text[:LONGEST_TEXT],
        )

    def _posted(self, identifier: UUID, notice: Notice, values: dict[str, Any]) -> bytes:
        """The body of a webhook: the event that a door would carry, under an id of the delivery's own."""
        cause = Cause(identifier, self._event.correlationid, self._event.traceparent)
        emit = self._emit(FEEDBACK, self._told(identifier, notice, values, NOTHING))
        value = render(NAME, emit, 0, cause, self._now).value
        assert value is not None
        return value

    def _emit(self, topic: str, data: Any) -> Emit:
        happening = self._happening
        return Emit(topic, data, happening.household, happening.demand, simulated=happening.simulated)

    def _disclosed(self, leave: Disclosure) -> Emit:
        data = feedback.IdentityDisclosed(
            demand=leave.demand, recipient=leave.recipient, fields=list(leave.fields), reason=leave.reason
        )
        return self._emit(FEEDBACK, data)


def _nameless(remedy: Remedy) -> Remedy:
    """A remedy without the product that it opens: that would name a bank."""
    return remedy.model_copy(update={"best_product": None}) if remedy.best_product else remedy
